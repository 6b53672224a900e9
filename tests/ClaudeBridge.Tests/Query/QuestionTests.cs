using System.Net;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Tests.Query;

/// <summary>How questions are read, and how those that cannot be answered are refused: over real sockets, on made-up pages.</summary>
public sealed class QuestionTests : IAsyncLifetime
{
    private readonly FakePages _pages = new();
    private QueryBridge _bridge = null!;

    public async ValueTask InitializeAsync() => _bridge = await QueryBridge.StartAsync(_pages);

    public ValueTask DisposeAsync() => _bridge.DisposeAsync();

    [Fact]
    public async Task All_filters_reach_the_store()
    {
        await _bridge.JsonAsync(
            "/api/sessions?tenant=red&q=fix%20it&session=s1&user=mia&model=opus&tool=Bash&failed=true&completeness=partial"
                + "&from=2026-11-01&to=2026-11-30&service=*&team=shop&label.ticket=PAY-12&order=cost&limit=7&cursor=7"
        );

        var filter = _pages.Filter.ShouldNotBeNull();
        filter.Labels.ShouldBe([new("team", "shop"), new("ticket", "PAY-12")]);
        (filter with { Labels = [] }).ShouldBe(
            new ViewFilter
            {
                Tenant = "red",
                Text = "fix it",
                SessionId = "s1",
                User = "mia",
                Model = "opus",
                Tool = "Bash",
                OnlyFailed = true,
                Completeness = "partial",
                From = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero),
                To = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero),
                Service = "*",
                Labels = [],
            }
        );
        _pages.Page.ShouldBe(new PageRequest(7, "7", PageOrder.Cost));
    }

    [Theory]
    [InlineData("2026-11-20T12:30:00Z", "2026-11-20T12:30:00Z")]
    [InlineData("2026-11-20T14:30:00%2B02:00", "2026-11-20T12:30:00Z")]
    [InlineData("2026-11-20T14:30:00+02:00", "2026-11-20T12:30:00Z")]
    [InlineData("2026-11-20T12:30:00.1234567Z", "2026-11-20T12:30:00.1234567Z")]
    [InlineData("2026-11-20T12:30Z", "2026-11-20T12:30:00Z")]
    [InlineData("2026-11-20", "2026-11-20T00:00:00Z")]
    [InlineData("0001-01-01", "1970-01-01T00:00:00Z")]
    public async Task A_time_has_a_zone_or_is_a_day(string given, string expected)
    {
        await _bridge.JsonAsync($"/api/traces?from={given}");

        _pages.Filter!.From.ShouldBe(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("/api/sessions?modle=opus", "modle", "did you mean 'model'")]
    [InlineData("/api/sessions?limit=0", "limit", "from 1 to 1000")]
    [InlineData("/api/sessions?limit=1001", "limit", "from 1 to 1000")]
    [InlineData("/api/sessions?limit=ten", "limit", "whole number")]
    [InlineData("/api/sessions?limit=1&limit=2", "limit", "2 times")]
    [InlineData("/api/sessions?user=", "user", "is empty")]
    [InlineData("/api/sessions?failed=yes", "failed", "true or false")]
    [InlineData("/api/sessions?order=best", "order", "latest, cost, tokens, errors, duration")]
    [InlineData("/api/sessions?completeness=whole", "completeness", "complete, partial, conflict")]
    [InlineData("/api/traces?completeness=partial", "completeness", "no parameter")]
    [InlineData("/api/sessions?from=yesterday", "from", "a day such as")]
    [InlineData("/api/sessions?from=2026-11-20T12:30:00", "from", "with its zone")]
    [InlineData("/api/sessions?from=2026-11-21&to=2026-11-20", "from", "earlier")]
    [InlineData("/api/sessions?from=2010-11-21&to=2026-11-20", "from", "more than 3660 days")]
    [InlineData("/api/sessions?cursor=nonsense", "cursor", "first page")]
    [InlineData("/api/sessions?label.model=opus", "label.model", "a parameter of its own")]
    [InlineData("/api/sessions?label.a%20b=1", "label.a b", "letters, digits")]
    [InlineData("/api/sessions?user=a%00b", "user", "control characters")]
    [InlineData("/api/overview?step=week", "step", "hour, day")]
    [InlineData("/api/overview?from=2020-01-01&step=hour", "step", "more than 1000 steps")]
    [InlineData("/api/overview?from=9000-01-01", "from", "now when it is left out")]
    [InlineData("/api/totals?by=a,b,c,d,e,f", "by", "At most 5")]
    [InlineData("/api/totals?by=no%22name", "by", "no name of a dimension")]
    [InlineData("/api/totals?metric=costs", "metric", "cost, estimated_cost, tokens")]
    [InlineData("/api/totals?metric=estimated_cost&by=model", "metric", "tool, mcp_server and skill")]
    [InlineData("/api/totals?from=2026-11-20T12:30:00Z", "from", "whole days")]
    [InlineData("/api/totals?format=dashboard&by=model", "format", "neither")]
    [InlineData("/api/status?verbose=1", "verbose", "these are understood: tenant")]
    [InlineData("/api/live?verbose=1", "verbose", "takes none")]
    [InlineData("/api/v1/messages/aggregate?type=ai.tool", "type", "ai.generation")]
    [InlineData("/api/v1/messages/aggregate?groupBy=color", "groupBy", "metadata.user.name")]
    [InlineData("/api/v1/messages/aggregate?groupBy=metadata.", "groupBy", "no name")]
    [InlineData("/api/v1/messages/aggregate?groupBy=user,metadata.user.name", "groupBy", "the same")]
    [InlineData("/api/v1/messages/aggregate?metric=max(cost)", "metric", "sum(costMicrocents)")]
    [InlineData("/api/export/events?format=xml", "format", "json, csv, ndjson")]
    public async Task What_cannot_be_used_is_named_with_what_may_stand_there(string path, string parameter, string sentence)
    {
        var (status, detail, named) = await _bridge.ProblemAsync(path);

        status.ShouldBe(400);
        named.ShouldBe(parameter);
        detail.ShouldContain(sentence);
    }

    [Fact]
    public async Task Limits_hold()
    {
        var labels = string.Join('&', Enumerable.Range(0, 21).Select(static n => $"label.k{n}=v"));
        (await _bridge.ProblemAsync("/api/sessions?" + labels)).Detail.ShouldContain("At most 20 labels");
        (await _bridge.ProblemAsync("/api/sessions?q=" + new string('q', 501))).Status.ShouldBe(400);
        (await _bridge.ProblemAsync("/api/sessions?q=" + new string('q', 5000))).Status.ShouldBe(414);
    }

    [Theory]
    [InlineData("/api")]
    [InlineData("/api/nothing")]
    [InlineData("/api/sessions/unknown")]
    [InlineData("/api/sessions/unknown/events")]
    [InlineData("/api/traces/ffffffffffffffffffffffffffffffff")]
    [InlineData("/api/traces/00000000000000000000000000000001/observations/ffff")]
    [InlineData("/api/export/secrets")]
    public async Task What_is_not_there_is_404(string path) => (await _bridge.ProblemAsync(path)).Status.ShouldBe(404);

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Only_reading_is_understood(string method)
    {
        using var answer = await _bridge.SendAsync("/api/sessions", method: HttpMethod.Parse(method));

        answer.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        answer.Content.Headers.Allow.ShouldBe(["GET", "HEAD"]);
    }

    [Theory]
    [InlineData("/api/sessions")]
    [InlineData("/api/sessions/s00")]
    [InlineData("/api/totals?by=model")]
    [InlineData("/api/export/sessions?format=csv")]
    [InlineData("/api/live")]
    [InlineData("/api/openapi.json")]
    public async Task Head_says_what_get_would_without_its_body(string path)
    {
        using var get = await _bridge.SendAsync(path);
        using var head = await _bridge.SendAsync(path, method: HttpMethod.Head);

        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        head.Content.Headers.ContentType.ShouldBe(get.Content.Headers.ContentType);
        (await head.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_is_503_and_says_when_to_come_back()
    {
        _pages.Failure = new StoreUnavailableException("There is no store at /home/somebody yet.");

        using var answer = await _bridge.SendAsync("/api/sessions");

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(2));
        (await answer.Content.ReadAsStringAsync()).ShouldNotContain("somebody");
    }

    [Fact]
    public async Task What_there_is_no_memory_for_is_503_and_says_so()
    {
        _pages.Failure = new InsufficientMemoryException();

        var (status, detail, _) = await _bridge.ProblemAsync("/api/sessions");

        (status, detail).ShouldBe((503, Failures.WantOfMemory));
    }

    [Fact]
    public async Task A_failure_is_500_without_its_words()
    {
        _pages.Failure = new InvalidOperationException("the prompt was secret");

        var (status, detail, _) = await _bridge.ProblemAsync("/api/sessions");

        status.ShouldBe(500);
        detail.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("application/json", "application/json")]
    [InlineData("text/csv", "text/csv")]
    [InlineData("*/*", "application/json")]
    [InlineData("text/*", "text/csv")]
    [InlineData("application/xml", "application/problem+json")]
    public async Task The_media_type_is_what_the_caller_accepts(string accept, string expected)
    {
        using var answer = await _bridge.SendAsync("/api/sessions", accept: accept);

        answer.Content.Headers.ContentType!.MediaType.ShouldBe(expected);
        answer.StatusCode.ShouldBe(expected.Contains("problem") ? HttpStatusCode.NotAcceptable : HttpStatusCode.OK);
        using var asked = await _bridge.SendAsync("/api/sessions?format=csv", accept: accept);
        asked.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
    }

    [Fact]
    public async Task Answers_are_not_guessed_at_not_framed_and_not_kept_by_others()
    {
        using var answer = await _bridge.SendAsync("/api/sessions");

        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.CacheControl!.ToString().ShouldBe("no-cache, private");
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'none'");
        answer.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
        using var status = await _bridge.SendAsync("/api/status");
        status.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }

    [Fact]
    public async Task What_the_caller_holds_already_is_not_sent_again_until_it_changes()
    {
        using var first = await _bridge.SendAsync("/api/sessions?limit=3");
        var tag = first.Headers.ETag.ShouldNotBeNull();
        var questions = _pages.Questions;

        (await StatusAsync("/api/sessions?limit=3")).ShouldBe(HttpStatusCode.NotModified);
        _pages.Questions.ShouldBe(questions);
        (await StatusAsync("/api/sessions?limit=4")).ShouldBe(HttpStatusCode.OK);
        _pages.Change();
        (await StatusAsync("/api/sessions?limit=3")).ShouldBe(HttpStatusCode.OK);

        async Task<HttpStatusCode> StatusAsync(string path)
        {
            using var answer = await _bridge.SendAsync(path, request => request.Headers.IfNoneMatch.Add(tag));
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task The_header_names_the_next_page_of_csv_too()
    {
        List<string> lines = [];
        var path = "/api/sessions?format=csv&limit=10&order=cost";
        for (var pages = 0; path is not null; pages++)
        {
            pages.ShouldBeLessThan(4);
            using var answer = await _bridge.SendAsync(path);
            lines.AddRange(CsvReading.Rows(await answer.Content.ReadAsStringAsync()).Select(static row => row["sessionId"]));
            path = answer.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : null;
            _pages.Page!.Order.ShouldBe(PageOrder.Cost);
        }

        lines.ShouldBe(_pages.AllSessions.Select(static row => row.SessionId));
    }

    [Fact]
    public async Task An_overview_begins_seven_days_ago_by_days_and_a_short_one_goes_by_hours()
    {
        await _bridge.JsonAsync("/api/overview");
        (_pages.Asked!.To - _pages.Asked.From, _pages.Asked.Step).ShouldBe((TimeSpan.FromDays(7), TimeSpan.FromDays(1)));

        await _bridge.JsonAsync("/api/overview?from=2026-11-20&to=2026-11-20&team=shop");
        (_pages.Asked.To - _pages.Asked.From, _pages.Asked.Step).ShouldBe((TimeSpan.FromDays(1), TimeSpan.FromHours(1)));
        _pages.Asked.Filter.Labels.ShouldBe([new("team", "shop")]);
    }
}
