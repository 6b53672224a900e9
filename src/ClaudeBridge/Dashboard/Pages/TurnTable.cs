using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary>A list of turns: what was asked and answered, and what it took.</summary>
internal static class TurnTable
{
    /// <param name="caption">What the list is, for those who do not see where it stands.</param>
    /// <param name="withSession">Names user and session, where the turns are of several.</param>
    /// <param name="isOrdered">The columns lead to other orders of the list.</param>
    public static Fragment Of(PageContext page, IReadOnlyList<TurnRow> turns, string caption, bool withSession, bool isOrdered) =>
        html =>
        {
            html.Write($"<div class=\"scroll\"><table class=\"list turns\"><caption class=\"hidden\">{caption}</caption><thead><tr>");
            html.Write($"{Head(page, "When", PageOrder.Latest, isOrdered, isNumber: false)}<th scope=\"col\">Prompt and answer</th>");
            if (withSession)
            {
                html.Write($"<th scope=\"col\">User, session</th>");
            }

            html.Write(
                $"<th scope=\"col\" class=\"num\">Requests</th><th scope=\"col\" class=\"num\">Tools</th>{Head(page, "Errors", PageOrder.Errors, isOrdered)}{Head(page, "Tokens", PageOrder.Tokens, isOrdered)}{Head(page, "Cost", PageOrder.Cost, isOrdered)}{Head(page, "Took", PageOrder.Duration, isOrdered)}</tr></thead><tbody>\n"
            );
            foreach (var turn in turns)
            {
                Row(html, page, turn, withSession);
            }

            html.Write($"</tbody></table></div>");
        };

    private static Fragment Head(PageContext page, string label, PageOrder order, bool isOrdered, bool isNumber = true) =>
        isOrdered ? Parts.Column(page, label, order, isNumber)
        : isNumber ? html => html.Write($"<th scope=\"col\" class=\"num\">{label}</th>")
        : html => html.Write($"<th scope=\"col\">{label}</th>");

    private static void Row(HtmlWriter html, PageContext page, TurnRow turn, bool withSession)
    {
        html.Write(
            $"""
            <tr class="{ClassOf(turn)}"><td data-label="When" class="nowrap"><span class="when">{new Moment(
                turn.StartTime
            )}</span><span class="dim small">{new Ago(turn.StartTime, page.Now)}</span></td>
            <td class="main"><a class="prompt" href="{Paths.Trace(turn.TraceId, turn.SessionId)}">{new Foreign(
                Parts.Prompt(turn.Input, turn.Name)
            )}</a>{Answer(turn)}<span class="badges">{(turn.IsSettled ? null : Parts.Running("More of this turn is expected"))}{Parts.Level(
                turn.Level
            )}{Slash(turn)}{Parts.Chips(turn.Models)}</span></td>
            """
        );
        if (withSession)
        {
            html.Write(
                $"<td data-label=\"User, session\" class=\"who\">{User(page, turn.UserId)}<a class=\"id small\" href=\"{Paths.Session(turn.SessionId, turn.Service)}\" title=\"session {turn.SessionId}\">{Parts.ShortId(turn.SessionId)}</a></td>"
            );
        }

        html.Write(
            $"""
            <td data-label="Requests" class="num">{new Number(turn.Generations)}</td><td data-label="Tools" class="num">{new Number(
                turn.Tools
            )}</td>
            <td data-label="Errors" class="num{(turn.Errors > 0 ? " bad" : "")}">{new Number(
                turn.Errors
            )}</td><td data-label="Tokens" class="num">{new Tokens(turn.Usage)}</td>
            <td data-label="Cost" class="num strong">{new Money(
                turn.CostMicros,
                turn.Cost
            )}</td><td data-label="Took" class="num">{new Length(turn.EndTime - turn.StartTime)}</td></tr>

            """
        );
    }

    public static Fragment User(PageContext page, string? user) =>
        html =>
        {
            if (user is null)
            {
                html.Write($"<span class=\"dim\">unknown</span> ");
            }
            else
            {
                html.Write(
                    $"<a class=\"user\" href=\"{page.Query.Link(page.Path is Paths.Sessions ? Paths.Sessions : Paths.Turns, ("user", user))}\" title=\"{user}\">{new Foreign(user)}</a> "
                );
            }
        };

    private static Fragment? Answer(TurnRow turn) =>
        string.IsNullOrWhiteSpace(turn.Output) ? null : html => html.Write($"<span class=\"answer\">{new Foreign(turn.Output)}</span>");

    /// <summary>The slash command, which the name of the trace ends in.</summary>
    private static Fragment? Slash(TurnRow turn) =>
        turn.Name.IndexOf(" /", StringComparison.Ordinal) is > 0 and var at
            ? html => html.Write($"<span class=\"tag\">{new Foreign(turn.Name[(at + 1)..])}</span> ")
            : null;

    private static string ClassOf(TurnRow turn) => turn.Level == "ERROR" ? "failed" : "";
}
