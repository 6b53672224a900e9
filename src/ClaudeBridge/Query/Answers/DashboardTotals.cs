using ClaudeBridge.Store;

namespace ClaudeBridge.Query.Answers;

/// <summary>The figures that dashboards for Claude Code show at their top. The JSON names are promised: add, never rename.</summary>
internal sealed record DashboardTotals
{
    public required DateOnly? From { get; init; }

    public required DateOnly? To { get; init; }

    /// <summary>Sessions with at least one observation.</summary>
    public required long TotalSessions { get; init; }

    public required long TotalTraces { get; init; }

    /// <summary>Input that was neither read from nor written to the cache.</summary>
    public required long TotalInputTokens { get; init; }

    public required long TotalOutputTokens { get; init; }

    public required long TotalCacheReadTokens { get; init; }

    public required long TotalCacheCreationTokens { get; init; }

    /// <summary>All four kinds.</summary>
    public required long TotalTokens { get; init; }

    /// <summary>US dollars, exact: the client's estimate.</summary>
    public required decimal TotalTokenCostUsd { get; init; }

    /// <summary>Model requests that were paid for.</summary>
    public required long TotalRequests { get; init; }

    /// <summary>Tool results and refusals.</summary>
    public required long TotalToolCalls { get; init; }

    public required long TotalErrors { get; init; }

    public required decimal TotalLinesAdded { get; init; }

    public required decimal TotalLinesRemoved { get; init; }

    /// <summary>Active time of people and of the client together, rounded to hundredths.</summary>
    public required decimal TotalMinutes { get; init; }

    public required decimal AiAssistedCommits { get; init; }

    public required decimal PrsCreated { get; init; }

    /// <summary>Edits that were accepted and rejected together.</summary>
    public required decimal EditDecisions { get; init; }

    public required decimal EditsAccepted { get; init; }

    public required decimal EditsRejected { get; init; }

    public static DashboardTotals Of(TotalsReport report)
    {
        var (row, metrics) = (report.Total, report.Total.Metrics);
        return new()
        {
            From = report.From,
            To = report.To,
            TotalSessions = row.Sessions,
            TotalTraces = row.Traces,
            TotalInputTokens = row.Usage.Input,
            TotalOutputTokens = row.Usage.Output,
            TotalCacheReadTokens = row.Usage.CacheRead,
            TotalCacheCreationTokens = row.Usage.CacheCreation,
            TotalTokens = TotalsMetric.TokensOf(row.Usage),
            TotalTokenCostUsd = TotalsMetric.CostOf(row),
            TotalRequests = row.Generations,
            TotalToolCalls = row.Tools,
            TotalErrors = row.Errors,
            TotalLinesAdded = metrics.LinesAdded,
            TotalLinesRemoved = metrics.LinesRemoved,
            TotalMinutes = decimal.Round((metrics.ActiveSecondsUser + metrics.ActiveSecondsCli) / 60, 2),
            AiAssistedCommits = metrics.Commits,
            PrsCreated = metrics.PullRequests,
            EditDecisions = metrics.EditsAccepted + metrics.EditsRejected,
            EditsAccepted = metrics.EditsAccepted,
            EditsRejected = metrics.EditsRejected,
        };
    }
}
