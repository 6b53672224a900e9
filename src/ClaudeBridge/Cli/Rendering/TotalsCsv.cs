using System.Globalization;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli.Rendering;

/// <summary>
/// Totals as CSV by RFC 4180, with a header and the names of the JSON answer. Whole numbers and exact decimals only. The last line is the total; in
/// it, and in that of the rest, the dimensions say so.
/// </summary>
internal static class TotalsCsv
{
    private const string Rest = "(rest)";

    private const string Total = "(total)";

    /// <summary>What spreadsheets take for the beginning of a formula, also in the wide forms that some read alike.</summary>
    private const string Formula = "=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20";

    private static readonly (string Name, Func<TotalsRow, string> Value)[] s_figures =
    [
        ("sessions", static row => Whole(row.Sessions)),
        ("traces", static row => Whole(row.Traces)),
        ("generations", static row => Whole(row.Generations)),
        ("tools", static row => Whole(row.Tools)),
        ("errors", static row => Whole(row.Errors)),
        ("usage.input", static row => Whole(row.Usage.Input)),
        ("usage.output", static row => Whole(row.Usage.Output)),
        ("usage.cacheRead", static row => Whole(row.Usage.CacheRead)),
        ("usage.cacheCreation", static row => Whole(row.Usage.CacheCreation)),
        ("cost", static row => row.Cost),
        ("costMicros", static row => Whole(row.CostMicros)),
        ("metrics.linesAdded", static row => Exact(row.Metrics.LinesAdded)),
        ("metrics.linesRemoved", static row => Exact(row.Metrics.LinesRemoved)),
        ("metrics.commits", static row => Exact(row.Metrics.Commits)),
        ("metrics.pullRequests", static row => Exact(row.Metrics.PullRequests)),
        ("metrics.activeSecondsUser", static row => Exact(row.Metrics.ActiveSecondsUser)),
        ("metrics.activeSecondsCli", static row => Exact(row.Metrics.ActiveSecondsCli)),
        ("metrics.editsAccepted", static row => Exact(row.Metrics.EditsAccepted)),
        ("metrics.editsRejected", static row => Exact(row.Metrics.EditsRejected)),
        ("metrics.sessionsStarted", static row => Exact(row.Metrics.SessionsStarted)),
    ];

    public static void Write(TextWriter output, TotalsReport report)
    {
        WriteLine(report.By.Select(static name => Text("key." + name)).Concat(s_figures.Select(static figure => figure.Name)));
        foreach (var row in report.Rows)
        {
            WriteRow(row, name => row.Key[name]);
        }

        if (report.Rest is { } rest)
        {
            WriteRow(rest, static _ => Rest);
        }

        WriteRow(report.Total, static _ => Total);

        void WriteRow(TotalsRow row, Func<string, string> key) =>
            WriteLine(report.By.Select(name => Text(key(name))).Concat(s_figures.Select(figure => figure.Value(row))));

        void WriteLine(IEnumerable<string> cells) => output.Write(string.Join(',', cells) + "\r\n");
    }

    /// <summary>A value of the telemetry: a quote goes before what would be a formula.</summary>
    private static string Text(string text)
    {
        var defused = text.Length > 0 && Formula.Contains(text[0]) ? "'" + text : text;
        return defused.AsSpan().ContainsAny(",\"\r\n") ? $"\"{defused.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : defused;
    }

    private static string Whole(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Exact(decimal number) => number.ToString("0.############################", CultureInfo.InvariantCulture);
}
