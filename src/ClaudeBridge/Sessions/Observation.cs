namespace ClaudeBridge.Sessions;

/// <summary>Langfuse's observation types that this program builds. https://langfuse.com/docs/observability/features/observation-types</summary>
public enum ObservationType : byte
{
    Span = 1,
    Event = 2,
    Generation = 3,
    Agent = 4,
    Tool = 5,
}

/// <summary>Langfuse's levels, least to most severe.</summary>
public enum ObservationLevel : byte
{
    Debug = 1,
    Default = 2,
    Warning = 3,
    Error = 4,
}

/// <summary>What an observation still waits for before it is settled.</summary>
public enum Readiness : byte
{
    /// <summary>Everything that is known to come is there.</summary>
    Complete = 1,

    /// <summary>Either the event or the native span is there and the other is known to come.</summary>
    AwaitsCounterpart = 2,

    /// <summary>It is open: a tool call with only an accepting decision, or a subagent that has not completed. The end of the turn or a long quiet settles it.</summary>
    AwaitsEnd = 3,

    /// <summary>The root of a turn: settled when the turn is over or quiet.</summary>
    Root = 4,
}

/// <summary>Tokens of one model request, in buckets that do not overlap, or a sum of such.</summary>
/// <param name="CacheCreation">All cache writes; the two lifetimes are parts of it.</param>
/// <param name="CacheCreation5m">Writes kept for five minutes; null when the client did not say.</param>
/// <param name="CacheCreation1h">Writes kept for one hour; null when the client did not say.</param>
public sealed record Usage(
    long Input,
    long Output,
    long CacheRead,
    long CacheCreation,
    long? CacheCreation5m = null,
    long? CacheCreation1h = null
)
{
    /// <summary>More than any request has, and few enough that sums of millions of requests hold them.</summary>
    private const long Highest = 1_000_000_000_000;

    /// <summary>A count as it was told: never below zero; what no request can have reads as unknown, so that it spoils no sum.</summary>
    internal static long? CountOf(long? told) => told is <= Highest and { } count ? Math.Max(0, count) : null;
}

/// <summary>One node of a trace tree, computed from the records that speak of it. Equal record sets give equal observations.</summary>
public sealed record Observation
{
    public required ObservationId Id { get; init; }

    /// <summary>Null for a root.</summary>
    public ObservationId? ParentId { get; init; }

    public required ObservationType Type { get; init; }

    public required string Name { get; init; }

    /// <summary>Nanoseconds since 1970. Part of the row's identity in Langfuse.</summary>
    public required ulong StartUnixNano { get; init; }

    /// <summary>Nanoseconds since 1970; never before the start.</summary>
    public required ulong EndUnixNano { get; init; }

    public ObservationLevel Level { get; init; } = ObservationLevel.Default;

    public string? StatusMessage { get; init; }

    public string? Model { get; init; }

    /// <summary>Effort, speed and the like, sorted by name; empty for most.</summary>
    public IReadOnlyDictionary<string, string> ModelParameters { get; init; } = EmptyText;

    public Usage? Usage { get; init; }

    /// <summary>US dollars as the client computed them (its estimate), exact; null when unknown.</summary>
    public decimal? Cost { get; init; }

    /// <summary>When the first token came; null when unknown.</summary>
    public ulong? CompletionStartUnixNano { get; init; }

    public string? Input { get; init; }

    public string? Output { get; init; }

    /// <summary>Sorted by name (ordinal).</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = EmptyText;

    public required Readiness Readiness { get; init; }

    public bool IsRoot => Readiness == Readiness.Root;

    internal static readonly IReadOnlyDictionary<string, string> EmptyText = new SortedDictionary<string, string>(StringComparer.Ordinal);
}
