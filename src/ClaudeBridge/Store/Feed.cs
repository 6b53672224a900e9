using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store;

/// <summary>Something that destinations take, as it was when the feed was read.</summary>
/// <param name="Revision">Ascending over the whole store; what changed again has a later one and no longer the earlier.</param>
public abstract record FeedItem(long Revision);

/// <summary>One settled observation, with what its trace says of itself.</summary>
/// <param name="IsHistoryIncomplete">The store was rebuilt from a journal that no longer held everything, and this turn may have begun before what it held.</param>
public sealed record ObservationItem(
    long Revision,
    TraceId TraceId,
    TraceContext Context,
    Observation Observation,
    bool IsHistoryIncomplete
) : FeedItem(Revision);

/// <summary>The scores of a session that has been quiet, or that changed since they were last given.</summary>
/// <param name="HistoryFrom">Set when the store was rebuilt from a journal that no longer held everything: of a session that began before this time something may be missing.</param>
public sealed record ScoresItem(long Revision, SessionScores Scores, DateTimeOffset? HistoryFrom = null) : FeedItem(Revision);

/// <summary>What is settled, in order of revision: what destinations read. Safe for many readers.</summary>
public interface IFeed
{
    /// <summary>Names this store's run of revisions; another store, or a rebuilt one, has another epoch.</summary>
    string Epoch { get; }

    /// <summary>The highest revision given so far; 0 when there is none.</summary>
    long LatestRevision { get; }

    /// <summary>False while the store is behind what it once was: then nothing is read, lest a turn as it was goes over what it has become.</summary>
    bool IsReady => true;

    /// <summary>Returns as soon as the feed is ready.</summary>
    Task ReadyAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <summary>At most <paramref name="max"/> items after a revision, ascending. Shorter than <paramref name="max"/> means that is all for now.</summary>
    IReadOnlyList<FeedItem> Read(long afterRevision, int max);

    /// <summary>A settled observation as it is now: of each tenant and session that has one under these ids, if any.</summary>
    IReadOnlyList<ObservationItem> FindObservations(TraceId trace, ObservationId observation);

    /// <summary>A session's scores as they are now: of each tenant that has a session of this id, if any.</summary>
    IReadOnlyList<ScoresItem> FindScores(string sessionId);

    /// <summary>Returns as soon as there is something after a revision; at once when there is already.</summary>
    Task WaitAsync(long afterRevision, CancellationToken cancel);
}
