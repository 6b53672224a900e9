using System.Diagnostics;
using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Exporters;

/// <summary>A feed, a ledger on disk, a stand-in behind a real socket, and the loop between them, on a clock moved by hand.</summary>
internal sealed class DeliveryHarness : IAsyncDisposable
{
    private static readonly TimeSpan LongAttempt = TimeSpan.FromMinutes(17);

    /// <summary>Of real time, for a busy machine; a test that needs it all has failed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("claudebridge-");
    private HttpClient? _http;
    private DeliveryLedger? _ledger;

    public FakeFeed Feed { get; } = new();

    public ManualTimeProvider Clock { get; } = new();

    public CollectingLogger Log { get; } = new();

    public required LangfuseStandIn Langfuse { get; init; }

    /// <summary>How connections are made; null for the program's own way.</summary>
    public GuardedConnection? Connection { get; set; }

    public LangfuseOptions Options { get; } =
        new()
        {
            PublicKey = "pk-lf-stand-in",
            SecretKey = "sk-lf-stand-in",
            AttemptTimeout = LongAttempt,
        };

    public DeliveryLoop Loop { get; private set; } = null!;

    /// <summary>The loop of the scores; only after a start with scores.</summary>
    public DeliveryLoop Scores { get; private set; } = null!;

    /// <summary>No request is under way, and the loop waits for the clock: the time limit of a request would be further away.</summary>
    public bool IsWaiting => Clock.PendingTimers == 1 && Clock.NextDue < LongAttempt / 2;

    public string LedgerPath => Path.Combine(_folder.FullName, "delivery.db");

    public LangfuseTable Table => Langfuse.Table;

    public DestinationLedger Ledger => _ledger!.For($"Langfuse {Options.BaseAddress}");

    public DestinationLedger ScoresLedger => _ledger!.For($"Langfuse scores {Options.BaseAddress}");

    public static async Task<DeliveryHarness> CreateAsync(Action<LangfuseOptions>? configure = null, LangfuseEdition? edition = null)
    {
        var harness = new DeliveryHarness { Langfuse = await LangfuseStandIn.StartAsync() };
        harness.Langfuse.Edition = edition ?? harness.Langfuse.Edition;
        harness.Options.Host = harness.Langfuse.Address.ToString();
        configure?.Invoke(harness.Options);
        return harness;
    }

    /// <summary>Starts a loop over the ledger's file, as a new process would.</summary>
    public async Task StartAsync(bool withScores = false)
    {
        _ledger = DeliveryLedger.Open(LedgerPath, Clock, log: Log);
        _http = new HttpClient(LangfuseClient.CreateHandler(Options, Connection));
        var options = Microsoft.Extensions.Options.Options.Create(Options);
        var client = new LangfuseClient(_http, options, Clock);
        var server = new LangfuseServer(client, options, Clock, new LoggerOf<LangfuseServer>(Log));
        Loop = new DeliveryLoop(new LangfuseDestination(client, server, options), Feed, _ledger, Options, Clock, Log);
        await Loop.StartAsync(CancellationToken.None);
        if (withScores)
        {
            Scores = new DeliveryLoop(new LangfuseScoresDestination(client, server, options), Feed, _ledger, Options, Clock, Log);
            await Scores.StartAsync(CancellationToken.None);
        }
    }

    /// <summary>Ends the loop as a dying process would: what is under way is cut off.</summary>
    public async Task KillAsync()
    {
        await Loop.StopAsync(new CancellationToken(canceled: true));
        await (Scores?.StopAsync(new CancellationToken(canceled: true)) ?? Task.CompletedTask);
        Close();
    }

    public async Task StopAsync()
    {
        await Loop.StopAsync(CancellationToken.None);
        await (Scores?.StopAsync(CancellationToken.None) ?? Task.CompletedTask);
        Close();
    }

    /// <summary>Asks for dead letters as another process does.</summary>
    /// <returns>How many.</returns>
    public long Ask(DeadLetterFilter? filter = null) =>
        DeadLetterRequests.Ask(LedgerPath, filter ?? new DeadLetterFilter(), Clock.GetUtcNow()).Sum(static one => one.Value);

