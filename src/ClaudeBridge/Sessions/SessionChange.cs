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

    /// <summary>What the step cost, whatever came of it.</summary>
    public AssemblyWork Work { get; init; }
}

/// <summary>What a step of assembling went through.</summary>
/// <param name="Facts">Those of all traces that were computed anew.</param>
/// <param name="Known">Those of them that had been computed before.</param>
/// <param name="Buckets">Those that the session was divided into turns by.</param>
public readonly record struct AssemblyWork(long Facts, long Known, long Buckets)
{
    /// <summary>About what it took of a processor to do again what was done before.</summary>
    public TimeSpan Repeated => TimeSpan.FromMicroseconds((25 * Known) + (4 * Buckets));

    /// <summary>About what it took of a processor, with what was written.</summary>
    public TimeSpan Whole => Repeated + TimeSpan.FromMicroseconds(60 * (Facts - Known));

    public static AssemblyWork operator +(AssemblyWork one, AssemblyWork other) =>
        new(one.Facts + other.Facts, one.Known + other.Known, one.Buckets + other.Buckets);

    public static AssemblyWork operator -(AssemblyWork one, AssemblyWork other) =>
        new(one.Facts - other.Facts, one.Known - other.Known, one.Buckets - other.Buckets);
}
