using ClaudeBridge.Sessions.Metrics;

namespace ClaudeBridge.Store.Pages;

/// <summary>What an overview is asked for.</summary>
/// <param name="Filter">Whose turns count.</param>
/// <param name="From">The first moment (UTC), by the start of observations; cut to the beginning of its step.</param>
/// <param name="To">The first moment that does not count any more.</param>
/// <param name="Step">The width of one point in time: an hour or a day; at most 1000 of them.</param>
public sealed record OverviewRequest(ViewFilter Filter, DateTimeOffset From, DateTimeOffset To, TimeSpan Step);

/// <summary>The figures of a span of time. Sums are exact; all parts are read from one state of the store.</summary>
public sealed record OverviewReport
{
    public required OverviewRow Total { get; init; }

    /// <summary>One for every step, also where nothing happened.</summary>
    public required IReadOnlyList<OverviewStep> Steps { get; init; }

    public required IReadOnlyList<OverviewRow> Models { get; init; }

    public required IReadOnlyList<ToolRow> Tools { get; init; }

    public required IReadOnlyList<OverviewRow> Users { get; init; }

    public required IReadOnlyList<OverviewRow> Teams { get; init; }

    public required IReadOnlyList<OverviewRow> Repositories { get; init; }

    public required MetricSums Metrics { get; init; }
}

/// <param name="Requests">Model requests that ended in an answer, a failure or a refusal, as in <see cref="OverviewRow.Requests"/>.</param>
/// <param name="Generations">Paid model requests.</param>
public sealed record OverviewStep(
    DateTimeOffset Start,
    IReadOnlyList<StepShare> ByModel,
    UsageSummary Usage,
    long CostMicros,
    long Requests,
    long Generations
);

/// <param name="Key">A model.</param>
public sealed record StepShare(string Key, long CostMicros, long Tokens);

/// <summary>The sums of one model, user, team or repository; <c>(none)</c> where there is none.</summary>
public sealed record OverviewRow
{
    public required string Key { get; init; }

    public required int Sessions { get; init; }

    public required int Traces { get; init; }

    /// <summary>Paid model requests.</summary>
    public required long Generations { get; init; }

    /// <summary>Model requests that ended in an answer, a failure or a refusal, paid for or not: what rates are of.</summary>
    public long Requests { get; init; }

    /// <summary>Model requests that failed, refusals left out.</summary>
    public required long FailedGenerations { get; init; }

    /// <summary>Model requests that the model refused.</summary>
    public required long RefusedGenerations { get; init; }

    public required UsageSummary Usage { get; init; }

    public required string Cost { get; init; }

    public required long CostMicros { get; init; }

    /// <summary>Cache reads as a share of all input, 0 to 1; null without input.</summary>
    public double? CacheHitRate { get; init; }

    /// <summary>How long the model requests took that were paid for.</summary>
    public Percentiles? Latency { get; init; }
}

/// <summary>The sums of one tool.</summary>
public sealed record ToolRow
{
    public required string Key { get; init; }

    /// <summary>Results and refusals.</summary>
    public required long Calls { get; init; }

    public required long Failed { get; init; }

    /// <summary>Not allowed, by a person or a rule.</summary>
    public required long Refused { get; init; }

    /// <summary>How long the calls took that ran.</summary>
    public Percentiles? Latency { get; init; }

    /// <summary>US dollars, an estimate: the new input of the requests that consumed its results.</summary>
    public string? EstimatedCost { get; init; }

    public long? EstimatedCostMicros { get; init; }
}

/// <summary>Milliseconds, by nearest rank.</summary>
public sealed record Percentiles(long Count, double P50, double P90, double P99, double Max);
