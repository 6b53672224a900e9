using ClaudeBridge.Diagnostics;
using ClaudeBridge.Hosting;
using ClaudeBridge.Journal;
using ClaudeBridge.Privacy;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.Store;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>An assembly loop at work over a journal and a real store.</summary>
internal sealed class RunningLoop : IAsyncDisposable
{
    private readonly StoreDatabase _database;

    private RunningLoop(
        IJournalReader journal,
        string folder,
        StoreOptions options,
        SettlingOptions settling,
        TimeProvider? clock,
        ContentPolicy? policy,
        AgingClock? aging
    )
    {
        Folder = folder;
        _database = StoreDatabase.Open(folder, options, Log);
        Feed = new StoreFeed(_database);
        Loop = new AssemblyLoop(
            journal,
            _database,
            Feed,
            Options.Create(options),
            Options.Create(settling),
            policy ?? ContentPolicy.Default,
            clock ?? TimeProvider.System,
            new LogOf<AssemblyLoop>(Log),
            aging: aging
        );
    }

    public string Folder { get; }

    public CollectedLog Log { get; } = new();

    /// <summary>What was said beside how far a store is that is built again.</summary>
    public IReadOnlyList<string> LinesButProgress =>
        [.. Log.Lines.Where(static line => !line.Contains("The store is built again from the journal: ", StringComparison.Ordinal))];

    public StoreDatabase Database => _database;

    public StoreFeed Feed { get; }

    public AssemblyLoop Loop { get; }

    public StoreQueries Queries => StoreQueries.In(Folder);

    public static async Task<RunningLoop> StartAsync(
        IJournalReader journal,
        string folder,
        StoreOptions? options = null,
        SettlingOptions? settling = null,
        TimeProvider? clock = null,
        ContentPolicy? policy = null,
        AgingClock? aging = null
    )
    {
        var running = new RunningLoop(
            journal,
            folder,
            options ?? new() { StepDelay = TimeSpan.Zero },
            settling ?? new(),
            clock,
            policy,
            aging
        );
        await running.Loop.StartAsync(CancellationToken.None);
        return running;
    }

    public async Task<int> FinishAsync(JournalPosition position)
    {
        await Loop.CatchUpAsync(position, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        return await Loop.SettleAllAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Everything a destination that starts over gets, by identity, without what depends on the way it came about.</summary>
    public IReadOnlyList<string> FeedContents() =>
        [
            .. Feed.Read(0, int.MaxValue)
                .OfType<ClaudeBridge.Store.ObservationItem>()
                .Select(item =>
                    $"{item.TraceId} {System.Text.Json.JsonSerializer.Serialize(item.Context)} {System.Text.Json.JsonSerializer.Serialize(item.Observation)}"
                )
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Everything that people see.</summary>
    public string Views() =>
        string.Join(
            '\n',
            Queries
                .Sessions()
                .OrderBy(session => session.SessionId, StringComparer.Ordinal)
                .Select(session =>
                    System.Text.Json.JsonSerializer.Serialize(Queries.Session(session.SessionId)!, StoreJson.Compact.SessionDetail)
                )
        );

    public async ValueTask DisposeAsync()
    {
        await Loop.StopAsync(CancellationToken.None);
        Loop.Dispose();
        Feed.Dispose();
        _database.Dispose();
    }

    private sealed class LogOf<T>(ILogger log) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => log.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> format) =>
            log.Log(level, id, state, exception, format);
    }
}
