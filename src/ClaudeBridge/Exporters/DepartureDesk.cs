using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;

namespace ClaudeBridge.Exporters;

/// <summary>Decides for each observation and score of the feed whether and how it is sent, and writes that down before anything leaves.</summary>
/// <remarks>
/// Every observation keeps the start it was first sent with, every trace what it said of itself then: Langfuse keeps one row per
/// trace, span and start, so that a start that moves would show the observation twice for good.
/// </remarks>
internal sealed class DepartureDesk(IDestination destination, DestinationLedger ledger, DeliveryTally tally)
{
    /// <summary>Prepares items in their order; all that is returned is noted in the ledger on disk.</summary>
    /// <param name="window">Takes in what is to be sent.</param>
    /// <param name="through">Everything up to this revision has been read with these items.</param>
    public List<PendingItem> Prepare(IReadOnlyList<FeedItem> items, DeliveryWindow window, long through)
    {
        var leaving = new List<PendingItem>(items.Count);
        using (var change = ledger.Begin())
        {
            foreach (var item in items.Where(destination.Takes))
            {
                foreach (var one in Prepare(item, change, window))
                {
                    leaving.Add(one);
                    window.Add(one);
                }
            }

            window.ReadThrough(through);
            change.MoveCursor(window.Cursor);
            change.Commit();
        }

        return leaving;
    }

    /// <summary>Prepares dead letters that were asked for again. What is there already, and what nobody knows any more, is settled here.</summary>
    /// <param name="letters">Each with what the feed gives of it now; null when the store does not hold it.</param>
    public List<PendingItem> PrepareAgain(IReadOnlyList<(DeadLetter Letter, FeedItem? Now)> letters, DeliveryWindow window)
    {
        var leaving = new List<PendingItem>(letters.Count);
        using var change = ledger.Begin();
        foreach (var (letter, now) in letters)
        {
            if (PrepareAgain(letter, now, change, window) is { } one)
            {
                leaving.Add(one);
                window.AddOutOfTurn(one);
            }
        }

        change.Commit();
        return leaving;
    }

    private PendingItem? PrepareAgain(DeadLetter letter, FeedItem? now, LedgerChange change, DeliveryWindow window)
    {
        var trace = change.FindTrace(letter.TraceId);
        var known = trace is null ? null : change.Find(trace, letter.ObservationId);
        if (known is null)
        {
            change.TakeBack(letter, "It was asked for again, but what was sent of it is forgotten: it cannot go under the same start.");
            return null;
        }

        change.Forgive(trace!, letter);
        if (now is not null && IsWhole(now, known.Value))
        {
            if (Prepare(now, change, window).FirstOrDefault() is { } current)
            {
                return current;
            }

            // The destination has exactly this content by now.
            change.Drop(letter);
            return null;
        }

        // What was refused is whole; what an incomplete history gives now must not go in its place.
        var content = letter.Payload.ToArray();
        var hash = ContentHash.Of(content);
        var version = change.Depart(letter.TraceId, trace!, letter.ObservationId, known.Value.StartUnixNano, hash);
        return new PendingItem
        {
            Revision = ledger.Cursor,
            TraceId = letter.TraceId,
            ObservationId = letter.ObservationId,
            SessionId = letter.SessionId,
            Source = letter.Source,
            Score = letter.Score,
            What = $"what was kept of observation {letter.ObservationId} of trace {letter.Source ?? letter.TraceId}",
            TraceKey = trace!.Key,
            Parcel = new Parcel(content, hash, known.Value.StartUnixNano, version),
        };
    }

    private IEnumerable<PendingItem> Prepare(FeedItem item, LedgerChange change, DeliveryWindow window) =>
        item switch
        {
            ObservationItem observation => Prepare(observation, change, window),
            ScoresItem scores => Prepare(scores, change, window),
            _ => [],
        };

