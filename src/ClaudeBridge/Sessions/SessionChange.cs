namespace ClaudeBridge.Sessions;

/// <summary>Where the facts of a bucket are kept when they are not in memory.</summary>
public interface IFactSource
{
    /// <summary>All facts of a bucket, in any order; empty when there are none.</summary>
    IReadOnlyList<Fact> LoadFacts(string sessionKey, string bucketKey);
}

/// <summary>A set of facts that always belong together, and what routing must know of them without loading them.</summary>
/// <remarks>The bucket of a fact follows from the fact alone, so that facts never move. <see cref="Summary"/> is kept beside the facts and comes back as it was.</remarks>
public sealed record BucketState(string Key, string Summary);

/// <summary>What one step of assembling changed in one session; the store writes it in one transaction.</summary>
public sealed record SessionChange
{
    /// <summary>The key that <see cref="SessionAssembler"/> groups by; the session id shown to people is in <see cref="TraceContext.SessionId"/>.</summary>
    public required string SessionKey { get; init; }

    /// <summary>New facts by bucket key. Repeated copies are already left out.</summary>
    public required IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> NewFacts { get; init; }

    /// <summary>Buckets whose summary is new or changed.</summary>
    public required IReadOnlyList<BucketState> Buckets { get; init; }

    /// <summary>Traces computed anew, whole. The store compares them with what it has.</summary>
    public required IReadOnlyList<TraceView> Traces { get; init; }

    /// <summary>Traces that no longer exist because their records turned out to belong to another.</summary>
    public required IReadOnlyList<TraceId> RemovedTraces { get; init; }

    /// <summary>Records that were there already.</summary>
    public required int Duplicates { get; init; }
}
