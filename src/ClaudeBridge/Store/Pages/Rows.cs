using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;

namespace ClaudeBridge.Store.Pages;

/// <summary>A session in a list. The JSON names are promised: add, never rename.</summary>
public record SessionRow : SessionSummary
{
    public string Tenant { get; init; } = "";

    /// <summary>The beginning of its first prompt, up to 200 characters on one line; null when none is known.</summary>
    public string? Title { get; init; }

    /// <summary>Its models, the dearest first.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    public string? Team { get; init; }

    public string? Repository { get; init; }
}

/// <summary>A turn: a trace without its observations.</summary>
public sealed record TurnRow
{
    public required string TraceId { get; init; }

    public required string SessionId { get; init; }

    public string Tenant { get; init; } = "";

    /// <summary>The <c>service.name</c> of another program; null for Claude Code.</summary>
    public string? Service { get; init; }

    public string? UserId { get; init; }

    public required string Name { get; init; }

    public string? PromptId { get; init; }

    public string? ClientVersion { get; init; }

    /// <summary>The beginning of the prompt and of the last answer, up to 200 characters each on one line.</summary>
    public string? Input { get; init; }

    public string? Output { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public required DateTimeOffset EndTime { get; init; }

    /// <summary>DEFAULT, WARNING or ERROR.</summary>
    public required string Level { get; init; }

    /// <summary>False while something of it is still expected.</summary>
    public required bool IsSettled { get; init; }

    public required int Generations { get; init; }

    public required int Tools { get; init; }

    public required int Errors { get; init; }

    public required UsageSummary Usage { get; init; }

    /// <summary>US dollars, exact: the client's estimate.</summary>
    public required string Cost { get; init; }

    public required long CostMicros { get; init; }

    public IReadOnlyList<string> Models { get; init; } = [];

    public IReadOnlyList<string> Tags { get; init; } = [];
}

/// <summary>A trace with its observations, and the session it belongs to.</summary>
/// <param name="ContentsCut">Some input or output is longer than was asked for; <see cref="IStorePages.Observation"/> has the whole.</param>
/// <param name="ObservationsLeftOut">How many observations stand beyond the limit, by start.</param>
public sealed record TracePage(TurnRow Turn, TraceDetail Trace, bool ContentsCut, int ObservationsLeftOut);

/// <summary>One member: everything that one user id sent for one tenant.</summary>
public sealed record MemberRow
{
    public required string UserId { get; init; }

    public string Tenant { get; init; } = "";

    public DateTimeOffset? FirstSeen { get; init; }

    /// <summary>By the time of its records; null for one that never sent anything.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    public DateTimeOffset? LastLogs { get; init; }

    public DateTimeOffset? LastMetrics { get; init; }

    public DateTimeOffset? LastTraces { get; init; }

    public string? ClientVersion { get; init; }

    public required int Sessions { get; init; }

    public required int Traces { get; init; }

    public required string Cost { get; init; }

    public required long CostMicros { get; init; }

    /// <summary>What their records tell of the client's settings.</summary>
    public SetupSigns Signs { get; init; }

    /// <summary>Prompts came as text, not as a length alone.</summary>
    public bool HasPrompts { get; init; }

    /// <summary>Tool calls came with their inputs.</summary>
    public bool HasToolDetails { get; init; }

    /// <summary>What Claude Code's metrics add up to.</summary>
    public MetricSums Metrics { get; init; } = MetricSums.None;
}

/// <summary>A record as it was received, after the rules for contents.</summary>
/// <param name="Kind"><c>event</c> or <c>span</c>.</param>
/// <param name="Cursor">Ascending in the order of taking in.</param>
public sealed record EventRow(
    long Cursor,
    string Kind,
    DateTimeOffset Time,
    string Name,
    string? SessionId,
    string Tenant,
    string? PromptId,
    IReadOnlyDictionary<string, string> Attributes
);

/// <summary>The values that filters can be set to, the most frequent first, a bounded number of each.</summary>
public sealed record FilterValues(
    IReadOnlyList<string> Users,
    IReadOnlyList<string> Models,
    IReadOnlyList<string> Tools,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Labels,
    IReadOnlyList<string> Tenants
);
