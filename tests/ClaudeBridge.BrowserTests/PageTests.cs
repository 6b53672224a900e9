using ClaudeBridge.BrowserTests.Fixtures;

namespace ClaudeBridge.BrowserTests;

/// <summary>What holds for every page, over a data set with months of work, hostile names and long ones.</summary>
public sealed class PageTests(Browser browser, BigBridge bridge)
{
    /// <summary>Pages by name; what stands in their path is found when it is needed.</summary>
    private static readonly Dictionary<string, Func<Big, string>> s_pages = new()
    {
        ["overview"] = static _ => "/?range=30d",
        ["overview-filtered"] = static _ => "/?range=90d&team=payments&model=claude-opus-5-5",
        ["overview-empty"] = static _ => "/?user=nobody",
        ["turns"] = static _ => "/turns",
        ["turns-by-cost"] = static _ => "/turns?order=cost",
        ["turns-search"] = static _ => "/turns?q=invoice+rounding&failed=1",
        ["turns-empty"] = static _ => "/turns?q=nothinglikethis",
        ["sessions"] = static _ => "/sessions",
        ["sessions-by-cost"] = static _ => "/sessions?order=cost&range=90d",
        ["sessions-empty"] = static _ => "/sessions?user=nobody",
        ["session"] = static big => $"/sessions/{big.Facts.Dearest.SessionId}",
        ["session-hostile"] = static big => $"/sessions/{big.Facts.HostileSession}",
        ["session-long"] = static big => $"/sessions/{big.Facts.LongSession}",
        ["trace"] = static big => $"/traces/{big.TraceOf(big.Facts.Dearest)}",
        ["trace-hostile"] = static big => $"/traces/{big.TraceOf(big.Facts.HostileSession)}",
        ["trace-long"] = static big => $"/traces/{big.TraceOf(big.Facts.LongSession)}",
        ["trace-largest"] = static big => $"/traces/{big.TraceOf(big.Facts.Largest)}",
        ["observation"] = static big =>
        {
            var trace = big.TraceOf(big.Facts.Dearest);
            return $"/traces/{trace}/observations/{big.ObservationOf(trace)}";
        },
        ["members"] = static _ => "/members",
        ["status"] = static _ => "/status",
        ["not-found"] = static _ => "/no/such/page",
        ["session-unknown"] = static _ => "/sessions/00000000-0000-4000-8000-000000000000",
        ["bad-filter"] = static _ => "/turns?order=nonsense",
    };

    public static TheoryData<string, string> EveryPageInEveryLook =>
        [.. s_pages.Keys.SelectMany(static page => new[] { "light", "dark", "phone" }.Select(look => (page, look)))];

    public static TheoryData<string> EveryPage => [.. s_pages.Keys];

    [BrowserTheory]
    [MemberData(nameof(EveryPageInEveryLook))]
    public async Task A_page_is_accessible_fits_its_window_and_asks_nobody_else(string page, string look)
    {
        var big = await bridge.StartedAsync();
        await using var visit = await browser.VisitAsync(big.Address, Look.Named(look));

        var status = await visit.GoAsync(s_pages[page](big));
        await visit.PictureAsync(page, whole: page != "trace-largest");

        status.ShouldBe(
            page switch
            {
                "not-found" or "session-unknown" => 404,
                "bad-filter" => 400,
                _ => 200,
            }
        );
        (await visit.OverflowAsync()).ShouldBeNull();
        (await visit.AccessibilityAsync()).ShouldBeEmpty();
        visit.Troubles.ShouldBeEmpty();
    }

    [BrowserTheory]
    [MemberData(nameof(EveryPage))]
    public async Task A_page_says_the_same_without_scripts(string page)
    {
        var big = await bridge.StartedAsync();
        var path = s_pages[page](big);
        await using var with = await browser.VisitAsync(big.Address);
        await using var without = await browser.VisitAsync(big.Address, Look.Light with { WithScript = false });

        await with.GoAsync(path);
        await without.GoAsync(path);

        var heading = await without.Page.Locator("h1").First.InnerTextAsync();
        heading.ShouldBe(await with.Page.Locator("h1").First.InnerTextAsync());
        foreach (var part in new[] { "main a[href]", "main tr", "main summary", "main svg", "main dd" })
        {
            (await without.Page.Locator(part).CountAsync()).ShouldBe(await with.Page.Locator(part).CountAsync(), part);
        }

        without.Troubles.ShouldBeEmpty();
    }
}
