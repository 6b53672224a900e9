using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary><c>/sessions/{id}</c>: one session with its figures, how far they can be trusted, and its turns.</summary>
internal sealed class SessionPage(IStorePages store)
{
    public PageContent? Make(PageContext page, string sessionId)
    {
        var service = page.Query["service"];
        if (store.Session(page.Caller.Tenant, sessionId, service) is not { } session)
        {
            return Messages.NotFound($"There is no session {sessionId}.");
        }

        var turns = store.Turns(
            new ViewFilter
            {
                Tenant = page.Caller.Tenant ?? session.Tenant,
                SessionId = sessionId,
                Service = session.Service,
            },
            new PageRequest(page.Options.PageSize, page.Query["cursor"], page.Query.Order)
        );
        return new(session.Title ?? $"Session {Parts.ShortId(sessionId)}", html => Write(html, page, session, turns))
        {
            IsLive = page.Query["cursor"] is null,
        };
    }

    private static void Write(HtmlWriter html, PageContext page, SessionRow session, Page<TurnRow> turns) =>
        html.Write(
            $"""
            <nav class="crumbs" aria-label="Way here"><ol><li><a href="{Paths.Sessions}">Sessions</a></li><li aria-current="page"><span class="id">{session.SessionId}</span></li></ol></nav>
            <div class="head"><h1 class="long">{new Foreign(session.Title ?? "(no prompt text)")}</h1></div>
            <p class="facts">{(
                SessionsPage.IsInProgress(page, session.EndTime) ? Parts.Running("Something of it came in lately") : null
            )}{Parts.Completeness(session.Completeness, session.CompletenessReasons)}
            {User(session)}<span>{session.Service ?? "Claude Code"} {session.ClientVersion}</span><span>{new Moment(
                session.StartTime
            )} – {new Moment(session.EndTime)}</span>{Parts.Chips(Labels(session))}</p>
            {Reasons(session)}
            <dl class="tiles small">
            {Parts.Tile("Cost, estimate", html => html.Write($"{new Money(session.CostMicros, session.Cost)}"))}{Parts.Tile(
                "Turns",
                html => html.Write($"{new Number(session.Traces)}")
            )}{Parts.Tile("Model requests", html => html.Write($"{new Number(session.Generations)}"))}{Parts.Tile(
                "Tools",
                html => html.Write($"{new Number(session.Tools)}")
            )}{Parts.Tile(
                "Errors",
                html => html.Write($"<span class=\"{(session.Errors > 0 ? "bad" : "")}\">{new Number(session.Errors)}</span>")
            )}{Parts.Tile("Tokens in → out", html => html.Write($"{new Tokens(session.Usage)}"))}{Parts.Tile(
                "Lasted",
                html => html.Write($"{new Length(session.EndTime - session.StartTime)}")
            )}{Metrics(session.Metrics)}
            </dl>
            <h2>Turns</h2>
            {TurnTable.Of(page, turns.Items, "Turns of this session", withSession: false, isOrdered: true)}{Parts.Pager(page, turns.Next)}
            """
        );

    private static Fragment User(SessionRow session) =>
        html =>
        {
            if (session.UserId is { } user)
            {
                html.Write($"<a href=\"{ViewQuery.None.Link(Paths.Sessions, ("user", user))}\">{new Foreign(user)}</a>");
            }
        };

    private static IEnumerable<string> Labels(SessionRow session) =>
        new[] { session.Team, session.Repository, session.Tenant.Length > 0 ? "tenant " + session.Tenant : null }
            .OfType<string>()
            .Concat(session.Models);

    private static Fragment? Reasons(SessionRow session) =>
        session.CompletenessReasons.Count == 0
            ? null
            : html =>
            {
                html.Write(
                    $"<div class=\"note warning\"><p>{new Icon("warning")}These figures are <strong>{session.Completeness}</strong>:</p><ul>"
                );
                foreach (var reason in session.CompletenessReasons)
                {
                    html.Write($"<li>{reason}</li>");
                }

                html.Write($"</ul></div>");
            };

    /// <summary>The client's own metrics, as far as it sent any.</summary>
    private static Fragment Metrics(MetricSums sums) =>
        html =>
        {
            if (sums.LinesAdded != 0 || sums.LinesRemoved != 0)
            {
                html.Write($"{Parts.Tile("Lines", inner => inner.Write($"{new Lines(sums)}"))}");
            }

            if (sums.Commits != 0 || sums.PullRequests != 0)
            {
                html.Write(
                    $"{Parts.Tile("Commits", inner => inner.Write($"{new Number(sums.Commits)}"), inner => inner.Write($"{Format.Count((long)sums.PullRequests, "pull request", "pull requests")}"))}"
                );
            }

            var active = sums.ActiveSecondsUser + sums.ActiveSecondsCli;
            if (active != 0)
            {
                html.Write(
                    $"{Parts.Tile("Active time", inner => inner.Write($"{Format.Length(TimeSpan.FromSeconds((double)Math.Min(active, 1_000_000_000)))}"))}"
                );
            }

            if (sums.EditsAccepted + sums.EditsRejected != 0)
            {
                html.Write(
                    $"{Parts.Tile("Edits accepted", inner => inner.Write($"{new Percent((double)(sums.EditsAccepted / (sums.EditsAccepted + sums.EditsRejected)))}"))}"
                );
            }
        };
}

/// <summary>Lines that were added and removed.</summary>
internal readonly record struct Lines(MetricSums Sums) : IHtml
{
    public void WriteTo(HtmlWriter html)
    {
        if (Sums.LinesAdded == 0 && Sums.LinesRemoved == 0)
        {
            html.Write($"<span class=\"dim\">–</span>");
            return;
        }

        html.Write(
            $"<span class=\"nowrap\"><span class=\"plus\">+{new Number(Sums.LinesAdded)}</span> <span class=\"minus\">−{new Number(Sums.LinesRemoved)}</span></span>"
        );
    }
}
