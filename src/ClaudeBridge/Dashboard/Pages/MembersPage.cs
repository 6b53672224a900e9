using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary><c>/members</c>: who sends, what of it arrives, and what each would have to set for the rest.</summary>
internal sealed class MembersPage(IStorePages store)
{
    public PageContent Make(PageContext page)
    {
        var members = store.Members(
            page.Caller.Tenant ?? page.Query["tenant"],
            new PageRequest(page.Options.PageSize, page.Query["cursor"])
        );
        return new("Members", html => Write(html, page, members)) { IsLive = page.Query["cursor"] is null };
    }

    private static void Write(HtmlWriter html, PageContext page, Page<MemberRow> members)
    {
        html.Write(
            $"""
            <div class="head"><h1>Members</h1></div>
            <p class="lead">Everyone who has sent something, the latest first. A signal that never came is marked; what to set for it stands beside it.</p>
            """
        );
        if (members.Items.Count == 0)
        {
            html.Write(
                $"{Messages.Empty("Nobody yet", static inner => inner.Write($"<p>A member shows here with the first thing that Claude Code sends. <a href=\"{Paths.Status}#setup\">What to set</a></p>"))}"
            );
            return;
        }

        html.Write(
            $"""
            <div class="scroll"><table class="list members"><caption class="hidden">Members and what arrives of them</caption><thead><tr><th scope="col">Member</th><th scope="col">Last seen</th><th scope="col">Events</th><th scope="col">Metrics</th><th scope="col">Spans</th><th scope="col" class="num">Sessions</th><th scope="col" class="num">Turns</th><th scope="col" class="num">Lines</th><th scope="col" class="num" title="The client's estimate">Cost, estimate</th><th scope="col">Missing</th></tr></thead><tbody>

            """
        );
        foreach (var member in members.Items)
        {
            Row(html, page, member);
        }

        html.Write($"</tbody></table></div>{Parts.Pager(page, members.Next)}");
    }

    private static void Row(HtmlWriter html, PageContext page, MemberRow member) =>
        html.Write(
            $"""
            <tr><th scope="row" class="main"><a class="one" title="{member.UserId}" href="{page.Query.Link(
                Paths.Turns,
                ("user", member.UserId)
            )}">{new Foreign(member.UserId)}</a><span class="badges">{Tenant(member)}{Version(member)}</span></th>
            <td data-label="Last seen" class="nowrap">{Seen(page, member.LastSeen)}</td><td data-label="Events">{Signal(
                page,
                member.LastLogs
            )}</td><td data-label="Metrics">{Signal(page, member.LastMetrics)}</td><td data-label="Spans">{Signal(
                page,
                member.LastTraces,
                isKnown: !member.Signs.HasFlag(SetupSigns.OldClient)
            )}</td>
            <td data-label="Sessions" class="num">{new Number(member.Sessions)}</td><td data-label="Turns" class="num">{new Number(
                member.Traces
            )}</td><td data-label="Lines" class="num">{new Lines(member.Metrics)}</td><td data-label="Cost" class="num strong">{new Money(
                member.CostMicros,
                member.Cost
            )}</td>
            <td data-label="Missing" class="missing">{ArrivedTable.Advice(SignalAdvice.Of(member))}</td></tr>

            """
        );

    private static Fragment? Tenant(MemberRow member) =>
        member.Tenant.Length == 0 ? null : html => html.Write($"<span class=\"tag\">tenant {new Foreign(member.Tenant)}</span> ");

    private static Fragment? Version(MemberRow member) =>
        member.ClientVersion is null ? null : html => html.Write($"<span class=\"tag\">{new Foreign(member.ClientVersion)}</span>");

    private static Fragment Seen(PageContext page, DateTimeOffset? time) =>
        time is { } seen
            ? html => html.Write($"{new Ago(seen, page.Now)}")
            : static html => html.Write($"<span class=\"dim\">never</span>");

    /// <param name="isKnown">The member's version knows this signal, so that it could be there.</param>
    private static Fragment Signal(PageContext page, DateTimeOffset? last, bool isKnown = true) =>
        last is { } seen ? html => html.Write($"<span class=\"signal ok\">{new Icon("ok", "Arrives")}{new Ago(seen, page.Now)}</span>")
        : !isKnown ? static html => html.Write($"<span class=\"dim\" title=\"This version of Claude Code does not send it\">–</span>")
        : static html => html.Write($"<span class=\"signal none\">{new Icon("warning", "Never came")}never</span>");
}

/// <summary>What a member's client would have to be told for what never came of it.</summary>
internal static class SignalAdvice
{
    public static IReadOnlyList<SetupAdvice> Of(MemberRow member) =>
        SetupAdvice.For(
            member.Signs
                | (member.LastLogs is null ? SetupSigns.None : SetupSigns.Logs)
                | (member.LastMetrics is null ? SetupSigns.None : SetupSigns.Metrics)
                | (member.LastTraces is null ? SetupSigns.None : SetupSigns.Spans)
        );
}
