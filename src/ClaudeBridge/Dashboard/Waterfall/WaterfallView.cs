using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Store;

namespace ClaudeBridge.Dashboard.Waterfall;

/// <summary>Draws the lines of a waterfall as a nested list; each line unfolds to what the observation holds.</summary>
internal static class WaterfallView
{
    /// <summary>Levels that are drawn further in than the one before; deeper ones stand under each other and say how deep they are.</summary>
    private const int MaxIndent = 12;

    /// <summary>Rows up to which each unfolds to its metadata as well; of more the page of the observation has it.</summary>
    private const int MaxWithMetadata = 1_000;

    /// <summary>Characters of a name or a hint that fit beside each other on every screen but a phone's.</summary>
    private const int NeverCut = 24;

    private static readonly int[] Marks = [0, 25, 50, 75, 100];

    /// <param name="maxContent">Characters of each input and output.</param>
    /// <param name="isWhole">False when later observations are left out: what stands below a line is not all, and is not added up.</param>
    public static Fragment Of(IReadOnlyList<WaterfallRow> rows, TraceDetail trace, int maxContent, bool isWhole) =>
        html =>
        {
            html.Write(
                $"<div class=\"waterfall\"><div class=\"line heads\" aria-hidden=\"true\"><span class=\"what\">Observation</span><span class=\"tok\">Tokens</span><span class=\"cost\">Cost</span><span class=\"took\">Took</span><span class=\"lane\">{Axis(trace.EndTime - trace.StartTime)}</span></div>\n<ol class=\"tree\">"
            );
            var open = 0;
            for (var index = 0; index < rows.Count; index++)
            {
                var row = rows[index];
                Line(html, row, isWhole, trace, maxContent, withMetadata: rows.Count <= MaxWithMetadata);
                var depth = Math.Min(row.Depth, MaxIndent);
                var next = index + 1 < rows.Count ? Math.Min(rows[index + 1].Depth, MaxIndent) : 0;
                if (next > depth)
                {
                    html.Write($"<ol>");
                    open++;
                }
                else
                {
                    html.Write($"</li>\n");
                    for (; depth > next; depth--)
                    {
                        html.Write($"</ol></li>\n");
                        open--;
                    }
                }
            }

            html.Write($"</ol></div>");
        };

    /// <summary>Name and value, as a table.</summary>
    public static void Table(HtmlWriter html, string caption, IEnumerable<KeyValuePair<string, string>> values)
    {
        html.Write($"<table class=\"pairs\"><caption class=\"hidden\">{caption}</caption><tbody>");
        foreach (var (key, value) in values)
        {
            html.Write($"<tr><th scope=\"row\">{new Foreign(key)}</th><td>{new Foreign(value)}</td></tr>");
        }

        html.Write($"</tbody></table>");
    }

    private static Fragment Axis(TimeSpan whole) =>
        html =>
        {
            html.Write($"<svg class=\"axis\">");
            foreach (var mark in Marks)
            {
                html.Write(
                    $"<text class=\"tick {(mark == 0 ? "first" : mark == 100 ? "last" : "")}\" x=\"{mark}%\" y=\"70%\">{Format.Mark(whole * mark / 100, whole)}</text>"
                );
            }

            html.Write($"</svg>");
        };

    private static void Line(HtmlWriter html, WaterfallRow row, bool isWhole, TraceDetail trace, int maxContent, bool withMetadata)
    {
        var observation = row.Observation;
        html.Write(
            $"""
            <li id="o-{observation.Id}"><details class="obs"><summary class="line d{Math.Min(row.Depth, MaxIndent)} {ClassOf(
                observation
            )}"><span class="what">{Icon.Of(observation.Type)}<span class="name"{TitleOf(observation.Name)}>{new Foreign(observation.Name)}</span>{Badges(row)}{Hint(
                observation
            )}</span><span class="tok">{Usage(observation)}</span><span class="cost">{Cost(row, isWhole)}</span><span class="took">{new Length(
                observation.EndTime - observation.StartTime
            )}</span><span class="lane">{Bar(row)}</span></summary>
            {Inside(observation, trace, maxContent, withMetadata)}</details>
            """
        );
    }

    private static Fragment Bar(WaterfallRow row) =>
        html =>
        {
            html.Write($"<svg class=\"bars\" aria-hidden=\"true\">");
            if (row.Waited > 0)
            {
                html.Write(
                    $"<rect class=\"waited\" x=\"{Format.Coordinate((row.Left - row.Waited) * 100)}%\" width=\"{Format.Coordinate(row.Waited * 100)}%\" y=\"35%\" height=\"30%\"><title>waited for a person: {Format.Length(WaterfallTree.WaitOf(row.Observation))}</title></rect>"
                );
            }

            // A thing that took no time is seen as well.
            var width = Math.Max(0.4, row.Width * 100);
            html.Write(
                $"<rect class=\"run\" x=\"{Format.Coordinate(Math.Min(100 - width, row.Left * 100))}%\" width=\"{Format.Coordinate(width)}%\" y=\"20%\" height=\"60%\" rx=\"2\"/></svg>"
            );
        };

