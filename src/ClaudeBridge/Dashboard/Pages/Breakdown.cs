using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Store.Breakdowns;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary>The figures by model, tool, user, team or repository: a row each with a bar, leading to its turns.</summary>
internal static class Breakdown
{
    private const string None = "(none)";

    /// <param name="one">The heading of the rows' names.</param>
    /// <param name="name">The filter that a row sets.</param>
    public static void Write(
        HtmlWriter html,
        PageContext page,
        string title,
        string one,
        string name,
        IReadOnlyList<OverviewRow> rows,
        bool withLatency
    )
    {
        // A lone "(none)" says nothing.
        if (rows.Count == 0 || rows is [{ Key: None }])
        {
            return;
        }

        var highest = Math.Max(1, rows.Max(static row => row.CostMicros));
        var shown = rows.OrderByDescending(static row => row.CostMicros).ThenByDescending(static row => row.Generations).ToArray();
        html.Write(
            $"""
            <section class="card breakdown{(
                withLatency ? " wide" : ""
            )}" id="{name}s"><h2>{title}</h2><div class="scroll"><table class="list"><caption class="hidden">{title} by cost</caption><thead><tr><th scope="col">{one}</th><th scope="col" class="num" title="The client's estimate">Cost, estimate</th><th scope="col" class="num">Turns</th><th scope="col" class="num">Requests</th><th scope="col" class="num">Tokens</th>{(
                withLatency ? CacheAndLatencyHead : null
            )}<th scope="col" class="num">Failed</th></tr></thead><tbody>

            """
        );
        foreach (var row in shown.Take(page.Options.BreakdownRows))
        {
            html.Write(
                $"""
                <tr><th scope="row" class="key">{Key(page, name, row.Key)}{new ShareBar(
                    (double)row.CostMicros / highest
                )}</th><td data-label="Cost" class="num strong">{new Money(
                    row.CostMicros,
                    row.Cost
                )}</td><td data-label="Turns" class="num">{new Number(row.Traces)}</td><td data-label="Requests" class="num">{new Number(
                    row.Generations
                )}</td><td data-label="Tokens" class="num" title="{Tokens.Title(row.Usage)}">{new Number(Tokens.Sum(row.Usage))}</td>{(
                    withLatency ? CacheAndLatency(row) : null
                )}<td data-label="Failed" class="num{(row.FailedGenerations > 0 ? " bad" : "")}" title="{Format.Count(
                    row.FailedGenerations,
                    "request",
                    "requests"
                )} failed, {Format.Whole(row.RefusedGenerations)} refused by the model">{new Number(row.FailedGenerations)}</td></tr>

                """
            );
        }

        html.Write($"</tbody>");
        if (shown.Length > page.Options.BreakdownRows)
        {
            var others = shown.Skip(page.Options.BreakdownRows).ToArray();
            html.Write(
                $"<tfoot><tr><th scope=\"row\">{others.Length} others</th><td data-label=\"Cost\" class=\"num\">{new Money(others.Sum(static row => row.CostMicros))}</td><td data-label=\"Turns\" class=\"num dim\" title=\"not added up: a turn may belong to several\">–</td><td data-label=\"Requests\" class=\"num\">{new Number(others.Sum(static row => row.Generations))}</td><td data-label=\"Tokens\" class=\"num\">{new Number(others.Sum(static row => Tokens.Sum(row.Usage)))}</td>{(withLatency ? (Fragment)(static inner => inner.Write($"<td colspan=\"4\"></td>")) : null)}<td data-label=\"Failed\" class=\"num\">{new Number(others.Sum(static row => row.FailedGenerations))}</td></tr></tfoot>"
            );
        }

        html.Write($"</table></div></section>\n");
    }

    public static void WriteTools(HtmlWriter html, PageContext page, IReadOnlyList<ToolRow> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var highest = Math.Max(1, rows.Max(static row => row.Calls));
        ToolRow[] byCalls = [.. rows.OrderByDescending(static row => row.Calls).ThenBy(static row => row.Key, StringComparer.Ordinal)];
        // A tool that fails is looked for here, also one that is called seldom: the worst are never among the others.
        var worst = byCalls
            .Where(static row => row.Failed > 0)
            .OrderByDescending(static row => row.Failed)
            .Take(page.Options.BreakdownRows / 2);
        var kept = worst.Concat(byCalls).Distinct().Take(page.Options.BreakdownRows).ToHashSet();
        ToolRow[] shown = [.. byCalls.Where(kept.Contains), .. byCalls.Where(row => !kept.Contains(row))];
        html.Write(
            $"""
            <section class="card breakdown wide" id="tools"><h2>Tools</h2><div class="scroll"><table class="list"><caption class="hidden">Tools by calls</caption><thead><tr><th scope="col">Tool</th><th scope="col" class="num">Calls</th><th scope="col" class="num">Failed</th><th scope="col" class="num">Refused</th>{LatencyHead}<th scope="col" class="num" title="An estimate: the new input of the requests that consumed its results">Cost, estimated</th></tr></thead><tbody>

            """
        );
        foreach (var row in shown.Take(page.Options.BreakdownRows))
        {
            html.Write(
                $"""
                <tr><th scope="row" class="key">{Key(page, "tool", row.Key)}{new ShareBar(
                    (double)row.Calls / highest
                )}</th><td data-label="Calls" class="num strong">{new Number(row.Calls)}</td><td data-label="Failed" class="num">{Failed(
                    page,
                    row
                )}</td><td data-label="Refused" class="num">{new Number(row.Refused)}</td>{Latency(
                    row.Latency
                )}<td data-label="Cost, estimated" class="num">{Estimate(row)}</td></tr>

                """
            );
        }

        html.Write($"</tbody>");
        if (shown.Length > page.Options.BreakdownRows)
        {
            var others = shown.Skip(page.Options.BreakdownRows).ToArray();
            html.Write(
                $"<tfoot><tr><th scope=\"row\">{others.Length} others</th><td data-label=\"Calls\" class=\"num\">{new Number(others.Sum(static row => row.Calls))}</td><td data-label=\"Failed\" class=\"num\">{new Number(others.Sum(static row => row.Failed))}</td><td data-label=\"Refused\" class=\"num\">{new Number(others.Sum(static row => row.Refused))}</td><td colspan=\"3\"></td><td data-label=\"Cost, estimated\" class=\"num\">{new Money(others.Sum(static row => row.EstimatedCostMicros ?? 0))}</td></tr></tfoot>"
            );
        }

        html.Write($"</table></div></section>\n");
    }

    private static void CacheAndLatencyHead(HtmlWriter html) =>
        html.Write($"<th scope=\"col\" class=\"num\" title=\"Cache reads as a share of all input\">Cache hits</th>{LatencyHead}");

    private static Fragment CacheAndLatency(OverviewRow row) =>
        html => html.Write($"<td data-label=\"Cache hits\" class=\"num\">{new Percent(row.CacheHitRate)}</td>{Latency(row.Latency)}");

    private static void LatencyHead(HtmlWriter html) =>
        html.Write(
            $"<th scope=\"col\" class=\"num\" title=\"Half of them took this long or less\">p50</th><th scope=\"col\" class=\"num\" title=\"90 of a hundred took this long or less\">p90</th><th scope=\"col\" class=\"num\" title=\"99 of a hundred took this long or less\">p99</th>"
        );

    private static Fragment Latency(Percentiles? latency) =>
        latency is null
            ? static html => html.Write($"<td class=\"num dim\">–</td><td class=\"num dim\">–</td><td class=\"num dim\">–</td>")
            : html =>
                html.Write(
                    $"<td data-label=\"p50\" class=\"num\">{new Length(TimeSpan.FromMilliseconds(latency.P50))}</td><td data-label=\"p90\" class=\"num\">{new Length(TimeSpan.FromMilliseconds(latency.P90))}</td><td data-label=\"p99\" class=\"num\">{new Length(TimeSpan.FromMilliseconds(latency.P99))}</td>"
                );

    private static Fragment Key(PageContext page, string name, string key) =>
        // What has no model, user or tool cannot be asked for by that filter, and all others together by none.
        key == OverviewReader.Others
        || (key == None && name is ("model" or "user" or "tool"))
            ? html => html.Write($"<span class=\"dim\">{key}</span>")
            : html =>
                html.Write(
                    $"<a href=\"{page.Query.Link(Paths.Turns, [(name, key), .. OverviewTiles.Time(page)])}\" title=\"{key}\">{new Foreign(key)}</a>"
                );

    private static Fragment Failed(PageContext page, ToolRow row) =>
        row.Failed == 0
            ? html => html.Write($"{new Number(0)}")
            : html =>
                html.Write(
                    $"<a class=\"bad\" href=\"{page.Query.Link(Paths.Turns, [("tool", row.Key), ("failed", "1"), .. OverviewTiles.Time(page)])}\" title=\"{Format.Percent((double)row.Failed / Math.Max(1, row.Calls))} of its calls failed\">{new Number(row.Failed)}</a>"
                );

    private static Fragment? Estimate(ToolRow row) =>
        row.EstimatedCostMicros is { } micros
            ? html => html.Write($"{new Money(micros, row.EstimatedCost)}")
            : static html => html.Write($"<span class=\"dim\">–</span>");
}
