using ClaudeBridge.Store;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ClaudeBridge.Cli.Rendering;

/// <summary>The list of sessions as a table, as wide as the terminal allows; no cell is ever cut or broken.</summary>
/// <remarks>Where whole ids do not fit, their beginnings stand, long enough for <c>show</c>; where that does not fit, columns are left out in a fixed order.</remarks>
internal static class SessionTable
{
    /// <summary>Wider than any table.</summary>
    private const int Unlimited = 10_000;

    /// <summary>Columns of the narrow table when nothing is left out.</summary>
    private const int NarrowColumns = 10;

    private static readonly Column s_turns = new("Turns", static session => session.Traces.ToString());
    private static readonly Column s_tools = new("Tools", static session => session.Tools.ToString());
    private static readonly Column s_errors = new("Errors", static session => session.Errors.ToString());
    private static readonly Column s_in = new("In", static session => Texts.Count(Input(session.Usage)));
    private static readonly Column s_out = new("Out", static session => Texts.Count(session.Usage.Output));
    private static readonly Column s_cost = new("Cost", static session => Texts.Cost(session.Cost));
    private static readonly Column s_data = new("Data", static session => session.Completeness, IsText: true);
    private static readonly Column s_length = new("Length", static session => Texts.Duration(session.EndTime - session.StartTime));
    private static readonly Column s_client = new("Client", static session => session.ClientVersion, IsText: true);

    private static readonly Column[] s_whole =
    [
        new("Session", static session => session.SessionId, IsText: true),
        new("Last activity (UTC)", static session => Texts.Time(session.EndTime, "yyyy-MM-dd HH:mm:ss"), IsText: true),
        s_turns,
        new("Requests", static session => session.Generations.ToString()),
        s_tools,
        s_errors,
        s_in,
        s_out,
        s_cost,
        s_data,
        s_length,
        s_client,
    ];

    private static readonly Column s_shortTime = new(
        "Last (UTC)",
        static session => Texts.Time(session.EndTime, "MM-dd HH:mm"),
        IsText: true
    );
    private static readonly Column s_shortRequests = new("Reqs", static session => session.Generations.ToString());

    /// <summary>What a narrow terminal goes without, the first first.</summary>
    private static readonly Column[] s_dispensable = [s_shortTime, s_data, s_tools, s_out, s_in, s_shortRequests, s_errors, s_turns];

    /// <param name="known">All sessions of the store, so that the beginning of an id is enough to find it.</param>
    public static void Write(Terminal terminal, IReadOnlyList<SessionSummary> sessions, IReadOnlyList<SessionSummary> known)
    {
        var console = terminal.OutConsole;
        var options = RenderOptions.Create(console, console.Profile.Capabilities);
        Table? table = null;
        foreach (var columns in Layouts(terminal, ShortIds.Of([.. known.Select(static session => session.SessionId)])))
        {
            table = Draw(terminal, sessions, columns);
            if (((IRenderable)table).Measure(options, Unlimited).Max <= console.Profile.Width)
            {
                break;
            }
        }

        console.Write(table!);
        if (table!.Columns.Count < NarrowColumns)
        {
            terminal.Error.WriteLine("Some columns do not fit; a wider terminal or --json shows them.");
        }
    }

    private static IEnumerable<Column[]> Layouts(Terminal terminal, ShortIds ids)
    {
        yield return s_whole;
        if (terminal.IsOutRedirected)
        {
            yield break;
        }

        yield return [.. s_whole.Except([s_length, s_client])];
        Column[] narrow =
        [
            new("Session", session => ids[session.SessionId], IsText: true),
            s_shortTime,
            s_turns,
            s_shortRequests,
            s_tools,
            s_errors,
            s_in,
            s_out,
            s_cost,
            s_data,
        ];
        yield return [s_whole[0], .. narrow[1..]];
        for (var without = 0; without <= s_dispensable.Length; without++)
        {
            yield return [.. narrow.Except(s_dispensable[..without])];
        }
    }

    private static Table Draw(Terminal terminal, IReadOnlyList<SessionSummary> sessions, Column[] columns)
    {
        var table = new Table { Border = terminal.IsOutRedirected ? TableBorder.None : TableBorder.Simple };
        foreach (var column in columns)
        {
            var header = new TableColumn(column.Header).NoWrap();
            if (columns.Contains(s_shortRequests) || columns[0] != s_whole[0])
            {
                header.Padding(0, 1);
            }

            table.AddColumn(column.IsText ? header : header.RightAligned());
        }

        foreach (var session in sessions)
        {
            table.AddRow(columns.Select((column, place) => Cell(column.Text(session), StyleOf(column, place, session))).ToArray());
        }

        return table;
    }

    private static string StyleOf(Column column, int place, SessionSummary session) =>
        place == 0 ? "bold"
        : column == s_errors && session.Errors > 0 ? "red"
        : column == s_data && session.CompletenessReasons.Count > 0 ? "yellow"
        : "default";

    private static long Input(UsageSummary usage) => usage.Input + usage.CacheRead + usage.CacheCreation;

    private static Markup Cell(string? text, string style) => new(Markup.Escape(Texts.OneLine(text, 200)), Style.Parse(style));

    private sealed record Column(string Header, Func<SessionSummary, string?> Text, bool IsText = false);
}
