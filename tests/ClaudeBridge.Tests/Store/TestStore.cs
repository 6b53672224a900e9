using ClaudeBridge.Journal;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Store;

/// <summary>A store in a folder of its own, on real SQLite, with a clock that the test moves.</summary>
internal sealed class TestStore : IDisposable
{
    private readonly bool _ownsFolder;

    public TestStore(string? folder = null, SettlingOptions? settling = null)
    {
        _ownsFolder = folder is null;
        Folder = folder ?? Directory.CreateTempSubdirectory("claudebridge-store-").FullName;
        Settling = settling ?? new SettlingOptions();
        Database = StoreDatabase.Open(Folder, Options, Log);
        Feed = new StoreFeed(Database);
        Writer = new StoreWriter(Database, Feed, Options, Settling);
    }

    public string Folder { get; }

    public StoreOptions Options { get; } = new();

    public SettlingOptions Settling { get; }

    public CollectedLog Log { get; } = new();

    public StoreDatabase Database { get; }

    public StoreFeed Feed { get; }

    public StoreWriter Writer { get; }

    public StoreQueries Queries => StoreQueries.In(Folder);

    public DateTimeOffset Now { get; set; } = Some.Time;

    public void Apply(params SessionChange[] changes) => Writer.Apply(changes, new JournalPosition(Writer.Position.Value + 1), Now);

    public int Settle() => Writer.Settle(Now, 1_000);

    /// <summary>The feed as a destination that starts over sees it.</summary>
    public IReadOnlyList<ObservationItem> AllOfFeed() => [.. Feed.Read(0, int.MaxValue).OfType<ObservationItem>()];

    /// <summary>What a kill leaves: the files, without any closing.</summary>
    public string CopyAsAfterKill()
    {
        var copy = Directory.CreateTempSubdirectory("claudebridge-store-").FullName;
        foreach (var file in Directory.GetFiles(Folder))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    public void Dispose()
    {
        Feed.Dispose();
        Writer.Dispose();
        Database.Dispose();
        if (_ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}

/// <summary>Keeps the lines that were logged.</summary>
internal sealed class CollectedLog : ILogger
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        lock (_lock)
        {
            _lines.Add($"{logLevel}: {formatter(state, exception)}");
        }
    }
}
