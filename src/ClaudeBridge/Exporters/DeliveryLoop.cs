using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Store;

namespace ClaudeBridge.Exporters;

/// <summary>Delivers the feed to one destination: everything settled once, in its last form, for as long as it takes.</summary>
/// <remarks>
/// <code>
///   full speed ──trouble──▶ wait ──▶ careful, one request at a time ──all well──▶ full speed
///                            ▲                   │ trouble
///                            └───────────────────┘
///   a destination that refuses everything, an empty export too: paused, asked again every minute
/// </code>
/// Nothing but success or a refusal of the observation itself moves the cursor. No try is the last one.
/// </remarks>
public sealed partial class DeliveryLoop : IHostedService, IAsyncDisposable
{
    private static readonly DeliveryVerdict OfOurDisk = DeliveryVerdict.NoAnswer("the bridge's own disk takes nothing");

    private readonly IDestination _destination;
    private readonly IFeed _feed;
    private readonly DeliveryLedger _whole;
    private readonly DestinationLedger _ledger;
    private readonly DeliveryOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly DeliveryTally _tally;
    private readonly DeliveryAttempts _attempts;
    private readonly BatchSender _sender;
    private readonly DepartureDesk _desk;
    private readonly CarefulDelivery _careful;
    private readonly DeadLetterRetry _again;
    private readonly DeliveryStatus _status;
    private readonly RepeatedTrouble _ownTrouble;
    private readonly TroubleLines _lines;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort;
    private readonly Lock _gate = new();

    /// <summary>Ends the pass under way; null while there is none. Guarded by the gate.</summary>
    private CancellationTokenSource? _passing;
    private bool _isCareful;
    private bool _isRechecked;
    private volatile int _failures;
    private Task? _running;

    internal DeliveryLoop(
        IDestination destination,
        IFeed feed,
        DeliveryLedger ledger,
        DeliveryOptions options,
        TimeProvider clock,
        ILogger logger
    )
    {
        (_destination, _feed, _options, _clock, _logger) = (destination, feed, options, clock, logger);
        _abort = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        _whole = ledger;
        _ledger = ledger.For(destination.LedgerName);
        if (_ledger.Route is { } route)
        {
            destination.Resume(route);
        }

        _ownTrouble = new RepeatedTrouble(clock);
        (_tally, _lines) = (new DeliveryTally(clock), new TroubleLines(clock));
        _attempts = new DeliveryAttempts(destination, options, clock);
        _sender = new BatchSender(destination, _ledger, _attempts, _tally, Recovered, clock, logger);
        _desk = new DepartureDesk(destination, _ledger, _tally);
        _careful = new CarefulDelivery(feed, _ledger, _desk, _sender, _attempts, options);
        _again = new DeadLetterRetry(feed, _ledger, _desk, _sender, _attempts, options);
        _status = new DeliveryStatus(destination, feed, _ledger, _tally, _attempts);
    }

    public string Destination => _destination.Name;

    public DeliveryProgress Progress => _status.Read();

    /// <summary>Why the destination refused for good what it did last, for who may see contents; empty where the ledger does not tell at the moment.</summary>
    internal IReadOnlyList<DeadLetterReason> LastRefusals(int max) => _status.LastRefusals(max);

    /// <summary>The loop's work, which ends only when it is stopped; null before the start.</summary>
    internal Task? Work => _running;

