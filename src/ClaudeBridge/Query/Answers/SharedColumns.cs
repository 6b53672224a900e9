using ClaudeBridge.Query.Http;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store;

namespace ClaudeBridge.Query.Answers;

/// <summary>Columns that several lists have.</summary>
internal static class SharedColumns
{
    public static IEnumerable<Column<T>> Usage<T>(Func<T, UsageSummary?> of) =>
        [
            new("usage.input", row => of(row)?.Input),
            new("usage.output", row => of(row)?.Output),
            new("usage.cacheRead", row => of(row)?.CacheRead),
            new("usage.cacheCreation", row => of(row)?.CacheCreation),
        ];

    public static IEnumerable<Column<T>> Metrics<T>(Func<T, MetricSums> of) =>
        [
            new("metrics.linesAdded", row => of(row).LinesAdded),
            new("metrics.linesRemoved", row => of(row).LinesRemoved),
            new("metrics.commits", row => of(row).Commits),
            new("metrics.pullRequests", row => of(row).PullRequests),
            new("metrics.activeSecondsUser", row => of(row).ActiveSecondsUser),
            new("metrics.activeSecondsCli", row => of(row).ActiveSecondsCli),
            new("metrics.editsAccepted", row => of(row).EditsAccepted),
            new("metrics.editsRejected", row => of(row).EditsRejected),
            new("metrics.sessionsStarted", row => of(row).SessionsStarted),
        ];
}
