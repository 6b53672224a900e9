using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Store;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Exporters;

/// <summary>Puts together what health shows of one destination. Safe for many threads.</summary>
internal sealed class DeliveryStatus(
    IDestination destination,
    IFeed feed,
    DestinationLedger ledger,
    DeliveryTally tally,
    DeliveryAttempts attempts
)
{
    private readonly Lock _gate = new();
    private DeliveryState _state;
    private string? _pausedReason;

    /// <returns>Whether it was in another state before.</returns>
    public bool Became(DeliveryState state)
    {
        lock (_gate)
        {
            var isNew = _state != state;
            (_state, _pausedReason) = (state, null);
            return isNew;
        }
    }

    /// <returns>Whether that is news: it was not paused, or for another reason.</returns>
    public bool Paused(string reason)
    {
        lock (_gate)
        {
            var isNew = _state != DeliveryState.Paused || _pausedReason != reason;
            (_state, _pausedReason) = (DeliveryState.Paused, reason);
            return isNew;
        }
    }

    public IReadOnlyList<DeadLetterReason> LastRefusals(int max)
    {
        try
        {
            return ledger.DeadLetterCount > 0 ? ledger.DeadLetterReasons(max) : [];
        }
        catch (Exception trouble) when (trouble is SqliteException or InvalidOperationException)
        {
            // The loop meets it too, and says so.
            return [];
        }
    }

    public DeliveryProgress Read()
    {
        lock (_gate)
        {
            var isSameStore = ledger.Epoch == feed.Epoch;
            var cursor = isSameStore ? ledger.Cursor : 0;
            var latest = feed.LatestRevision;
            var undelivered = Math.Max(0, latest - cursor);
            return new DeliveryProgress
            {
                Destination = destination.Name,
                Things = destination.Things,
                Address = destination.Address,
                Route = destination.Route ?? ledger.Route,
                State = _state,
                DeliveredUpTo = cursor,
                Undelivered = undelivered,
                OldestUndeliveredAge = tally.Look(cursor, latest),
                DeadLetters = ledger.DeadLetterCount,
                Delivered = tally.DeliveredCount,
                Rejected = tally.RejectedCount,
                LastRejection = tally.LastRejection,
                FailedItems = attempts.FailedItems,
                Unchanged = tally.UnchangedCount,
                KeptAsDelivered = tally.KeptAsDeliveredCount,
                Forgotten = tally.ForgottenCount,
                LastStatus = attempts.Last?.Status,
                LastFault = attempts.Last is { Outcome: DeliveryOutcome.Retry, Status: null } silent ? silent.Reason : null,
                LastDelivered = tally.LastDelivered,
                PausedReason = _pausedReason,
            };
        }
    }
}
