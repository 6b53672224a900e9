using System.Globalization;
using System.Text;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli.Rendering;

/// <summary>Totals as a table of GitHub's Markdown, for wikis, merge requests and mails: whole numbers, and no text of the telemetry means anything to a renderer. What the figures are stands below it, as it goes where the table goes.</summary>
internal static class TotalsMarkdown
{
    private const int LongestValue = 200;

    /// <summary>What would begin a link, an emphasis, code, an element or another cell.</summary>
    private const string Special = "\\`*_[]<>|~&#!";

    public static void Write(TextWriter output, TotalsReport report)
    {
        var columns = TotalsColumns.Of(report);
        List<string[]> lines =
        [
            [.. report.By.Select(Escape), .. columns.Select(static column => column.Header)],
        ];
        foreach (var (row, labels, kind) in TotalsColumns.Rows(report))
        {
            var cells = labels.Select(Escape).Concat(columns.Select(column => column.Text(row, Grouped)));
            lines.Add([.. kind == TotalsRowKind.Total ? cells.Select(static cell => cell.Length > 0 ? $"**{cell}**" : cell) : cells]);
        }

        var widths = Enumerable.Range(0, lines[0].Length).Select(place => Math.Max(4, lines.Max(line => line[place].Length))).ToArray();
        WriteLine(lines[0]);
        output.WriteLine(
            $"| {string.Join(" | ", widths.Select((width, place) => IsNumber(place) ? new string('-', width - 1) + ":" : new string('-', width)))} |"
        );
        foreach (var line in lines.Skip(1))
        {
            WriteLine(line);
        }

        output.WriteLine();
        output.WriteLine(string.Join(' ', TotalsColumns.Notes(report)));

        bool IsNumber(int place) => place >= report.By.Count;

        void WriteLine(string[] cells) =>
            output.WriteLine(
                $"| {string.Join(" | ", cells.Select((cell, place) => IsNumber(place) ? cell.PadLeft(widths[place]) : cell.PadRight(widths[place])))} |"
            );
    }

    private static string Grouped(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var letter in Texts.OneLine(text, LongestValue).Replace("://", "\0", StringComparison.Ordinal))
        {
            // An address is text, not a link.
            escaped.Append(
                letter == '\0' ? "\\://"
                : Special.Contains(letter) ? $"\\{letter}"
                : letter.ToString()
            );
        }

        return escaped.ToString().Replace("www.", "www\\.", StringComparison.OrdinalIgnoreCase);
    }
}