    private static Fragment Badges(WaterfallRow row) =>
        html =>
        {
            var observation = row.Observation;
            if (observation.Level is "ERROR" or "WARNING")
            {
                html.Write($"{(observation.Level == "ERROR" ? new Icon("error", "Error") : new Icon("warning", "Warning"))}");
            }

            if (WaterfallTree.WaitOf(observation) is { Ticks: > 0 } wait)
            {
                html.Write(
                    $"<span class=\"tag wait\" title=\"It waited this long for a person to allow or refuse it\">{new Icon("wait", "Waited")}{Format.Length(wait)}</span>"
                );
            }

            if (observation.Metadata.GetValueOrDefault("nesting") is { } nesting)
            {
                html.Write(
                    $"<span class=\"tag\" title=\"Its place in the tree is inferred from the data: no span told it\">{nesting}</span>"
                );
            }

            if (row.Depth > MaxIndent)
            {
                html.Write($"<span class=\"tag\">level {row.Depth + 1}</span>");
            }
        };

    private static Fragment? Hint(ObservationDetail observation)
    {
        var hint =
            observation.Level == "ERROR" && observation.StatusMessage is { Length: > 0 } message ? message
            : observation.Type is "TOOL" or "EVENT" ? observation.Input ?? observation.StatusMessage
            : observation.Type == "GENERATION" ? observation.Output
            : null;
        if (string.IsNullOrWhiteSpace(hint))
        {
            return null;
        }

        var text = ToolHint.Of(hint);
        var form = observation.Type == "GENERATION" ? "hint words" : "hint";
        return html => html.Write($"<span class=\"{form}\"{TitleOf(text)}>{new Foreign(text)}</span>");
    }

    private static Fragment? Usage(ObservationDetail observation) =>
        observation.Usage is { } usage ? html => html.Write($"{new Tokens(usage)}") : null;

    private static Fragment? Cost(WaterfallRow row, bool isWhole) =>
        row.Observation.CostMicros is { } micros ? html => html.Write($"{new Money(micros, row.Observation.Cost)}")
        : isWhole && row.Below.CostMicros > 0
            ? html =>
                html.Write(
                    $"<span class=\"dim\" title=\"the sum of {row.Below.Observations} observations below\">Σ {Format.Money(row.Below.CostMicros)}</span>"
                )
        : null;

    private static Fragment Inside(ObservationDetail observation, TraceDetail trace, int maxContent, bool withMetadata) =>
        html =>
        {
            html.Write($"<div class=\"inside\">");
            if (!string.IsNullOrEmpty(observation.StatusMessage))
            {
                html.Write($"<p class=\"status {ClassOf(observation)}\">{new Foreign(observation.StatusMessage)}</p>");
            }

            html.Write($"{Content("Input", observation.Input, maxContent)}{Content("Output", observation.Output, maxContent)}");
            html.Write(
                $"<p class=\"dim small\">{observation.Type.ToLowerInvariant()} from +{Format.Length(observation.StartTime - trace.StartTime)} to +{Format.Length(observation.EndTime - trace.StartTime)} · <a href=\"{Paths.Observation(trace.TraceId, observation.Id)}\">whole content and metadata</a></p>"
            );
            if (withMetadata && (observation.Metadata.Count > 0 || observation.Model is not null))
            {
                Table(html, $"Metadata of {observation.Name}", Pairs(observation, maxContent));
            }

            html.Write($"</div>");
        };

    private static IEnumerable<KeyValuePair<string, string>> Pairs(ObservationDetail observation, int maxContent) =>
        (
            observation.Model is { } model && model != observation.Name
                ? [new("model", model)]
                : Array.Empty<KeyValuePair<string, string>>()
        ).Concat(observation.Metadata.Select(pair => new KeyValuePair<string, string>(pair.Key, Format.Cut(pair.Value, maxContent))));

    /// <summary>An input or output, with the beginning of it.</summary>
    public static Fragment? Content(string title, string? content, int maxContent) =>
        string.IsNullOrEmpty(content)
            ? null
            : html => html.Write($"<h3>{title}</h3><pre tabindex=\"0\" dir=\"auto\">{Format.Cut(content, maxContent)}</pre>");

    /// <summary>The whole of a text that its place may cut; short ones are never cut.</summary>
    private static Fragment? TitleOf(string text) => text.Length <= NeverCut ? null : html => html.Write($" title=\"{text}\"");

    private static string ClassOf(ObservationDetail observation) =>
        TypeOf(observation.Type)
        + observation.Level switch
        {
            "ERROR" => " failed",
            "WARNING" => " warned",
            _ => "",
        };

    private static string TypeOf(string type) =>
        type switch
        {
            "GENERATION" => "generation",
            "AGENT" => "agent",
            "TOOL" => "tool",
            "EVENT" => "event",
            _ => "span",
        };
}
