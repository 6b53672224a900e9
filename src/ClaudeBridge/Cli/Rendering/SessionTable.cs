using ClaudeBridge.Store;
using Spectre.Console;

namespace ClaudeBridge.Cli.Rendering;

/// <summary>The list of sessions as a table. Ids stand whole so that they can be copied; a narrow terminal leaves columns out instead.</summary>
internal static class SessionTable
{
    private const int WidthForTokens = 100;
    private const int WidthForAll = 130;

    public static void Write(Terminal terminal, IReadOnlyList<SessionSummary> sessions)
    {
        var console = terminal.OutConsole;
        var width = console.Profile.Width;
        var table = new Table { Border = terminal.IsOutRedirected ? TableBorder.None : TableBorder.Simple };
        table.AddColumn(new TableColumn("Session").NoWrap());
        table.AddColumn(new TableColumn("Last activity (UTC)").NoWrap());
        table.AddColumn(new TableColumn("Turns").RightAligned());
        table.AddColumn(new TableColumn("Requests").RightAligned());
        table.AddColumn(new TableColumn("Tools").RightAligned());
        table.AddColumn(new TableColumn("Errors").RightAligned());
        if (width >= WidthForTokens)
        {
            table.AddColumn(new TableColumn("In").RightAligned());
            table.AddColumn(new TableColumn("Out").RightAligned());
        }

        table.AddColumn(new TableColumn("Cost").RightAligned());
        if (width >= WidthForAll)
        {
            table.AddColumn(new TableColumn("Length").RightAligned());
            table.AddColumn(new TableColumn("Client").NoWrap());
        }

        foreach (var session in sessions)
        {
            table.AddRow(Row(session, width));
        }

        console.Write(table);
    }

    private static Markup[] Row(SessionSummary session, int width)
    {
        List<Markup> cells =
        [
            Cell(session.SessionId, "bold"),
            Cell(Texts.Time(session.EndTime)),
            Cell(session.Traces.ToString()),
            Cell(session.Generations.ToString()),
            Cell(session.Tools.ToString()),
            session.Errors > 0 ? Cell(session.Errors.ToString(), "red") : Cell("0"),
        ];
        if (width >= WidthForTokens)
        {
            cells.Add(Cell(Texts.Count(session.Usage.Input + session.Usage.CacheRead + session.Usage.CacheCreation)));
            cells.Add(Cell(Texts.Count(session.Usage.Output)));
        }

        cells.Add(Cell(Texts.Cost(session.Cost)));
        if (width >= WidthForAll)
        {
            cells.Add(Cell(Texts.Duration(session.EndTime - session.StartTime)));
            cells.Add(Cell(session.ClientVersion));
        }

        return [.. cells];
    }

    private static Markup Cell(string? text, string style = "default") => new(Markup.Escape(Texts.OneLine(text, 200)), Style.Parse(style));
}