    /// <summary>Changes the ledger's file behind its back.</summary>
    public void Forget(string sql) => Ask(sql);

    /// <returns>The first that is answered.</returns>
    private object? Ask(string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={LedgerPath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <summary>Fills pages of the ledger's file with nonsense; all that was committed stands in it by then.</summary>
    public void Overwrite(Range pages)
    {
        const int PageBytes = 4096;
        // SQLite says no, and not by an error, while the bridge is just writing.
        SpinWait.SpinUntil(() => Ask("PRAGMA wal_checkpoint(TRUNCATE)") is 0L, Patience).ShouldBeTrue();
        using var file = new FileStream(LedgerPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        var (first, count) = pages.GetOffsetAndLength((int)(file.Length / PageBytes));
        var nonsense = new byte[count * PageBytes];
        Array.Fill(nonsense, (byte)0xA5);
        file.Position = first * PageBytes;
        file.Write(nonsense);
    }

    /// <summary>Moves the clock in steps until everything that the feed holds is settled.</summary>
    public Task DrainAsync() => UntilAsync(() => Loop.Progress.IsDrained && Scores?.Progress.IsDrained != false);

    /// <summary>Moves the clock in steps until something holds; fails when it does not in time.</summary>
    public async Task UntilAsync(Func<bool> holds, TimeSpan? step = null)
    {
        var waited = Stopwatch.StartNew();
        while (!holds())
        {
            waited.Elapsed.ShouldBeLessThan(Patience, $"{Clock.PendingTimers} timers, the next in {Clock.NextDue}; {Loop.Progress}");
            await Task.Delay(2);
            Clock.Advance(step ?? TimeSpan.FromMilliseconds(250));
        }
    }

    /// <summary>Waits, the clock standing still, until something holds.</summary>
    public Task UntilNowAsync(Func<bool> holds) => UntilAsync(holds, TimeSpan.Zero);

    /// <summary>Moves the clock only while no request is under way, each time to the end of the loop's wait, until something holds.</summary>
    /// <returns>How long the loop chose to wait; how fast this machine is has no part in it.</returns>
    public async Task<TimeSpan> WaitedUntilAsync(Func<bool> holds)
    {
        var began = Clock.GetUtcNow();
        while (!holds())
        {
            await UntilNowAsync(() => holds() || IsWaiting);
            if (!holds())
            {
                Clock.Advance(Clock.NextDue!.Value);
            }
        }

        return Clock.GetUtcNow() - began;
    }

    /// <summary>Adds turns, all at once: how many requests they take does not depend on who is faster.</summary>
    public void AddTurns(int turns, int sessions = 1, int leaves = 2) =>
        Feed.AtOnce(() =>
        {
            for (var turn = 1; turn <= turns; turn++)
            {
                var context = Some.Context($"session-{turn % sessions}");
                for (var leaf = 0; leaf < leaves; leaf++)
                {
                    Feed.Add(Some.Generation(leaf + 2), Some.Trace(turn), context);
                }

                Feed.Add(Some.Root(), Some.Trace(turn), context);
            }
        });

    public async ValueTask DisposeAsync()
    {
        if (_http is not null)
        {
            await KillAsync();
        }

        await Langfuse.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private void Close()
    {
        _ledger?.Dispose();
        _http?.Dispose();
        _http = null;
    }
}

/// <summary>A logger for one class that hands on to another.</summary>
internal sealed class LoggerOf<T>(ILogger logger) : ILogger<T>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => logger.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => logger.Log(logLevel, eventId, state, exception, formatter);
}

/// <summary>Keeps what was logged.</summary>
internal sealed class CollectingLogger : ILogger
{
    private readonly Lock _gate = new();
    private readonly List<(LogLevel Level, string Text)> _lines = [];

    public IReadOnlyList<string> Texts
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines.Select(static line => line.Text)];
            }
        }
    }

    public int Count(string part) => Texts.Count(text => text.Contains(part, StringComparison.Ordinal));

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
        lock (_gate)
        {
            _lines.Add((logLevel, formatter(state, exception) + exception));
        }
    }
}
