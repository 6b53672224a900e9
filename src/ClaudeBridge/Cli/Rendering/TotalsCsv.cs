using ClaudeBridge.Diagnostics;
using ClaudeBridge.Query.Answers;
using ClaudeBridge.Query.Http;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli.Rendering;

/// <summary>Totals as CSV, as the API gives them, and the total as the last line: there the dimensions say so.</summary>
internal static class TotalsCsv
{
    private const string Total = "(total)";

    public static void Write(Terminal terminal, TotalsReport report)
    {
        IReadOnlyList<Column<TotalsRow>> columns =
        [
            .. TotalsAnswers.KeyColumns<TotalsRow>(report.By, static row => row.Key),
            .. TotalsAnswers.Figures,
        ];
        var csv = new Csv().Header(columns);
        foreach (var row in report.Rows)
        {
            csv.Row(row, columns);
        }

        if (report.Rest is { } rest)
        {
            csv.Row(rest with { Key = All(TotalsAnswers.Rest) }, columns);
        }

        var text = csv.Row(report.Total with { Key = All(Total) }, columns).Take();
        // A file gets every text as it is.
        terminal.Out.Write(terminal.IsOutRedirected ? text : TerminalText.Lines(text));

        Dictionary<string, string> All(string label) => report.By.ToDictionary(static name => name, _ => label, StringComparer.Ordinal);
    }
}
