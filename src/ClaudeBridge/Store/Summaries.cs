using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;

namespace ClaudeBridge.Store;

/// <summary>Token sums as <c>sessions</c> and <c>show</c> print them.</summary>
public sealed record UsageSummary(long Input, long Output, long CacheRead, long CacheCreation)
{
    /// <summary>All kinds together; stays at the largest number rather than overflow.</summary>
    internal long Total => (long)Int128.Min((Int128)Input + Output + CacheRead + CacheCreation, long.MaxValue);
}

/// <summary>What one turn used. The error count leaves the root out.</summary>
/// <param name="Cost">US dollars: the client's estimate.</param>
public sealed record TurnFigures(int Generations, int Tools, int Errors, UsageSummary Usage, decimal Cost);

/// <summary>One session of the list. The JSON names of these records are promised to other programs: add, never rename.</summary>
public record SessionSummary
{
    public required string SessionId { get; init; }

    public string? UserId { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public required DateTimeOffset EndTime { get; init; }

    public required int Traces { get; init; }

    /// <summary>Distinct model requests that were paid for.</summary>
    public required int Generations { get; init; }

    /// <summary>Tool results and refusals.</summary>
    public required int Tools { get; init; }

    /// <summary>Observations of level ERROR, roots left out.</summary>
    public required int Errors { get; init; }

    public required UsageSummary Usage { get; init; }

    /// <summary>US dollars, exact, as a decimal string such as <c>0.06883</c>: the client's estimate.</summary>
    public required string Cost { get; init; }

    /// <summary>The cost in millionths of a US dollar, rounded half to even once.</summary>
    public required long CostMicros { get; init; }

    public string? ClientVersion { get; init; }

    /// <summary>How far the figures can be trusted: <c>complete</c>, <c>partial</c> or <c>conflict</c>.</summary>
    public required string Completeness { get; init; }

    /// <summary>Why it is not complete, in words; empty when it is.</summary>
    public required IReadOnlyList<string> CompletenessReasons { get; init; }

    /// <summary>The <c>service.name</c> of another program, whose sessions are kept apart even where their ids are the same; left out for Claude Code.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public string? Service { get; init; }

    /// <summary>What the client's own metrics add up to.</summary>
    public MetricSums Metrics { get; init; } = MetricSums.None;
}

/// <summary>A session with its traces.</summary>
public sealed record SessionDetail : SessionSummary
{
    public SessionDetail() { }

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public SessionDetail(SessionSummary summary, IReadOnlyList<TraceDetail> traces)
        : base(summary) => TraceList = traces;

    [System.Text.Json.Serialization.JsonPropertyOrder(1)]
    public required IReadOnlyList<TraceDetail> TraceList { get; init; }
}

/// <summary>One trace with its observations, by start.</summary>
public sealed record TraceDetail
{
    public required string TraceId { get; init; }

    public string? PromptId { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public required DateTimeOffset EndTime { get; init; }

    public string? Input { get; init; }

    public string? Output { get; init; }

    /// <summary>Langfuse's spelling: DEFAULT, WARNING, ERROR.</summary>
    public required string Level { get; init; }

    public string? UserId { get; init; }

    /// <summary><c>key:value</c>, sorted: from attributes, and what callers said of the session.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    public string? Environment { get; init; }

    public string? Release { get; init; }

    /// <summary>Who it was and for what, by key; sorted.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = Observation.EmptyText;

    public required IReadOnlyList<ObservationDetail> Observations { get; init; }
}

/// <summary>One observation. Types and levels in Langfuse's spelling.</summary>
public sealed record ObservationDetail
{
    public required string Id { get; init; }

    public string? ParentId { get; init; }

    public required string Type { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public required DateTimeOffset EndTime { get; init; }

    public required string Level { get; init; }

    public string? StatusMessage { get; init; }

    public string? Model { get; init; }

    public UsageSummary? Usage { get; init; }

    public string? Cost { get; init; }

    public long? CostMicros { get; init; }

    public string? Input { get; init; }

    public string? Output { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}

/// <summary>Read-only questions to the store; works beside a running bridge, from another process too.</summary>
public interface IStoreQueries
{
    /// <summary>Sessions, the latest activity first.</summary>
    IReadOnlyList<SessionSummary> Sessions(int limit = int.MaxValue);

    /// <summary>A session by its id or a unique beginning of it; null when there is none.</summary>
    SessionDetail? Session(string sessionId);

    /// <summary>Sums over one turn, without its contents.</summary>
    /// <param name="root">The turn's root; in a trace that several turns share, what stands below it counts.</param>
    /// <param name="tenant">Whose session it is; empty for none.</param>
    /// <returns>Null when the session has no such trace.</returns>
    TurnFigures? Turn(TraceId traceId, string sessionId, ObservationId root, string tenant = "");

    /// <summary>The one trace with this id (32 hex digits, or a unique beginning), in the session that holds it; null when there is none.</summary>
    SessionDetail? SessionOfTrace(string traceId);

    /// <summary>Exact sums by one or more dimensions.</summary>
    /// <exception cref="ArgumentException">A name of a dimension is none.</exception>
    TotalsReport Totals(TotalsRequest request);
}
