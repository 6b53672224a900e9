using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary><c>/turns</c>: turns of all sessions, by time, cost, tokens, errors or duration.</summary>
internal sealed class TurnsPage(IStorePages store)
{
    public PageContent Make(PageContext page)
    {
        var filter = page.Query.Filter(page.Caller, page.Now);
        var turns = store.Turns(filter, new PageRequest(page.Options.PageSize, page.Query["cursor"], page.Query.Order));
        var values = store.Values(filter.Tenant);
        return new(TitleOf(page), html => Write(html, page, turns, values)) { IsLive = page.Query["cursor"] is null };
    }

    private static void Write(HtmlWriter html, PageContext page, Page<TurnRow> turns, FilterValues values)
    {
        html.Write(
            $"""
            <div class="head"><h1>{TitleOf(page)}</h1>{FilterBar.Ranges(page, standard: null)}</div>
            {FilterBar.Form(page, values, hasText: true, "user", "model", "tool", "team", "repository", "tenant")}
            """
        );
        if (turns.Items.Count == 0)
        {
            html.Write($"{Nothing(page)}");
            return;
        }

        html.Write($"{TurnTable.Of(page, turns.Items, TitleOf(page), withSession: true, isOrdered: true)}{Parts.Pager(page, turns.Next)}");
    }

    private static string TitleOf(PageContext page) =>
        page.Query.Order switch
        {
            PageOrder.Cost => "Most expensive turns",
            PageOrder.Tokens => "Turns with the most tokens",
            PageOrder.Errors => "Turns with the most errors",
            PageOrder.Duration => "Longest turns",
            _ => "Latest turns",
        };

    /// <summary>There may be turns, only not with these filters.</summary>
    internal static Fragment NothingFits(PageContext page) =>
        Messages.Empty(
            "No turn fits",
            html => html.Write($"<p>Take a filter back, or look at <a href=\"{page.Path}\">everything</a>.</p>")
        );

    private static Fragment Nothing(PageContext page) =>
        page.Query.IsFiltered || page.Query.HasTime
            ? NothingFits(page)
            : Messages.Empty(
                "No turn yet",
                static html =>
                    html.Write(
                        $"<p>A turn shows here seconds after its prompt. <a href=\"{Paths.Status}\">Status</a> says what has arrived so far and what to set for Claude Code.</p>"
                    )
            );
}
