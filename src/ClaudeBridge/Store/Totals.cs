using ClaudeBridge.Sessions.Metrics;

namespace ClaudeBridge.Store;

/// <summary>What totals are asked for.</summary>
public sealed record TotalsRequest
{
    /// <summary>
    /// One or more of <c>session, day, user, model, tool, team, department, cost_center, repository, environment, version, language, mcp_server,
    /// skill, agent, service, tenant</c>, or any other key of a trace's metadata or tags. Without any there is one row.
    /// </summary>
    public required IReadOnlyList<string> By { get; init; }

    /// <summary>Whose figures: null for every tenant, empty for what belongs to none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The first day that counts (UTC), by the start of observations and the time of metric points; null for all from the beginning.</summary>
    public DateOnly? From { get; init; }

    /// <summary>The last day that counts; null for all to the end.</summary>
    public DateOnly? To { get; init; }

    /// <summary>Instead of <see cref="From"/>: the first moment that counts, cut to the beginning of its hour. Metric points count by whole days.</summary>
    public DateTimeOffset? FromTime { get; init; }

    /// <summary>Instead of <see cref="To"/>: the first moment that does not count any more, at the end of its hour.</summary>
    public DateTimeOffset? ToTime { get; init; }

    /// <summary>Rows at most; what stands below is one more, <see cref="TotalsReport.Rest"/>. Null for all rows.</summary>
    public int? Limit { get; init; }
}

/// <summary>Totals by the dimensions asked for. The JSON names of these records are promised to other programs: add, never rename.</summary>
public sealed record TotalsReport
{
    public required IReadOnlyList<string> By { get; init; }

    public DateOnly? From { get; init; }

    public DateOnly? To { get; init; }

    /// <summary>The dearest first; by days, when they are the first dimension, the latest first.</summary>
    public required IReadOnlyList<TotalsRow> Rows { get; init; }

    /// <summary>What the rows left out by the limit add up to; null when none was.</summary>
    public TotalsRow? Rest { get; init; }

    /// <summary>Everything. Rows and rest add up to it in all but sessions and traces, which may have a part in several rows.</summary>
    public required TotalsRow Total { get; init; }
}

/// <summary>The sums of one value of every dimension.</summary>
public sealed record TotalsRow
{
    /// <summary>The value by dimension, <c>(none)</c> where there is none; empty for the rest and the total.</summary>
    public required IReadOnlyDictionary<string, string> Key { get; init; }

    /// <summary>Sessions that have an observation here.</summary>
    public required int Sessions { get; init; }

    /// <summary>Traces that have an observation here.</summary>
    public required int Traces { get; init; }

    /// <summary>Distinct model requests that were paid for.</summary>
    public required long Generations { get; init; }

    /// <summary>Tool results and refusals.</summary>
    public required long Tools { get; init; }

    /// <summary>Observations of level ERROR, roots left out.</summary>
    public required long Errors { get; init; }

    public required UsageSummary Usage { get; init; }

    /// <summary>US dollars, exact, as a decimal string: the client's estimate.</summary>
    public required string Cost { get; init; }

    /// <summary>The cost in millionths of a US dollar, rounded half to even once.</summary>
    public required long CostMicros { get; init; }

    /// <summary>
    /// US dollars, as a decimal string: an estimate of what the results of tool calls cost, the new input of the requests that consumed them. It is a part
    /// of the cost of other rows, and no part of any sum. Null unless a dimension is tool, MCP server or skill, and where nothing can be estimated.
    /// </summary>
    public string? EstimatedCost { get; init; }

    public long? EstimatedCostMicros { get; init; }

    /// <summary>From Claude Code's metrics; those that know nothing of a dimension stand under <c>(none)</c>.</summary>
    public required MetricSums Metrics { get; init; }
}
