using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Resource.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Sessions;

/// <summary>Who wrote a record: its resource and instrumentation scope. Shared by all records of one scope.</summary>
public sealed record Origin(Resource Resource, InstrumentationScope Scope);

/// <summary>One received log record or span with its identity: the part that an observation is computed from.</summary>
/// <remarks>Exactly one of <see cref="Log"/> and <see cref="Span"/> is set. Facts are kept for as long as the store keeps the session.</remarks>
public sealed partial class Fact
{
    public required RecordId Id { get; init; }

    public required Origin Origin { get; init; }

    public LogRecord? Log { get; init; }

    public Span? Span { get; init; }
}

/// <summary>Where the facts of one bucket are kept when they are not in memory.</summary>
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
