using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;

namespace ClaudeBridge.Exporters;

/// <summary>Decides for each observation of the feed whether and how it is sent, and writes that down before anything leaves.</summary>
/// <remarks>
/// Every observation keeps the start it was first sent with, every trace what it said of itself then: Langfuse keeps one row per
/// trace, span and start, so that a start that moves would show the observation twice for good.
/// </remarks>
internal sealed class DepartureDesk(IDestination destination, DestinationLedger ledger, DeliveryTally tally)
{
    /// <summary>Prepares items in their order; all that is returned is noted in the ledger on disk.</summary>
    /// <param name="window">Takes in what is to be sent.</param>
    /// <param name="through">Everything up to this revision has been read with these items.</param>
    public List<PendingSpan> Prepare(IReadOnlyList<FeedItem> items, DeliveryWindow window, long through)
    {
        var leaving = new List<PendingSpan>(items.Count);
        using (var change = ledger.Begin())
        {
            foreach (var item in items.OfType<ObservationItem>())
            {
                if (Prepare(item, change, window) is { } span)
                {
                    leaving.Add(span);
                    window.Add(span);
                }
            }

            window.ReadThrough(through);
            change.MoveCursor(window.Cursor);
            change.Commit();
        }

        return leaving;
    }

    private PendingSpan? Prepare(ObservationItem item, LedgerChange change, DeliveryWindow window)
    {
        var trace = change.FindTrace(item.TraceId);
        if (trace is null)
        {
            if (item.Observation.StartUnixNano <= ledger.ForgottenBefore)
            {
                tally.Forgotten();
                return null;
            }

            trace = change.AddTrace(item.TraceId, destination.Complete(item.Context));
        }

        var id = item.Observation.Id;
        var known = change.Find(trace, id);
        var start = known?.StartUnixNano ?? item.Observation.StartUnixNano;
        var content = destination.Encode(item.TraceId, StartingAt(item.Observation, start), ContextFor(item, trace));
        var hash = ContentHash.Of(content);
        if (known is { } entry && !IsNews(item, entry, hash, window))
        {
            return null;
        }

        change.Depart(item.TraceId, trace, id, start, hash);
        return new PendingSpan
        {
            Revision = item.Revision,
            TraceId = item.TraceId,
            ObservationId = id,
            SessionId = trace.Context.SessionId,
            TraceKey = trace.Key,
            Hash = hash,
            Content = content,
        };
    }

    private bool IsNews(ObservationItem item, LedgerEntry known, ContentHash hash, DeliveryWindow window)
    {
        // Content on its way, or sent with no answer known, may be what the destination ends up with: then only that content is no news.
        var last = window.OnItsWay(item.TraceId, item.Observation.Id) ?? (known.Sending is null ? known.Acknowledged : null);
        if (hash == last || (hash == known.Refused && known.Sending is null))
        {
            tally.Unchanged();
            return false;
        }

        if (item.IsHistoryIncomplete && known.Acknowledged is { } acknowledged && acknowledged != hash)
        {
            tally.KeptAsDelivered();
            return false;
        }

        return true;
    }

    private TraceContext ContextFor(ObservationItem item, LedgerTrace trace) =>
        // What a trace's root says may grow; where it is filed may not: Langfuse never moves a trace to another environment.
        item.Observation.IsRoot
            ? destination.Complete(item.Context) with
            {
                Environment = trace.Context.Environment,
            }
            : trace.Context;

    private static Observation StartingAt(Observation observation, ulong start) =>
        start == observation.StartUnixNano
            ? observation
            : observation with
            {
                StartUnixNano = start,
                EndUnixNano = Math.Max(start, observation.EndUnixNano),
            };
}
