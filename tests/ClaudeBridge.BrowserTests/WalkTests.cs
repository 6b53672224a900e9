using ClaudeBridge.BrowserTests.Fixtures;
using Microsoft.Playwright;

namespace ClaudeBridge.BrowserTests;

/// <summary>What people come for, found by clicking, typing and by keys alone.</summary>
public sealed class WalkTests(Browser browser, BigBridge bridge)
{
    /// <summary>As often as somebody would press the key before giving up.</summary>
    private const int MostTabs = 120;

    [BrowserFact]
    public async Task The_most_expensive_prompt_is_two_clicks_away()
    {
        var big = await bridge.StartedAsync();
        await using var visit = await browser.VisitAsync(big.Address);

        await visit.GoAsync("/");
        await visit.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Turns" }).First.ClickAsync();
        await visit.Page.GetByRole(AriaRole.Columnheader, new() { Name = "Cost" }).GetByRole(AriaRole.Link).ClickAsync();
        var first = visit.Page.Locator("main table a.prompt").First;
        (await first.InnerTextAsync()).ShouldContain(big.Facts.Dearest.Prompt);
        await first.ClickAsync();

        (await visit.Page.Locator("h1").InnerTextAsync()).ShouldContain(big.Facts.Dearest.Prompt);
        visit.Address.ShouldStartWith($"/traces/{big.TraceOf(big.Facts.Dearest)}");
        visit.Troubles.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task The_tool_that_fails_leads_to_turns_in_which_it_failed()
    {
        var big = await bridge.StartedAsync();
        await using var visit = await browser.VisitAsync(big.Address);

        await visit.GoAsync("/?range=90d");
        var row = visit.Page.Locator("tr").Filter(new() { HasText = big.Facts.WorstTool }).First;
        await row.Locator("a.bad").ClickAsync();
        visit.Address.ShouldContain($"tool={big.Facts.WorstTool}");
        visit.Address.ShouldContain("failed=1");
        await visit.Page.Locator("main table a.prompt").First.ClickAsync();

        await Assertions
            .Expect(visit.Page.Locator("summary.line.failed, summary.line.warned").Filter(new() { HasText = big.Facts.WorstTool }).First)
            .ToBeVisibleAsync();
        visit.Troubles.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task Search_and_filters_stand_in_the_address_and_survive_a_reload()
    {
        var big = await bridge.StartedAsync();
        await using var visit = await browser.VisitAsync(big.Address);

        await visit.GoAsync("/turns");
        var form = visit.Page.Locator("form.filters");
        if (!await form.IsVisibleAsync())
        {
            await visit.Page.Locator("details.filterbox > summary").ClickAsync();
        }

        await form.Locator("input[name=q]").FillAsync("invoice");
        await form.Locator("select[name=team]").SelectOptionAsync("payments");
        await form.Locator("button[type=submit]").ClickAsync();
        await visit.Page.WaitForURLAsync("**/turns?**");
        visit.Address.ShouldContain("q=invoice");
        visit.Address.ShouldContain("team=payments");
        var before = await visit.Page.Locator("main table a.prompt").AllInnerTextsAsync();
        before.ShouldNotBeEmpty();
        before.ShouldAllBe(static prompt => prompt.Contains("invoice", StringComparison.OrdinalIgnoreCase));

        await visit.Page.ReloadAsync();

        (await visit.Page.Locator("main table a.prompt").AllInnerTextsAsync()).ShouldBe(before);
        (await visit.Page.Locator("form.filters input[name=q]").InputValueAsync()).ShouldBe("invoice");
        (await visit.Page.Locator("form.filters select[name=team]").InputValueAsync()).ShouldBe("payments");
        visit.Troubles.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task The_next_page_of_a_list_goes_on_where_the_first_ended()
    {
        var big = await bridge.StartedAsync();
        await using var visit = await browser.VisitAsync(big.Address, Look.Light with { WithScript = false });

        await visit.GoAsync("/turns?order=cost");
        var first = await LinksAsync();
        await visit.Page.Locator("a[rel=next]").ClickAsync();
        var second = await LinksAsync();

        second.ShouldNotBeEmpty();
        second.Intersect(first).ShouldBeEmpty();

        async Task<List<string>> LinksAsync()
        {
            var links = new List<string>();
            foreach (var link in await visit.Page.Locator("main table a.prompt").AllAsync())
            {
                links.Add(await link.GetAttributeAsync("href") ?? "");
            }

            return links;
        }
    }

    [BrowserFact]
    public async Task Keys_alone_reach_search_filters_and_rows()
    {
        var big = await bridge.StartedAsync();
        await using var visit = await browser.VisitAsync(big.Address);

        await visit.GoAsync("/turns");
        var reached = await TabAsync(
            visit,
            static focus => focus.StartsWith("a:", StringComparison.Ordinal) && focus.EndsWith(" prompt", StringComparison.Ordinal)
        );

        reached[0].ShouldContain("skip", Case.Insensitive, "the first key leads past the menu");
        reached.ShouldContain(static focus => focus.Contains("a:Sessions"));
        reached.ShouldContain(static focus => focus.Contains("input:q") || focus.Contains("summary:Filters"));
        var address = visit.Address;
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.WaitForURLAsync("**/traces/**");
        visit.Address.ShouldNotBe(address);
    }

    [BrowserFact]
    public async Task Keys_alone_unfold_a_line_of_the_waterfall()
    {
        var big = await bridge.StartedAsync();
        await using var visit = await browser.VisitAsync(big.Address);

        await visit.GoAsync($"/traces/{big.TraceOf(big.Facts.Dearest)}");
        await TabAsync(
            visit,
            static focus => focus.StartsWith("summary:", StringComparison.Ordinal) && focus.Contains(" line", StringComparison.Ordinal)
        );
        await visit.Page.Keyboard.PressAsync("Enter");

        (await visit.Page.Locator("details.obs[open]").CountAsync()).ShouldBe(1);
        await visit.PictureAsync("trace-unfolded", whole: false);
        visit.Troubles.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task A_trace_of_thousands_of_observations_opens_and_unfolds()
    {
        var big = await bridge.StartedAsync();
        await using var visit = await browser.VisitAsync(big.Address);

        await visit.GoAsync($"/traces/{big.TraceOf(big.Facts.Largest)}");

        (await visit.Page.Locator("summary.line").CountAsync()).ShouldBeGreaterThan(400);
        await visit.Page.Locator("summary.line").Nth(7).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("details.obs[open] .inside").First).ToBeVisibleAsync();
        await visit.PictureAsync("trace-largest-unfolded", whole: false);
        visit.Troubles.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task Names_that_are_markup_show_as_text()
    {
        var big = await bridge.StartedAsync();
        await using var visit = await browser.VisitAsync(big.Address);
        foreach (
            var path in new[]
            {
                "/sessions",
                "/turns",
                "/?range=7d",
                $"/sessions/{big.Facts.HostileSession}",
                $"/traces/{big.TraceOf(big.Facts.HostileSession)}",
            }
        )
        {
            await visit.GoAsync(path);

            (await visit.Page.Locator("main").InnerTextAsync()).ShouldContain("<img src=x onerror=alert(1)>", customMessage: path);
            (await visit.Page.Locator("img[src='x'], main script").CountAsync()).ShouldBe(0, path);
        }

        visit.Troubles.ShouldBeEmpty();
    }

    /// <summary>Presses Tab until something has the focus, and returns all that had it: element, name or text, and classes.</summary>
    private static async Task<List<string>> TabAsync(Visit visit, Func<string, bool> isIt)
    {
        var reached = new List<string>();
        while (reached.Count < MostTabs)
        {
            await visit.Page.Keyboard.PressAsync("Tab");
            reached.Add(
                await visit.Page.EvaluateAsync<string>(
                    """
                    () => {
                      const one = document.activeElement;
                      const box = one.getBoundingClientRect();
                      // In a field for a day the browser marks the part that has the focus.
                      const shown = one.type === 'date' || getComputedStyle(one).outlineStyle !== 'none' || getComputedStyle(one).boxShadow !== 'none';
                      const text = one.name || one.innerText.trim().slice(0, 60);
                      return one.localName + ':' + text + ' ' + one.className + (shown ? '' : ' (unseen)');
                    }
                    """
                )
            );
            if (isIt(reached[^1]))
            {
                reached
                    .Where(static focus => focus.EndsWith("(unseen)", StringComparison.Ordinal))
                    .ShouldBeEmpty("where the focus is can be seen");
                return reached;
            }
        }

        throw new TimeoutException($"The focus never got there: {string.Join(" | ", reached)}");
    }
}
