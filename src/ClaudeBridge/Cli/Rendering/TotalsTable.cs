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

    /// <summary>Larger than anything that is meant.</summary>
    private const decimal LargestNumber = 1_000_000_000m;

    private static readonly Column s_sessions = new("Sessions", static row => Texts.Count(row.Sessions));
    private static readonly Column s_turns = new("Turns", static row => Texts.Count(row.Traces));
    private static readonly Column s_requests = new("Requests", static row => Texts.Count(row.Generations));
    private static readonly Column s_tools = new("Tools", static row => Texts.Count(row.Tools));
    private static readonly Column s_errors = new("Errors", static row => Texts.Count(row.Errors));
    private static readonly Column s_in = new(
        "In",
        static row => Texts.Count(row.Usage.Input + row.Usage.CacheRead + row.Usage.CacheCreation)
    );
    private static readonly Column s_out = new("Out", static row => Texts.Count(row.Usage.Output));
    private static readonly Column s_cost = new("Cost", static row => Texts.Cost(row.Cost));
    private static readonly Column s_lines = new("Lines", static row => Pair(row.Metrics.LinesAdded, row.Metrics.LinesRemoved));
    private static readonly Column s_edits = new(
        "Edits yes/no",
        static row => Decisions(row.Metrics.EditsAccepted, row.Metrics.EditsRejected)
    );
    private static readonly Column s_commits = new("Commits", static row => Number(row.Metrics.Commits));
    private static readonly Column s_pullRequests = new("PRs", static row => Number(row.Metrics.PullRequests));
    private static readonly Column s_active = new(
        "Active",
        static row => Seconds(row.Metrics.ActiveSecondsUser + row.Metrics.ActiveSecondsCli)
    );

    private static readonly Column[] s_all =
    [
        s_sessions,
        s_turns,
        s_requests,
        s_tools,
        s_errors,
        s_in,
        s_out,
        s_cost,
        s_lines,
        s_edits,
        s_commits,
        s_pullRequests,
        s_active,
    ];

    /// <summary>What a narrow terminal goes without, the first first.</summary>
    private static readonly Column[] s_dispensable =
    [
        s_pullRequests,
        s_active,
        s_commits,
        s_edits,
        s_errors,
        s_lines,
        s_tools,
        s_sessions,
        s_turns,
        s_out,
        s_in,
        s_requests,
    ];

    public static void Write(Terminal terminal, TotalsReport report)
    {
        var console = terminal.OutConsole;
        var options = RenderOptions.Create(console, console.Profile.Capabilities);
        var without = 0;
        var table = Draw(terminal, report, s_all);
        while (!terminal.IsOutRedirected && without < s_dispensable.Length && Width(table) > console.Profile.Width)
        {
            without++;
            table = Draw(terminal, report, [.. s_all.Except(s_dispensable[..without])]);
        }

        console.Write(table);
        terminal.Error.WriteLine("Cost is the client's estimate, in US dollars; days are UTC.");
        foreach (
            var name in report.By.Where(name => !Dimension.Known.Contains(name) && report.Rows.All(row => row.Key[name] == Dimension.None))
        )
        {
            terminal.Error.WriteLine($"Nothing in the store has a value for '{name}'.");
        }

        if (without > 0)
        {
            terminal.Error.WriteLine("Some columns do not fit; a wider terminal or --json shows them.");
        }

        int Width(IRenderable drawn) => drawn.Measure(options, Unlimited).Max;
    }

    private static Table Draw(Terminal terminal, TotalsReport report, Column[] columns)
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

        foreach (var row in report.Rows)
        {
            Add(row, report.By.Select(name => row.Key[name]), "default");
        }

        if (report.Rest is { } rest)
        {
            Add(rest, Labels("the rest"), "dim");
        }

        Add(report.Total, Labels("all"), "bold");
        return table;

        IEnumerable<string> Labels(string label) => report.By.Select((_, place) => place == 0 ? label : "");

        void Add(TotalsRow row, IEnumerable<string> labels, string style) =>
            table.AddRow([.. labels.Concat(columns.Select(column => column.Text(row))).Select(text => Cell(text, style))]);
    }

    private static Markup Cell(string text, string style) => new(Markup.Escape(Texts.OneLine(text, LongestValue)), Style.Parse(style));

    private static string Number(decimal number) => number == 0 ? "" : Count(number);

    private static string Pair(decimal added, decimal removed) => added == 0 && removed == 0 ? "" : $"+{Count(added)} -{Count(removed)}";

    private static string Decisions(decimal accepted, decimal rejected) =>
        accepted == 0 && rejected == 0 ? "" : $"{Count(accepted)}/{Count(rejected)}";

    private static string Count(decimal number) => Texts.Count((long)Math.Clamp(number, -LargestNumber, LargestNumber));

    private static string Seconds(decimal seconds) =>
        seconds <= 0 ? "" : Texts.Duration(TimeSpan.FromSeconds((double)Math.Min(seconds, LargestNumber)));

    private sealed record Column(string Header, Func<TotalsRow, string> Text);
}
