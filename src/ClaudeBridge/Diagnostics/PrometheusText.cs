using System.Text;

namespace ClaudeBridge.Diagnostics;

/// <summary>Writes metrics in the two text forms that Prometheus reads.</summary>
/// <remarks>
/// https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/. They differ in what a counter is called in
/// its head, in what is escaped in the help, and in the line at the end.
/// </remarks>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    public const string OpenMetricsContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private const string Total = "_total";

    public static string Write(IEnumerable<MetricFamily> families, bool openMetrics)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            Write(text, family, openMetrics);
        }

        return (openMetrics ? text.Append("# EOF\n") : text).ToString();
    }

    private static void Write(StringBuilder text, MetricFamily family, bool openMetrics)
    {
        var suffix = family.Type == MetricType.Counter ? Total : "";
        if (family is { Type: MetricType.Counter, HasBothSpellings: true })
        {
            // OpenMetrics keeps the plain name for the counter's head, so there both are of no known type.
            WriteOne(text, family, family.Name + suffix, openMetrics ? "unknown" : "counter", suffix, openMetrics);
            WriteOne(text, family, family.Name, openMetrics ? "unknown" : "untyped", "", openMetrics);
            return;
        }

        WriteOne(text, family, openMetrics ? family.Name : family.Name + suffix, Word(family.Type), suffix, openMetrics);
    }

    private static void WriteOne(StringBuilder text, MetricFamily family, string head, string type, string suffix, bool openMetrics)
    {
        text.Append("# HELP ").Append(head).Append(' ');
        Escape(text, family.Help, quotes: openMetrics);
        text.Append("\n# TYPE ").Append(head).Append(' ').Append(type).Append('\n');
        foreach (var sample in family.Samples)
        {
            text.Append(family.Name).Append(suffix).Append(sample.Suffix);
            var mark = '{';
            foreach (var (name, value) in sample.Labels)
            {
                text.Append(mark).Append(name).Append("=\"");
                Escape(text, value, quotes: true);
                text.Append('"');
                mark = ',';
            }

            text.Append(mark == ',' ? "} " : " ").Append(sample.Value).Append('\n');
        }
    }

    private static string Word(MetricType type) =>
        type switch
        {
            MetricType.Counter => "counter",
            MetricType.Histogram => "histogram",
            _ => "gauge",
        };

    /// <remarks>What is no character, such as half of one, would make the whole answer unreadable.</remarks>
    private static void Escape(StringBuilder text, string value, bool quotes)
    {
        foreach (var rune in value.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\\' => text.Append(@"\\"),
                '\n' => text.Append(@"\n"),
                '"' when quotes => text.Append("\\\""),
                _ => text.Append(rune.ToString()),
            };
        }
    }
}
