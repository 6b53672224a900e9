using System.Collections.Concurrent;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Privacy;
using ClaudeBridge.Receivers;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Hosting;

/// <summary>Takes what the journal holds into the store, and settles what is due. The one place that writes the store.</summary>
/// <remarks>
/// <code>
///   journal ─ gather ─▶ decode ─ split into facts ─▶ assemble ─▶ store (one transaction) ─▶ settle what is due
///      ▲                                                                   │
///      └────────────── the disk refused: the same entries again ◀──────────┘   a damaged store: all entries again
/// </code>
/// Nothing that arrives ends it: an entry or record that cannot be taken is counted, logged and left out.
/// </remarks>
internal sealed partial class AssemblyLoop : BackgroundService, IHealthSource
{
    /// <summary>The longest sleep, so that a clock that was set is soon noticed.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(10);

    private readonly IJournalReader _journal;
    private readonly StoreDatabase _database;
    private readonly StoreFeed _feed;
    private readonly StoreOptions _options;
    private readonly SettlingOptions _settling;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Attribution? _attribution;
    private readonly StoreChanges? _changes;
    private readonly AgingClock _aging;
    private readonly DecodingRoom? _room;
    private readonly EntryGatherer _gatherer;
    private readonly CatchUpProgress _progress;
    private readonly RepeatedTrouble _trouble;

    // Used by any thread.
    private readonly SemaphoreSlim _wake = new(0);
    private readonly ConcurrentQueue<TaskCompletionSource<int>> _settleRequests = new();
    private readonly PositionWaiters _waiters = new();

    // Used by the loop alone.
    private StoreWriter _writer;
    private StepApplier _applier;
    private DateTimeOffset _cleanAt;
    private Exception? _damage;
    private int _failures;
    private EntryParts? _rest;

    // Written by the loop, read by any thread.
    private volatile bool _isFailing;

    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The store cannot be used.</exception>
    public AssemblyLoop(
        IJournalReader journal,
        StoreDatabase database,
        StoreFeed feed,
        IOptions<StoreOptions> options,
        IOptions<SettlingOptions> settling,
        ContentPolicy policy,
        TimeProvider clock,
        ILogger<AssemblyLoop> log,
        Attribution? attribution = null,
        Arrivals? arrivals = null,
        StoreChanges? changes = null,
        AgingClock? aging = null,
        DecodingRoom? room = null
    )
    {
        _room = room;
        _journal = journal;
        _database = database;
        _feed = feed;
        _options = options.Value;
        _settling = settling.Value;
        _clock = clock;
        _log = log;
        _attribution = attribution;
        _changes = changes;
        _aging = aging ?? new AgingClock(clock, folder: null);
        _gatherer = new EntryGatherer(
            journal,
            _options,
            policy,
            arrivals is null ? null : new ArrivalNotes(arrivals, attribution ?? Attribution.Default),
            LogEntrySkipped
        );
        _progress = new CatchUpProgress(journal, clock, SayProgress);
        _trouble = new RepeatedTrouble(clock);
        (_writer, _applier) = OpenSoundWriter();
        StartAtStoredPosition();
    }

    public AssemblyFigures Figures { get; } = new();

    string IHealthSource.Name => "store";

    /// <summary>Everything in the journal before this is in the store: the journal may let go of it. Any thread.</summary>
    public JournalPosition Applied => _waiters.Reached;

    /// <summary>Up to which revision every destination has what it needs: later observations are not deleted. With no destination, all. Any thread calls it.</summary>
    public Func<long> DeliveredUpTo { get; set; } = static () => long.MaxValue;

    /// <summary>Returns once everything in the journal before a position is in the store. Any thread.</summary>
    public Task CatchUpAsync(JournalPosition position, CancellationToken cancel)
    {
        var reached = _waiters.WaitAsync(position);
        _wake.Release();
        return reached.WaitAsync(cancel);
    }

