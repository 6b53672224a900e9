using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary><c>/sessions</c>: the list of sessions, with those in progress marked.</summary>
internal sealed class SessionsPage(IStorePages store)
{
    public PageContent Make(PageContext page)
    {
        var filter = page.Query.Filter(page.Caller, page.Now);
        var sessions = store.Sessions(filter, new PageRequest(page.Options.PageSize, page.Query["cursor"], page.Query.Order));
        var values = store.Values(filter.Tenant);
        return new("Sessions", html => Write(html, page, sessions, values)) { IsLive = page.Query["cursor"] is null };
    }

    public static bool IsInProgress(PageContext page, DateTimeOffset end) => page.Now - end < page.Options.LiveFor;

    private static void Write(HtmlWriter html, PageContext page, Page<SessionRow> sessions, FilterValues values)
    {
        html.Write(
            $"""
            <div class="head"><h1>Sessions</h1>{FilterBar.Ranges(page, standard: null)}</div>
            {FilterBar.Form(page, values, hasText: true, "user", "model", "tool", "team", "repository", "tenant")}
            <p class="also">Programs: <a href="{page.Query.Link(page.Path, ("service", null))}"{Current(
                page.Query["service"] is null
            )}>Claude Code</a> <a href="{page.Query.Link(page.Path, ("service", "*"))}"{Current(page.Query["service"] == "*")}>all</a>
            <span class="sep" aria-hidden="true"></span> Data: {Completeness(page)}</p>
            """
        );
        if (sessions.Items.Count == 0)
        {
            html.Write($"{Nothing(page)}");
            return;
        }

        html.Write(
            $"""
            <div class="scroll"><table class="list sessions"><caption class="hidden">Sessions</caption><thead><tr>{Parts.Column(
                page,
                "Last activity",
                PageOrder.Latest,
                isNumber: false
            )}<th scope="col">Session</th><th scope="col">User</th><th scope="col" class="num">Turns</th><th scope="col" class="num">Requests</th><th scope="col" class="num">Tools</th>{Parts.Column(
                page,
                "Errors",
                PageOrder.Errors
            )}{Parts.Column(page, "Tokens", PageOrder.Tokens)}{Parts.Column(page, "Cost", PageOrder.Cost)}{Parts.Column(
                page,
                "Lasted",
                PageOrder.Duration
            )}</tr></thead><tbody>

            """
        );
        foreach (var session in sessions.Items)
        {
            Row(html, page, session);
        }

        html.Write($"</tbody></table></div>{Parts.Pager(page, sessions.Next)}");
    }

    private static void Row(HtmlWriter html, PageContext page, SessionRow session) =>
        html.Write(
            $"""
            <tr><td data-label="Last activity" class="nowrap"><span class="when">{new Moment(
                session.EndTime
            )}</span><span class="dim small">{new Ago(session.EndTime, page.Now)}</span></td>
            <td class="main"><a class="prompt" href="{Paths.Session(session.SessionId, session.Service)}">{new Foreign(
                session.Title ?? "(no prompt text)"
            )}</a><span class="badges">{(
                IsInProgress(page, session.EndTime) ? Parts.Running("Something of it came in lately") : null
            )}{(
                session.Completeness == "complete" ? null : Parts.Completeness(session.Completeness, session.CompletenessReasons)
            )}<span class="id small" title="{session.SessionId}">{Parts.ShortId(session.SessionId)}</span> {Parts.Chips(
                Labels(session)
            )}</span></td>
            <td data-label="User" class="who">{TurnTable.User(page, session.UserId)}</td>
            <td data-label="Turns" class="num">{new Number(session.Traces)}</td><td data-label="Requests" class="num">{new Number(
                session.Generations
            )}</td><td data-label="Tools" class="num">{new Number(session.Tools)}</td>
            <td data-label="Errors" class="num{(session.Errors > 0 ? " bad" : "")}">{new Number(
                session.Errors
            )}</td><td data-label="Tokens" class="num">{new Tokens(session.Usage)}</td>
            <td data-label="Cost" class="num strong">{new Money(
                session.CostMicros,
                session.Cost
            )}</td><td data-label="Lasted" class="num">{new Length(session.EndTime - session.StartTime)}</td></tr>

            """
        );

    private static IEnumerable<string> Labels(SessionRow session) =>
        new[] { session.Service, session.Team, session.Repository }.OfType<string>().Concat(session.Models);

    private static Fragment Completeness(PageContext page) =>
        html =>
        {
            foreach (
                var (word, label) in new[]
                {
                    ((string?)null, "all"),
                    ("complete", "complete"),
                    ("partial", "partial"),
                    ("conflict", "conflict"),
                }
            )
            {
                html.Write(
                    $"<a href=\"{page.Query.Link(page.Path, ("completeness", word))}\"{Current(page.Query["completeness"] == word)}>{label}</a> "
                );
            }
        };

    private static Fragment? Current(bool isCurrent) => isCurrent ? static html => html.Write($" aria-current=\"true\"") : null;

    private static Fragment Nothing(PageContext page) =>
        page.Query.IsFiltered || page.Query.HasTime
            ? Messages.Empty(
                "No session fits",
                html => html.Write($"<p>Take a filter back, or look at <a href=\"{page.Path}\">all sessions</a>.</p>")
            )
            : Messages.Empty(
                "No session yet",
                static html =>
                    html.Write(
                        $"<p>A session shows here seconds after its first prompt. <a href=\"{Paths.Status}\">Status</a> says what has arrived so far and what to set for Claude Code.</p>"
                    )
            );
}
