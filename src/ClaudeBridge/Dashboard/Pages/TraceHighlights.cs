using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Dashboard.Waterfall;
using ClaudeBridge.Store;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary>Where to look first in a turn: what took longest, what cost most, and what waited longest for a person.</summary>
internal static class TraceHighlights
{
    /// <summary>Of fewer lines each is seen at a glance.</summary>
    private const int Fewest = 4;

    /// <summary>A wait that is worth a word.</summary>
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(1);

    /// <param name="isCut">There is more of the turn than these rows.</param>
    public static Fragment? Of(IReadOnlyList<WaterfallRow> rows, bool isCut)
    {
        // What holds others is as long as they are: agents and the tools that started them are left out.
        var leaves = rows.Select(static row => row.Observation).Where(static one => one.Type is "GENERATION" or "TOOL").ToArray();
        if (leaves.Length < Fewest)
        {
            return null;
        }

        var agents = rows.Where(static row => row.Observation.Type == "AGENT").Select(static row => row.Observation.ParentId).ToHashSet();
        var tool = Longest(leaves.Where(one => one.Type == "TOOL" && !agents.Contains(one.Id)));
        var request = Longest(leaves.Where(static one => one.Type == "GENERATION"));
        var dearest = leaves.Where(static one => one.CostMicros > 0).MaxBy(static one => one.CostMicros);
        var wait = leaves.Where(static one => WaterfallTree.WaitOf(one) >= Noticed).MaxBy(WaterfallTree.WaitOf);
        return html =>
        {
            html.Write($"<ul class=\"facts highlights\" aria-label=\"Where to look first\">{(isCut ? Shown : null)}");
            Item(html, "Longest tool", tool, static one => inner => inner.Write($"{new Length(one.EndTime - one.StartTime)}"));
            Item(html, "Longest request", request, static one => inner => inner.Write($"{new Length(one.EndTime - one.StartTime)}"));
            Item(
                html,
                "Most expensive request",
                dearest,
                static one => inner => inner.Write($"{new Money(one.CostMicros ?? 0, one.Cost)}")
            );
            Item(html, "Longest wait for a person", wait, static one => inner => inner.Write($"{new Length(WaterfallTree.WaitOf(one))}"));
            html.Write($"</ul>");
        };
    }

    private static void Shown(HtmlWriter html) => html.Write($"<li>Of those shown</li>");

    private static ObservationDetail? Longest(IEnumerable<ObservationDetail> some) => some.MaxBy(static one => one.EndTime - one.StartTime);

    private static void Item(HtmlWriter html, string what, ObservationDetail? found, Func<ObservationDetail, Fragment> figure)
    {
        if (found is not null)
        {
            html.Write($"<li>{what}: <a href=\"#o-{found.Id}\">{new Foreign(found.Name)}</a> <strong>{figure(found)}</strong></li>");
        }
    }
}