    private IEnumerable<PendingItem> Prepare(ObservationItem item, LedgerChange change, DeliveryWindow window)
    {
        var observation = item.Observation;
        var key = LedgerKey.Of(item.Context.Tenant, item.TraceId);
        if (TraceOf(key, item.Context, observation.StartUnixNano, change) is not { } trace)
        {
            yield break;
        }

        var place = new Place(
            item.Revision,
            key,
            trace,
            observation.Id,
            $"observation {observation.Id} of trace {item.TraceId}",
            item.IsHistoryIncomplete
        )
        {
            Source = item.TraceId,
        };
        var known = change.Find(trace, observation.Id);
        var start = known?.StartUnixNano ?? destination.StartAsKept(observation.StartUnixNano);
        var content = destination.Encode(item.TraceId, StartingAt(observation, start), ContextFor(item, trace));
        if (Leave(place, known, start, content, change, window) is { } leaving)
        {
            yield return leaving;
        }
    }

    /// <summary>Scores are kept in the ledger as observations of a trace that stands for the session: each by itself, so that only what changed is sent.</summary>
    private IEnumerable<PendingItem> Prepare(ScoresItem item, LedgerChange change, DeliveryWindow window)
    {
        var (key, first) = (SessionScoresKey.Of(item.Scores), Clock.ToUnixNano(item.Scores.Timestamp));
        if (TraceOf(key, SessionScoresKey.ContextOf(item.Scores), first, change) is not { } trace)
        {
            yield break;
        }

        foreach (var score in item.Scores.Scores)
        {
            var id = SessionScoresKey.Of(score);
            var known = change.Find(trace, id);
            var start = known?.StartUnixNano ?? destination.StartAsKept(first);
            var place = new Place(
                item.Revision,
                key,
                trace,
                id,
                $"score {score.Name} of session {item.Scores.SessionId}",
                // The start that was sent is the session's own, even where what is left of it begins later.
                item.HistoryFrom
                    is { } historyFrom
                    && Clock.ToTime(start) < historyFrom
            )
            {
                Score = score.Name,
            };
            if (Leave(place, known, start, destination.Encode(item.Scores, score, trace.Context), change, window) is { } leaving)
            {
                yield return leaving;
            }
        }
    }

    private static bool IsWhole(FeedItem item, LedgerEntry known) =>
        item switch
        {
            ObservationItem observation => !observation.IsHistoryIncomplete,
            ScoresItem { HistoryFrom: { } historyFrom } => Clock.ToTime(known.StartUnixNano) >= historyFrom,
            _ => true,
        };

    /// <returns>Null when it may have been delivered and forgotten.</returns>
    private LedgerTrace? TraceOf(TraceId id, TraceContext context, ulong startUnixNano, LedgerChange change)
    {
        if (change.FindTrace(id) is { } known)
        {
            return known;
        }

        if (startUnixNano <= ledger.ForgottenBefore)
        {
            tally.Forgotten();
            return null;
        }

        return change.AddTrace(id, destination.Complete(context));
    }

    private PendingItem? Leave(Place place, LedgerEntry? known, ulong start, byte[] content, LedgerChange change, DeliveryWindow window)
    {
        var hash = ContentHash.Of(content);
        if (known is { } entry && !IsNews(place, entry, hash, window))
        {
            return null;
        }

        var version = change.Depart(place.TraceId, place.Trace, place.Id, start, hash);
        return new PendingItem
        {
            Revision = place.Revision,
            TraceId = place.TraceId,
            ObservationId = place.Id,
            SessionId = place.Trace.Context.SessionId,
            Source = place.Source,
            Score = place.Score,
            What = place.What,
            TraceKey = place.Trace.Key,
            Parcel = new Parcel(content, hash, start, version),
        };
    }

    private bool IsNews(Place place, LedgerEntry known, ContentHash hash, DeliveryWindow window)
    {
        // Content on its way, or sent with no answer known, may be what the destination ends up with: then only that content is no news.
        var last = window.OnItsWay(place.TraceId, place.Id) ?? (known.Sending is null ? known.Acknowledged : null);
        if (hash == last || (hash == known.Refused && known.Sending is null))
        {
            tally.Unchanged();
            return false;
        }

        if (place.IsHistoryIncomplete && known.Acknowledged is { } acknowledged && acknowledged != hash)
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

    /// <summary>Where something is kept.</summary>
    private sealed record Place(long Revision, TraceId TraceId, LedgerTrace Trace, ObservationId Id, string What, bool IsHistoryIncomplete)
    {
        public TraceId? Source { get; init; }

        public string? Score { get; init; }
    }
}