    /// <summary>Whether the store keeps beyond its time what is not delivered yet.</summary>
    public bool HoldsStore => _destination.HoldsStore;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running ??= Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Finishes what is under way, for at most <see cref="DeliveryOptions.StopTimeout"/>, and leaves the rest for the next start.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_running is not { IsCompleted: false } running)
        {
            return;
        }

        await _stop.CancelAsync();
        using (cancellationToken.UnsafeRegister(static abort => ((CancellationTokenSource)abort!).Cancel(), _abort))
        {
            _abort.CancelAfter(_options.StopTimeout);
            await running;
        }

        _logger.Stopped(Destination, Progress.Undelivered, _destination.Things);
    }

    /// <summary>Waits until all that the store holds now is delivered or a dead letter, or the time is over. What is left is in the answer.</summary>
    /// <param name="endWhenPaused">Whether to wait no longer once the destination takes nothing until a person changes something.</param>
    public Task<DeliveryProgress> DrainAsync(TimeSpan timeout, bool endWhenPaused = false, CancellationToken cancel = default) =>
        new DeliveryDrain(_feed, _ledger, _tally, _status, _clock).RunAsync(timeout, endWhenPaused, cancel);

    /// <summary>Looks whether a person asked for dead letters to be sent again; then what is under way is finished, and they go. Any thread.</summary>
    public void TakeUpRequests()
    {
        if (_ledger.AskedAgain(max: 1).Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            _ = _passing?.CancelAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _stop.Dispose();
        _abort.Dispose();
    }

    private async Task RunAsync()
    {
        var verdict = await GuardedAsync(FirstProbeAsync);
        while (!_stop.IsCancellationRequested)
        {
            if (verdict is not null && await GuardedAsync(() => WaitOutAsync(verdict)) is not null)
            {
                // An error of our own cut the wait short: what it is about to do again needs one all the same.
                await GuardedAsync(() => DelayAsync(_options.MaxOutageWait));
            }

            verdict = await GuardedAsync(DeliverAsync);
        }

        _status.Became(DeliveryState.Stopped);
    }

    /// <summary>The loop never dies: an error of our own (a full disk, say) is trouble like any other. A damaged ledger is mended.</summary>
    private async Task<DeliveryVerdict?> GuardedAsync(Func<Task<DeliveryVerdict?>> step)
    {
        try
        {
            return await step();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception fault)
        {
            if (IsMended(ref fault))
            {
                return null;
            }

            if (_ownTrouble.Meet(out var count))
            {
                _logger.Interrupted(fault, Destination, count);
            }

            return DiskTrouble.Is(fault) ? OfOurDisk : DeliveryVerdict.NoAnswer("an error of the bridge itself");
        }
    }

    /// <param name="fault">What was met; afterwards what stands in the way of mending, if that is in trouble itself.</param>
    private bool IsMended(ref Exception fault)
    {
        try
        {
            return _whole.Mend(fault);
        }
        catch (Exception trouble)
        {
            fault = trouble;
            return false;
        }
    }

    /// <summary>Wrong keys shall be known at the start, not after the first turn.</summary>
    private async Task<DeliveryVerdict?> FirstProbeAsync()
    {
        _status.Became(DeliveryState.Running);
        var probe = await _attempts.BeginAsync(_stop.Token, _abort.Token);
        if (!probe.IsJudgement)
        {
            return probe;
        }

        if (probe.Status is not null)
        {
            _logger.Ready(Destination, _ledger.Cursor);
        }

        return null;
    }

    private async Task<DeliveryVerdict?> DeliverAsync()
    {
        await _feed.ReadyAsync(_stop.Token);
        if (_ledger.Epoch != _feed.Epoch)
        {
            if (_ledger.Epoch is not null)
            {
                _logger.NewEpoch(Destination);
            }

            _ledger.StartEpoch(_feed.Epoch);
        }

        _tally.Look(_ledger.Cursor, _feed.LatestRevision);
        if (await _again.RunAsync(_isCareful, _stop.Token, _abort.Token) is { } standing)
        {
            return standing;
        }

        if (!_isCareful)
        {
            return await PassAsync();
        }

        var trouble = await _careful.StepAsync(new DeliveryWindow(_ledger.Cursor), _stop.Token, _abort.Token);
        _tally.Move();
        _isCareful = !_careful.IsOver;
        return trouble;
    }

    private async Task<DeliveryVerdict?> PassAsync()
    {
        using var passing = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        SetPassing(passing);
        try
        {
            var window = new DeliveryWindow(Begin());
            var pass = new DeliveryPass(_feed, _ledger, _desk, _sender, _tally, _options, _clock, window);
            return await pass.RunAsync(passing.Token, _abort.Token);
        }
        finally
        {
            SetPassing(null);
        }
    }

    private void SetPassing(CancellationTokenSource? passing)
    {
        lock (_gate)
        {
            _passing = passing;
        }
    }

    /// <summary>
    /// The first pass begins a little before the cursor: see <see cref="DeliveryOptions.RecheckAtStart"/>. What is unchanged is skipped. A store that lost
    /// its last transactions gives their revisions again, so that no pass begins beyond what it has.
    /// </summary>
    private long Begin()
    {
        var back = _isRechecked ? 0 : _options.RecheckAtStart;
        _isRechecked = true;
        return Math.Max(0, Math.Min(_ledger.Cursor, _feed.LatestRevision) - back);
    }

    /// <summary>Called from the senders.</summary>
    private void Recovered()
    {
        _failures = 0;
        Resume();
        if (_destination.Route is { } route && route != _ledger.Route)
        {
            _logger.Rerouted(Destination, _ledger.Route ?? "no way yet", route);
            _ledger.NoteRoute(route);
        }
    }

    private void Resume()
    {
        _status.Became(DeliveryState.Running);
        if (_lines.Ends())
        {
            _logger.Recovered(Destination);
        }
    }
}
