using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Store;

namespace ClaudeBridge.Exporters;

/// <summary>Waits for a destination to have everything.</summary>
internal sealed class DeliveryDrain(IFeed feed, DestinationLedger ledger, DeliveryTally tally, DeliveryStatus status, TimeProvider clock)
{
    /// <summary>See <see cref="DeliveryLoop.DrainAsync"/>.</summary>
    public async Task<DeliveryProgress> RunAsync(TimeSpan timeout, bool endWhenPaused, CancellationToken cancel)
    {
        var target = feed.LatestRevision;
        using var limit = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            while (true)
            {
                var moved = tally.Moved;
                if (ledger.Epoch == feed.Epoch && ledger.Cursor >= target)
                {
                    return status.Read();
                }

                if (endWhenPaused && status.Read() is { State: DeliveryState.Paused } paused)
                {
                    return paused;
                }

                await moved.WaitAsync(either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return status.Read();
        }
    }
}
