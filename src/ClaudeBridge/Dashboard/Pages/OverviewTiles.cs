using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary>The headline figures, each beside that of the period before.</summary>
internal static class OverviewTiles
{
    public static void Write(HtmlWriter html, PageContext page, OverviewReport report, OverviewReport before)
    {
        var (now, then) = (report.Total, before.Total);
        var calls = report.Tools.Sum(static tool => tool.Calls);
        var failed = report.Tools.Sum(static tool => tool.Failed);
        var refused = report.Tools.Sum(static tool => tool.Refused);
        var asked = now.Generations + now.FailedGenerations;
        html.Write(
            $"""
            <dl class="tiles">
            {Parts.Tile(
                "Cost, estimate",
                inner => inner.Write($"{new Money(now.CostMicros, now.Cost)}"),
                inner =>
                    inner.Write(
                        $"<a href=\"{page.Query.Link(Paths.Turns, [("order", "cost"), .. Time(page)])}\">Most expensive</a>{Parts.Also(Parts.Change(now.CostMicros, then.CostMicros, static micros => Format.Money((long)micros)))}"
                    ),
                "What the client computed, in US dollars: an estimate"
            )}{Parts.Tile(
                "Model requests",
                inner => inner.Write($"{new Number(now.Generations)}"),
                Parts.Change(now.Generations, then.Generations, Format.Whole)
            )}{Parts.Tile(
                "Tokens",
                inner => inner.Write($"{new Number(Tokens.Sum(now.Usage))}"),
                inner =>
                    inner.Write(
                        $"{new Tokens(now.Usage)}{Parts.Also(Parts.Change(Tokens.Sum(now.Usage), Tokens.Sum(then.Usage), Format.Short))}"
                    ),
                Tokens.Title(now.Usage)
            )}{Parts.Tile(
                "Cache hit rate",
                inner => inner.Write($"{new Percent(now.CacheHitRate)}"),
                then.CacheHitRate is { } rate ? inner => inner.Write($"before: {new Percent(rate)}") : null,
                "Cache reads as a share of all input"
            )}
            {Parts.Tile(
                "Sessions",
                inner => inner.Write($"{new Number(now.Sessions)}"),
                inner =>
                    inner.Write(
                        $"{Format.Count(now.Traces, "turn", "turns")}{Parts.Also(Parts.Change(now.Sessions, then.Sessions, Format.Whole))}"
                    )
            )}{Parts.Tile(
                "Tool calls",
                inner => inner.Write($"{new Number(calls)}"),
                inner =>
                    inner.Write(
                        $"<a href=\"{page.Query.Link(Paths.Turns, [("failed", "1"), .. Time(page)])}\"{(failed > 0 ? Bad : null)}>{Format.Whole(failed)} failed</a>, {Format.Whole(refused)} refused"
                    )
            )}{Parts.Tile(
                "Requests failed",
                inner =>
                    inner.Write(
                        $"<span class=\"{(now.FailedGenerations > 0 ? "bad" : "")}\">{new Percent(asked == 0 ? null : (double)now.FailedGenerations / asked)}</span>"
                    ),
                inner =>
                    inner.Write(
                        $"{Format.Whole(now.FailedGenerations)} failed, {Format.Whole(now.RefusedGenerations)} refused by the model"
                    )
            )}{Parts.Tile(
                "Request time, median",
                inner => inner.Write($"{Latency(now.Latency)}"),
                Percentiles(now.Latency),
                "How long model requests took: half of them this long or less, of a hundred 90 (p90) and 99 (p99) no longer than what stands below"
            )}
            {Parts.Tile(
                "Lines",
                inner => inner.Write($"{new Lines(report.Metrics)}"),
                static inner => inner.Write($"added and removed"),
                "From the client's own metrics"
            )}{Parts.Tile(
                "Commits",
                inner => inner.Write($"{new Number(report.Metrics.Commits)}"),
                inner => inner.Write($"{Format.Count((long)report.Metrics.PullRequests, "pull request", "pull requests")}"),
                "From the client's own metrics"
            )}
            </dl>
            """
        );
    }

    /// <summary>The time of the overview, for lists that would show all time else.</summary>
    public static (string, string?)[] Time(PageContext page) => page.Query.HasTime ? [] : [("range", ViewQuery.DefaultRange)];

    private static Fragment Latency(Percentiles? latency) =>
        latency is null
            ? static html => html.Write($"<span class=\"dim\">–</span>")
            : html => html.Write($"{new Length(TimeSpan.FromMilliseconds(latency.P50))}");

    private static Fragment? Percentiles(Percentiles? latency) =>
        latency is null
            ? null
            : html =>
                html.Write(
                    $"p90 {new Length(TimeSpan.FromMilliseconds(latency.P90))}, p99 {new Length(TimeSpan.FromMilliseconds(latency.P99))}"
                );

    private static void Bad(HtmlWriter html) => html.Write($" class=\"bad\"");
}
