using ClaudeBridge.Dashboard.Html;

namespace ClaudeBridge.Dashboard.Charts;

/// <summary>Stacked bars over time, drawn as SVG in shares of its box, with a legend and all values as a table.</summary>
internal sealed class StackedBars(
    string id,
    string title,
    IReadOnlyList<DateTimeOffset> steps,
    TimeSpan width,
    IReadOnlyList<Series> series
)
{
    /// <summary>Labels below the axis at most.</summary>
    private const int MaxLabels = 7;

    /// <summary>A value as it stands in the legend, in titles and in the table.</summary>
    public required Func<decimal, string> Form { get; init; }

    /// <summary>A value as it stands at the axis; null for the same form.</summary>
    public Func<decimal, string>? Mark { get; init; }

    /// <summary>The unit of the values counts this often: 1 000 000 for costs, which come in millionths.</summary>
    public decimal Unit { get; init; } = 1;

    /// <summary>Where a step leads to.</summary>
    public required Func<DateTimeOffset, string> LinkOf { get; init; }

    public bool IsWhole { get; init; }

    /// <summary>Nothing was before this, so the axis begins here; null when it shows the whole time that was asked for.</summary>
    public DateTimeOffset? Since { get; init; }

    public void Write(HtmlWriter html)
    {
        html.Write(
            $"""
            <figure class="chart card" id="{id}"><figcaption><h2>{title}</h2>{Legend}{Beginning}</figcaption>
            <svg class="plot" role="img" aria-label="{Summary()}">
            {Axis}{Bars}{Labels}</svg>
            <details class="figures"><summary>Figures</summary><div class="scroll">{Table}</div></details></figure>

            """
        );
    }

    private string NameOf(DateTimeOffset step) =>
        width < TimeSpan.FromDays(1) ? Format.Utc(step, "yyyy-MM-dd HH:mm") : Format.Utc(step, "yyyy-MM-dd");

    private string Value(decimal value) => Form(value / Unit);

    private string Summary() =>
        $"{title}, {steps.Count} {(width < TimeSpan.FromDays(1) ? "hours" : "days")}: "
        + string.Join(", ", series.Select(one => $"{one.Label} {Value(one.Total)}"))
        + ". All values stand in the table below.";

    private decimal Top => Ticks.UpTo(Stack.Highest(series, steps.Count) / Unit, isWhole: IsWhole)[^1] * Unit;

    private void Beginning(HtmlWriter html)
    {
        if (Since is { } since)
        {
            html.Write($"<p class=\"small dim\">From {NameOf(since)} on; there is nothing before.</p>");
        }
    }

    private void Legend(HtmlWriter html)
    {
        html.Write($"<ul class=\"legend\">");
        foreach (var one in series)
        {
            html.Write(
                $"<li><svg class=\"key\" aria-hidden=\"true\"><rect class=\"{one.Class}\" width=\"100%\" height=\"100%\" rx=\"2\"/></svg>{new Foreign(one.Label)} <strong>{Value(one.Total)}</strong></li>"
            );
        }

        html.Write($"</ul>");
    }

    private void Axis(HtmlWriter html)
    {
        var ticks = Ticks.UpTo(Stack.Highest(series, steps.Count) / Unit, isWhole: IsWhole);
        foreach (var tick in ticks)
        {
            var y = Format.Coordinate(100 - (double)(tick / ticks[^1]) * 100);
            html.Write(
                $"<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{y}%\" y2=\"{y}%\"/><text class=\"tick y\" x=\"-8\" y=\"{y}%\" dy=\".32em\">{(Mark ?? Form)(tick)}</text>"
            );
        }
    }

    private void Bars(HtmlWriter html)
    {
        var slot = 100d / steps.Count;
        var gap = steps.Count > 60 ? slot * 0.1 : slot * 0.18;
        var top = Top;
        for (var step = 0; step < steps.Count; step++)
        {
            var x = Format.Coordinate(step * slot);
            html.Write(
                $"<g class=\"step\"><title>{Title(step)}</title><rect class=\"hit\" x=\"{x}%\" width=\"{Format.Coordinate(slot)}%\" height=\"100%\"/>"
            );
            foreach (var piece in Stack.PiecesOf(series, step, top))
            {
                var height = Math.Max(0.3, (piece.To - piece.From) * 100);
                html.Write(
                    $"<rect class=\"{series[piece.Series].Class}\" x=\"{Format.Coordinate(step * slot + gap / 2)}%\" width=\"{Format.Coordinate(slot - gap)}%\" y=\"{Format.Coordinate(100 - piece.From * 100 - height)}%\" height=\"{Format.Coordinate(height)}%\"/>"
                );
            }

            html.Write($"</g>\n");
        }
    }

    private string Title(int step)
    {
        var parts = series.Where(one => one.Values[step] != 0).Select(one => $"{one.Label}: {Value(one.Values[step])}").ToArray();
        return parts.Length == 0
            ? $"{NameOf(steps[step])}: nothing"
            : $"{NameOf(steps[step])}: {Value(Stack.SumAt(series, step))}\n{string.Join('\n', parts)}";
    }

    private void Labels(HtmlWriter html)
    {
        var every = (steps.Count + MaxLabels - 1) / MaxLabels;
        for (var step = 0; step < steps.Count; step += every)
        {
            var x = Format.Coordinate((step + 0.5) * 100d / steps.Count);
            var form = width < TimeSpan.FromDays(1) ? "HH:mm" : "d MMM";
            html.Write($"<text class=\"tick x\" x=\"{x}%\" y=\"100%\" dy=\"1.5em\">{Format.Utc(steps[step], form)}</text>");
        }
    }

    private void Table(HtmlWriter html)
    {
        html.Write(
            $"<table><caption class=\"hidden\">{title}</caption><thead><tr><th scope=\"col\">{(width < TimeSpan.FromDays(1) ? "Hour (UTC)" : "Day (UTC)")}</th>"
        );
        foreach (var one in series)
        {
            html.Write($"<th scope=\"col\" class=\"num\">{new Foreign(one.Label)}</th>");
        }

        html.Write($"<th scope=\"col\" class=\"num\">Sum</th></tr></thead><tbody>");
        for (var step = 0; step < steps.Count; step++)
        {
            if (Stack.SumAt(series, step) == 0)
            {
                continue;
            }

            html.Write($"<tr><th scope=\"row\"><a href=\"{LinkOf(steps[step])}\">{NameOf(steps[step])}</a></th>");
            foreach (var one in series)
            {
                html.Write($"<td class=\"num\">{Value(one.Values[step])}</td>");
            }

            html.Write($"<td class=\"num\">{Value(Stack.SumAt(series, step))}</td></tr>");
        }

        html.Write($"</tbody></table>");
    }
}