    /// <summary>Settles everything that is in the store, whatever it waits for; returns how many observations that were. Any thread.</summary>
    public Task<int> SettleAllAsync(CancellationToken cancel)
    {
        var request = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _settleRequests.Enqueue(request);
        if (_waiters.HasEnded)
        {
            EndWaits();
        }
        else
        {
            _wake.Release();
        }

        return request.Task.WaitAsync(cancel);
    }

    HealthReport IHealthSource.Check() =>
        _isFailing
            ? new(
                HealthState.Degraded,
                "The store cannot be written. What is accepted waits in the journal; look at the disk and its rights."
            )
            : HealthReport.Ok;

    /// <remarks>Ends the waits here and not in the loop: a loop that is stopped before its first turn never runs.</remarks>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        EndWaits();
    }

    public override void Dispose()
    {
        base.Dispose();
        EndWaits();
        _writer.Dispose();
        _wake.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await TurnAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the program.
        }

        TakeTheRest();
    }

    /// <summary>One turn. The loop must not end while the program runs, so every failure is met here.</summary>
    private async Task TurnAsync(CancellationToken stopping)
    {
        try
        {
            if (_damage is not null)
            {
                await RebuildAsync(_damage, stopping);
            }

            var didSomething = await StepWithMemoryAsync(stopping);
            Succeeded();
            _oddFailures = 0;
            if (!didSomething)
            {
                _failures = 0;
                await SleepAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure) when (StoreDatabase.IsDamage(failure))
        {
            _damage = failure;
        }
        catch (Exception failure) when (IsFirstWantOfMemory(failure))
        {
            // Once more.
        }
        catch (Exception failure) when (IsSignOfDamage(failure))
        {
            _damage = new StoreDamagedException(failure.Message, failure);
        }
        catch (Exception failure)
        {
            await Task.Delay(Failed(failure), _clock, stopping);
        }
    }

    /// <summary>True when there was something to do.</summary>
    private async Task<bool> StepAsync(CancellationToken stopping)
    {
        if (_database.Suspicion is { } suspicion)
        {
            throw new StoreDamagedException(suspicion.Message, suspicion);
        }

        FitToDisk();
        // A step that fails leaves no rest: the entry is then begun again.
        var rest = _rest;
        _rest = null;
        var batch = _gatherer.Take(_writer.Position, rest);
        if (batch is { IsFull: false, IsEmpty: false } && !_waiters.IsAnyWaiting)
        {
            await WaitAsync(_options.StepDelay, stopping);
            _gatherer.TakeMore(batch);
        }

        var any = batch.Next != _writer.Position || batch.Rest is not null;
        if (any)
        {
            Apply(batch);
            _rest = batch.Rest;
        }

        // Before the store has what the journal held at the start, or the whole of an entry, a turn may be half there: it is neither settled nor given away nor deleted.
        EndCatchUp(stopping);
        if (!_isCatchingUp && _rest is null)
        {
            any |= Settle(stopping) > 0;
            any |= Clean();
        }

        any |= TakeInWhatIsDue();
        AnswerCounterRequests();
        return any;
    }

    private void Apply(EntryBatch batch)
    {
        NoteMissingHistory(batch);
        var duplicates = _applier.Apply(batch.Facts, batch.Next, _clock.GetUtcNow(), batch.Points);
        Figures.Add(batch, duplicates, _applier.RepeatedPoints);
        _changes?.Announce();
        _waiters.Reach(batch.Next);
        _progress.Report(batch.Next, Figures.Entries);
        if (_isCatchingUp)
        {
            CrashPoints.Pass(CrashPoints.StartCatchUp);
        }
    }

    private void EndWaits()
    {
        _waiters.End();
        while (_settleRequests.TryDequeue(out var request))
        {
            _ = request.TrySetCanceled(CancellationToken.None);
        }

        while (_counterRequests.TryDequeue(out var request))
        {
            _ = request.TrySetCanceled(CancellationToken.None);
        }
    }
}
