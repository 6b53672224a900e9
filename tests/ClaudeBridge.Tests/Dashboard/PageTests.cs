using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using ClaudeBridge.Dashboard.Pages;
using ClaudeBridge.Store;

namespace ClaudeBridge.Tests.Dashboard;

/// <summary>Every page over real sockets, against a store that is as nasty as can be.</summary>
public sealed partial class PageTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    public static TheoryData<string, string> Pages =>
        new()
        {
            { "/", "Last prompt" },
            { "/?range=24h&model=claude-opus-5-5", "Cost by model (estimate)" },
            { "/turns", "Latest turns" },
            { "/turns?order=cost", "Most expensive turns" },
            { "/turns?q=%3Cscript%3E&failed=1", "With errors" },
            { "/sessions", "in progress" },
            { "/sessions/" + FakePages.SessionId, "Turns" },
            { "/traces/" + FakePages.TraceId, "Waited for a person" },
            { $"/traces/{FakePages.TraceId}/observations/a000000000000008", "5,050 characters" },
            { "/members", "OTEL_METRICS_EXPORTER=otlp" },
            { "/status", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:" },
        };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_page_shows_what_it_is_for_and_nothing_that_was_received_becomes_markup(string path, string expected)
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(Now));

        using var answer = await bridge.GetAsync(path);
        var page = await answer.Content.ReadAsStringAsync();

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        answer
            .Headers.GetValues("Content-Security-Policy")
            .Single()
            .ShouldBe(
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
            );
        answer.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        page.ShouldContain(expected);
        page.ShouldContain("estimate");
        page.ShouldNotContain("<script>alert", Case.Insensitive);
        page.ShouldNotContain(" onload=\"", Case.Insensitive);
        page.ShouldNotContain("\0");
        page.ShouldNotContain(" style=", Case.Insensitive, "the policy forbids it, so it would be lost");
        page.ShouldNotContain("<style", Case.Insensitive);
        Scripts().Matches(page).ShouldHaveSingleItem().Value.ShouldStartWith("<script src=\"/assets/");
        Loaded()
            .Matches(page)
            .Select(static match => match.Groups["url"].Value)
            .ShouldAllBe(url => url.StartsWith('/') || url.StartsWith('#'));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_page_has_one_heading_a_language_landmarks_and_ids_that_are_unique(string path, string expected)
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(Now));

        var page = await bridge.PageAsync(path);

        page.ShouldContain(expected);
        page.ShouldContain("<html lang=\"en\"");
        Regex.Count(page, "<h1[ >]").ShouldBe(1);
        Regex.Count(page, "<main ").ShouldBe(1);
        page.ShouldContain("<a class=\"skip\" href=\"#main\">");
        var ids = Ids().Matches(page).Select(static match => match.Groups["id"].Value).ToArray();
        ids.ShouldBeUnique();
        // Every table says what it is, every part of a form has a name.
        Regex.Count(page, "<table").ShouldBe(Regex.Count(page, "<caption"));
        Regex.Count(page, "<(input(?! type=\"hidden\")|select)").ShouldBe(Regex.Count(page, "<label"));
    }

    [Theory]
    [InlineData("/nope", 404, "There is nothing at /nope.")]
    [InlineData("/traces/00000000000000000000000000000000", 404, "There is no trace")]
    [InlineData("/sessions/none", 404, "There is no session none.")]
    [InlineData("/traces/0af7651916cd43dd8448eb211c80319c/observations/zz", 404, "There is no observation zz")]
    [InlineData("/turns?order=sideways", 400, "order must be")]
    [InlineData("/turns?from=%3Cb%3E", 400, "from must be a day")]
    [InlineData("/?from=1990-01-01&to=2026-01-01", 400, "At most 1000 days")]
    [InlineData("/?from=0001-01-01&to=9999-12-31", 400, "At most 1000 days")]
    [InlineData("/?from=0001-01-01&to=0001-02-01", 400, "from must be before to")]
    [InlineData("/?from=9999-12-31&to=9999-12-31", 400, "from must be before to")]
    [InlineData("/traces/0af7651916cd43dd8448eb211c80319c?limit=-1", 400, "limit must be a number")]
    public async Task What_is_not_there_or_cannot_be_meant_is_said_on_a_page_with_a_way_on(string path, int status, string sentence)
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(Now));

        var page = await bridge.PageAsync(path, status);

        page.ShouldContain(sentence);
        page.ShouldContain("class=\"button\"");
    }

    [Fact]
    public async Task A_program_that_asks_for_what_is_not_there_gets_problem_details()
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(Now));

        using var answer = await bridge.Bridge.Dashboard.GetAsync("/nope");

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_is_said_and_a_mistake_shows_nothing_of_itself()
    {
        await using var away = await DashboardBridge.StartAsync(
            new FakePages(Now) { Failure = new StoreUnavailableException("The store is being built.") }
        );
        await using var broken = await DashboardBridge.StartAsync(
            new FakePages(Now) { Failure = new InvalidOperationException("secret detail") }
        );

        await using var full = await DashboardBridge.StartAsync(new FakePages(Now) { Failure = new InsufficientMemoryException() });

        (await full.PageAsync("/turns", 503)).ShouldContain("too little memory");
        (await away.PageAsync("/turns", 503)).ShouldContain("The store is being built.");
        (await broken.PageAsync("/turns", 500)).ShouldNotContain("secret detail");
    }

    [Theory]
    [InlineData("/", "Nothing has arrived yet")]
    [InlineData("/?user=x", "No turn fits")]
    [InlineData("/turns", "No turn yet")]
    [InlineData("/turns?user=x", "No turn fits")]
    [InlineData("/sessions", "No session yet")]
    [InlineData("/sessions?range=7d", "No session fits")]
    [InlineData("/members", "Nobody yet")]
    [InlineData("/status", "Nothing has reached this bridge")]
    public async Task An_empty_page_says_what_to_do_next(string path, string sentence)
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(Now) { IsEmpty = true });

        (await bridge.PageAsync(path)).ShouldContain(sentence);
    }

    [Fact]
    public async Task Where_there_is_nothing_to_compare_with_nothing_is_compared()
    {
        Parts.Change(5, 0, static number => $"{number}").ShouldBeNull();
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(Now) { IsEmpty = true });

        var page = await bridge.PageAsync("/");

        page.ShouldNotContain("class=\"filters\"", customMessage: "there is nothing to filter yet");
    }

    [Fact]
    public async Task A_status_page_without_anything_begins_with_what_to_do()
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(Now) { IsEmpty = true });

        var page = await bridge.PageAsync("/status");

        var advice = page.IndexOf("Nothing has reached this bridge", StringComparison.Ordinal);
        var setup = page.IndexOf("id=\"setup\"", StringComparison.Ordinal);
        var parts = page.IndexOf("id=\"parts\"", StringComparison.Ordinal);
        new[] { advice, setup, parts }.ShouldBe(new[] { advice, setup, parts }.Order());
        advice.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Filters_and_order_in_the_address_reach_the_store()
    {
        var store = new FakePages(Now);
        await using var bridge = await DashboardBridge.StartAsync(store, ("Dashboard:PageSize", "7"));

        await bridge.PageAsync(
            "/turns?user=mia&model=m&tool=Bash&team=pay&repository=(none)&tenant=north&q=two+words&failed=1&order=errors&cursor=abc&from=2026-11-01&to=2026-11-02"
        );

        var filter = store.LastFilter!;
        (filter.User, filter.Model, filter.Tool, filter.Tenant, filter.Text, filter.OnlyFailed).ShouldBe(
            ("mia", "m", "Bash", "north", "two words", true)
        );
        filter.Labels.ShouldBe([new("team", "pay"), new("repository", "(none)")]);
        filter.To.ShouldBe(new DateTimeOffset(2026, 11, 3, 0, 0, 0, TimeSpan.Zero));
        store.LastPage.ShouldBe(new(7, "abc", ClaudeBridge.Store.Pages.PageOrder.Errors));
    }

    [Fact]
    public async Task The_overview_asks_for_whole_steps_and_for_the_period_before()
    {
        var store = new FakePages(Now);
        await using var bridge = await DashboardBridge.StartAsync(store);

        await bridge.PageAsync("/?from=2026-11-10&to=2026-11-16");

        // The last question is that for the period before.
        var (from, to, step) = (store.LastOverview!.From, store.LastOverview.To, store.LastOverview.Step);
        step.ShouldBe(TimeSpan.FromDays(1));
        from.ShouldBe(new DateTimeOffset(2026, 11, 3, 0, 0, 0, TimeSpan.Zero));
        to.ShouldBe(new DateTimeOffset(2026, 11, 10, 0, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task Without_JavaScript_live_pages_load_themselves_again_and_a_finished_trace_does_not()
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(Now.AddHours(-1)), ("Dashboard:RefreshEvery", "20s"));

        (await bridge.PageAsync("/turns")).ShouldContain("<noscript><meta http-equiv=\"refresh\" content=\"20\"></noscript>");
        (await bridge.PageAsync("/turns?cursor=x")).ShouldNotContain(
            "http-equiv=\"refresh\"",
            customMessage: "an older page of a list stays still"
        );
        (await bridge.PageAsync("/traces/" + FakePages.TraceId)).ShouldNotContain("http-equiv=\"refresh\"");
    }

    [Fact]
    public async Task The_theme_of_the_reader_is_in_the_first_byte_of_the_page_and_no_other_text_is()
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(Now));

        (await bridge.PageAsync("/turns", also: request => request.Headers.Add("Cookie", "theme=dark"))).ShouldContain(
            "<html lang=\"en\" data-theme=\"dark\">"
        );
        (await bridge.PageAsync("/turns", also: request => request.Headers.Add("Cookie", "theme=x\"y"))).ShouldContain(
            "<html lang=\"en\">"
        );
    }

    [Fact]
    public async Task Assets_are_kept_for_ever_under_a_name_that_changes_with_them()
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(Now));
        var page = await bridge.PageAsync("/turns");

        foreach (
            var (path, type) in Loaded()
                .Matches(page)
                .Select(static match => match.Groups["url"].Value)
                .Where(static url => url.StartsWith("/assets/", StringComparison.Ordinal))
                .Zip(["image/svg+xml", "text/css", "text/javascript"])
        )
        {
            using var asset = await bridge.GetAsync(path);
            asset.StatusCode.ShouldBe(HttpStatusCode.OK, path);
            asset.Content.Headers.ContentType!.MediaType.ShouldBe(type);
            asset.Headers.CacheControl!.ToString().ShouldBe("public, max-age=31536000, immutable");
            asset.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
            var text = await asset.Content.ReadAsStringAsync();
            (text.Split("://").Length - 1).ShouldBe(type == "image/svg+xml" ? 1 : 0, "nothing is loaded from elsewhere");
            (type != "text/javascript" || text.Length < 6_144).ShouldBeTrue($"the script has {text.Length} characters");
        }

        using var other = await bridge.GetAsync("/assets/000000000000/dashboard.css");
        other.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_trace_of_five_thousand_is_shown_in_parts_and_whole_without_a_wait()
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(Now));
        var path = "/traces/" + FakePages.LargeTrace;

        (await bridge.PageAsync(path)).ShouldContain("4,500 later observations are not shown.");
        (await bridge.PageAsync(path)).ShouldNotContain("Σ", customMessage: "a sum of some is no sum");
        (await bridge.PageAsync(path + "?limit=600")).ShouldContain("4,400 later observations are not shown.");
        var watch = Stopwatch.StartNew();
        var page = await bridge.PageAsync(path + "?limit=5000");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5), "no page may hang");
        Regex.Count(page, "<li id=\"o-").ShouldBe(5_000);
        page.ShouldNotContain("later observations");
        Regex.Count(page, "<ol").ShouldBe(Regex.Count(page, "</ol>"));
        Regex.Count(page, "<li[ >]").ShouldBe(Regex.Count(page, "</li>"));
    }

    [Fact]
    public async Task Pages_are_read_and_not_written()
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(Now));

        using var posted = await bridge.Bridge.Dashboard.PostAsync("/turns", new StringContent(""));
        using var head = await bridge.GetAsync("/turns", request => request.Method = HttpMethod.Head);

        posted.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        head.Content.Headers.ContentLength.ShouldNotBeNull().ShouldBeGreaterThan(1_000);
    }

    [Fact]
    public async Task A_dashboard_that_is_switched_off_is_not_there()
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(Now), ("Dashboard:Enabled", "false"));

        using var answer = await bridge.GetAsync("/turns");

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [GeneratedRegex("<script[^>]*>", RegexOptions.None, 1000)]
    private static partial Regex Scripts();

    [GeneratedRegex(" (src|href|action)=\"(?<url>[^\"]*)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Loaded();

    [GeneratedRegex(" id=\"(?<id>[^\"]*)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Ids();
}
