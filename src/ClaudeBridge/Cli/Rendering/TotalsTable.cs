using ClaudeBridge.Store;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ClaudeBridge.Cli.Rendering;

/// <summary>Totals as a table, with a line for the rest and one for everything. Where the terminal is too narrow, columns are left out in a fixed order.</summary>
internal static class TotalsTable
{
    /// <summary>Wider than any table.</summary>
    private const int Unlimited = 10_000;

    private const int LongestValue = 60;

    /// <summary>What a narrow terminal goes without, the first first.</summary>
    private static readonly TotalsColumn[] s_dispensable =
    [
        TotalsColumns.PullRequests,
        TotalsColumns.Active,
        TotalsColumns.Commits,
        TotalsColumns.Edits,
        TotalsColumns.Errors,
        TotalsColumns.Lines,
        TotalsColumns.Tools,
        TotalsColumns.Sessions,
        TotalsColumns.Turns,
        TotalsColumns.Out,
        TotalsColumns.In,
        TotalsColumns.Requests,
    ];

    public static void Write(Terminal terminal, TotalsReport report)
    {
        var console = terminal.OutConsole;
        var options = RenderOptions.Create(console, console.Profile.Capabilities);
        var without = 0;
        var columns = TotalsColumns.Of(report);
        var table = Draw(terminal, report, columns);
        while (!terminal.IsOutRedirected && without < s_dispensable.Length && Width(table) > console.Profile.Width)
        {
            without++;
            table = Draw(terminal, report, [.. columns.Except(s_dispensable[..without])]);
        }

        console.Write(table);
        if (without > 0)
        {
            terminal.Error.WriteLine("Some columns do not fit; a wider terminal or --format json shows them.");
        }

        int Width(IRenderable drawn) => drawn.Measure(options, Unlimited).Max;
    }

    private static Table Draw(Terminal terminal, TotalsReport report, IReadOnlyList<TotalsColumn> columns)
    {
        var table = new Table { Border = terminal.IsOutRedirected ? TableBorder.None : TableBorder.Simple };
        foreach (var name in report.By)
        {
            table.AddColumn(new TableColumn(Markup.Escape(name)).NoWrap());
        }

        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(column.Header).NoWrap().RightAligned());
        }

        foreach (var (row, labels, kind) in TotalsColumns.Rows(report))
        {
            var style = kind switch
            {
                TotalsRowKind.Rest => "dim",
                TotalsRowKind.Total => "bold",
                _ => "default",
            };
            table.AddRow([.. labels.Concat(columns.Select(column => column.Text(row, Texts.Count))).Select(text => Cell(text, style))]);
        }

        return table;
    }

    private static Markup Cell(string text, string style) => new(Markup.Escape(Texts.OneLine(text, LongestValue)), Style.Parse(style));
}
