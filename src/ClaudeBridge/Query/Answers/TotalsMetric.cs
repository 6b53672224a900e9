using System.Globalization;
using ClaudeBridge.Store;

namespace ClaudeBridge.Query.Answers;

/// <summary>One figure of a row of totals, by the name that callers choose it with.</summary>
/// <param name="Unit">As UCUM writes it where that knows it.</param>
internal sealed record TotalsMetric(string Name, string Unit, Func<TotalsRow, decimal?> Of)
{
    /// <summary>The new input of the requests that consumed the results of tools: a part of the cost of other rows.</summary>
    public static TotalsMetric EstimatedCost { get; } =
        new(
            "estimated_cost",
            "USD",
            static row => row.EstimatedCost is { } cost ? decimal.Parse(cost, CultureInfo.InvariantCulture) : null
        );

    public static IReadOnlyList<TotalsMetric> All { get; } =
    [
        new("cost", "USD", static row => CostOf(row)),
        EstimatedCost,
        new("tokens", "{token}", static row => TokensOf(row.Usage)),
        new("input_tokens", "{token}", static row => row.Usage.Input),
        new("output_tokens", "{token}", static row => row.Usage.Output),
        new("cache_read_tokens", "{token}", static row => row.Usage.CacheRead),
        new("cache_creation_tokens", "{token}", static row => row.Usage.CacheCreation),
        new("requests", "{request}", static row => row.Generations),
        new("tools", "{call}", static row => row.Tools),
        new("errors", "{error}", static row => row.Errors),
        new("sessions", "{session}", static row => row.Sessions),
        new("traces", "{trace}", static row => row.Traces),
        new("lines_added", "{line}", static row => row.Metrics.LinesAdded),
        new("lines_removed", "{line}", static row => row.Metrics.LinesRemoved),
        new("commits", "{commit}", static row => row.Metrics.Commits),
        new("pull_requests", "{pull_request}", static row => row.Metrics.PullRequests),
        new("active_seconds", "s", static row => row.Metrics.ActiveSecondsUser + row.Metrics.ActiveSecondsCli),
        new("active_seconds_user", "s", static row => row.Metrics.ActiveSecondsUser),
        new("active_seconds_cli", "s", static row => row.Metrics.ActiveSecondsCli),
        new("edits_accepted", "{edit}", static row => row.Metrics.EditsAccepted),
        new("edits_rejected", "{edit}", static row => row.Metrics.EditsRejected),
        new("sessions_started", "{session}", static row => row.Metrics.SessionsStarted),
    ];

    /// <summary>US dollars, exact.</summary>
    public static decimal CostOf(TotalsRow row) => decimal.Parse(row.Cost, CultureInfo.InvariantCulture);

    /// <summary>All four buckets; they do not overlap.</summary>
    public static long TokensOf(UsageSummary usage) => usage.Input + usage.Output + usage.CacheRead + usage.CacheCreation;
}

/// <summary>Totals with one figure a row.</summary>
/// <param name="Rows">The largest value first; by days, when they are the first dimension, the latest first.</param>
/// <param name="Rest">What the rows left out by the limit add up to; null when none was.</param>
/// <param name="Total">The value over everything; null where nothing could be estimated.</param>
internal sealed record MeasuredTotals(
    IReadOnlyList<string> By,
    DateOnly? From,
    DateOnly? To,
    string Metric,
    string Unit,
    IReadOnlyList<MeasuredRow> Rows,
    decimal? Rest,
    decimal? Total
)
{
    public static MeasuredTotals Of(TotalsReport report, TotalsMetric metric, int limit)
    {
        var rows = report.Rows.Select(row => new MeasuredRow(row.Key, metric.Of(row)));
        // Equal values stay in the order of the report, which is always the same.
        MeasuredRow[] ordered = [.. report.By is ["day", ..] ? rows : rows.OrderByDescending(static row => row.Value)];
        return new(
            report.By,
            report.From,
            report.To,
            metric.Name,
            metric.Unit,
            [.. ordered.Take(limit)],
            ordered.Length > limit ? ordered.Skip(limit).Sum(static row => row.Value) : null,
            metric.Of(report.Total)
        );
    }
}

/// <param name="Value">Null for an estimate that could not be made.</param>
internal sealed record MeasuredRow(IReadOnlyDictionary<string, string> Key, decimal? Value);
