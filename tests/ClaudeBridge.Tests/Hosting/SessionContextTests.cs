using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ClaudeBridge.Journal;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.Receivers;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Turn = ClaudeBridge.Tests.Sessions.Some;

namespace ClaudeBridge.Tests.Hosting;

/// <summary><c>PUT /api/sessions/{id}/context</c> through a whole bridge: what a caller says lands on the turns, and stays.</summary>
public sealed class SessionContextTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-context-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_said_before_the_first_record_holds_from_the_first_turn_on()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);

        (await PutAsync(bridge, "S", """{"repository":"acme/shop","branch":"main","pullRequest":7,"draft":true}""")).ShouldBe(204);
        await bridge.SendAsync(TurnAt(0, "p1"));

        var feed = await bridge.FeedAsync();
        feed.ShouldNotBeEmpty();
        feed.ShouldAllBe(item =>
            item.Context.Tags.SequenceEqual(new[] { "branch:main", "draft:true", "pullRequest:7", "repository:acme/shop" })
        );
        feed[0].Context.Metadata["pullRequest"].ShouldBe("7");
    }

    [Fact]
    public async Task What_is_said_later_holds_for_later_turns_alone()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);
        await bridge.SendAsync(TurnAt(0, "p1"));
        await PutAsync(bridge, "S", """{"branch":"feature"}""");
        await bridge.SendAsync(TurnAt(10_000, "p2"));

        Tags(await bridge.FeedAsync())
            .ShouldBe([
                [],
                ["branch:feature"],
            ]);
    }

    [Fact]
    public async Task From_the_start_reaches_turns_that_are_over_and_sends_their_roots_alone_again()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);
        await bridge.SendAsync(TurnAt(0, "p1"));
        await bridge.SendAsync(TurnAt(10_000, "p2"));
        var before = await bridge.FeedAsync();

        await PutAsync(bridge, "S", """{"ticket":"PAY-1","from":"start"}""");

        var again = await bridge.FeedAsync(before.Max(static item => item.Revision));
        again.Count.ShouldBe(2);
        again.ShouldAllBe(static item => item.Observation.IsRoot && item.Context.Tags.Contains("ticket:PAY-1"));
    }

    [Fact]
    public async Task It_survives_a_restart_and_the_loss_of_the_store()
    {
        List<string[]> expected =
        [
            ["branch:main"],
            ["branch:feature", "ticket:PAY-1"],
        ];
        await using (var bridge = await RunningBridge.StartAsync(_folder))
        {
            await PutAsync(bridge, "S", """{"branch":"main"}""");
            await bridge.SendAsync(TurnAt(0, "p1"));
            await PutAsync(bridge, "S", """{"branch":"feature","ticket":"PAY-1"}""");
        }

        await using (var bridge = await RunningBridge.StartAsync(_folder))
        {
            await bridge.SendAsync(TurnAt(10_000, "p2"));
            Tags(await bridge.FeedAsync()).ShouldBe(expected);
        }

        foreach (var file in Directory.EnumerateFiles(_folder, "store.db*"))
        {
            File.Delete(file);
        }

        await using (var bridge = await RunningBridge.StartAsync(_folder))
        {
            Tags(await bridge.FeedAsync()).ShouldBe(expected);
            (await GetAsync(bridge, "S")).ShouldBe((200, """{"session":"S","context":{"branch":"feature","ticket":"PAY-1"}}"""));
        }
    }

    [Fact]
    public async Task A_time_that_the_caller_knows_decides()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);
        await bridge.SendAsync(TurnAt(0, "p1"));
        await bridge.SendAsync(TurnAt(10_000, "p2"));
        var at = DateTimeOffset.UnixEpoch.AddTicks((long)(Turn.Epoch / 100)).AddSeconds(5);

        await PutAsync(bridge, "S", $$"""{"ticket":"PAY-1","at":"{{at.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffffffZ}}"}""");

        Tags(await bridge.FeedAsync())
            .ShouldBe([
                [],
                ["ticket:PAY-1"],
            ]);
    }

    [Fact]
    public async Task A_get_says_what_holds_and_404_of_a_session_that_nobody_knows()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);

        (await GetAsync(bridge, "S")).Status.ShouldBe(404);
        await PutAsync(bridge, "S", """{"branch":"main","ticket":"ä\"\\"}""");
        await PutAsync(bridge, "S", """{"branch":null,"worktree":"w"}""");
        (await GetAsync(bridge, "S")).ShouldBe((200, """{"session":"S","context":{"ticket":"ä\"\\","worktree":"w"}}"""));

        await bridge.SendAsync(TurnAt(0, "p1", session: "T"));
        (await GetAsync(bridge, "T")).ShouldBe((200, """{"session":"T","context":{}}"""));
    }

    [Fact]
    public async Task A_session_id_may_be_any_short_text()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);
        const string Odd = "we ird/ä?#\"%+";

        (await PutAsync(bridge, Odd, """{"branch":"main"}""")).ShouldBe(204);
        JsonDocument.Parse((await GetAsync(bridge, Odd)).Body).RootElement.GetProperty("session").GetString().ShouldBe(Odd);
        (await PutAsync(bridge, new string('s', 201), """{"branch":"main"}""")).ShouldBe(400);
        (await PutAsync(bridge, "a\u0001b", """{"branch":"main"}""")).ShouldBe(400);
    }

    [Theory]
    [InlineData("", "not a JSON object", null)]
    [InlineData("[]", "must be a JSON object", null)]
    [InlineData("{", "not a JSON object", null)]
    [InlineData("{} x", "not a JSON object", null)]
    [InlineData("{}", "names no key", null)]
    [InlineData("""{"from":"start"}""", "names no key", null)]
    [InlineData("""{"branch":"main","from":"then"}""", "\"now\" or \"start\"", "from")]
    [InlineData("""{"branch":"main","at":"yesterday"}""", "a time with its zone", "at")]
    [InlineData("""{"branch":"main","at":"2026-11-20T12:30:00"}""", "a time with its zone", "at")]
    [InlineData("""{"branch":"main","at":"2026-11-20T12:30:00Z","from":"start"}""", "cannot stand beside", "at")]
    [InlineData("""{"branch":"main","branch":"b"}""", "twice", "branch")]
    [InlineData("""{"bran ch":"main"}""", "is no key", "bran ch")]
    [InlineData("""{"branch":{"a":1}}""", "must be a text", "branch")]
    [InlineData("""{"branch":["a"]}""", "must be a text", "branch")]
    [InlineData("""{"branch":" "}""", "is empty", "branch")]
    [InlineData("""{"branch":"a\nb"}""", "control characters", "branch")]
    [InlineData("""{"branch":"\ud800"}""", "not a JSON object", null)]
    public async Task A_body_that_cannot_be_used_is_refused_with_the_key_and_what_is_allowed(string body, string sentence, string? key)
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);

        using var answer = await SendAsync(bridge, HttpMethod.Put, "S", body);

        ((int)answer.StatusCode).ShouldBe(400);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("detail").GetString()!.ShouldContain(sentence);
        (problem.TryGetProperty("key", out var named) ? named.GetString() : null).ShouldBe(key);
        (await GetAsync(bridge, "S")).Status.ShouldBe(404, "nothing of it was taken");
    }

    [Fact]
    public async Task Values_are_short_and_keys_are_few()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder, [("Context:MaxKeys", "2")]);

        (await PutAsync(bridge, "S", $$"""{"a":"{{new string('ä', 200)}}"}""")).ShouldBe(204);
        (await PutAsync(bridge, "S", $$"""{"a":"{{new string('ä', 201)}}"}""")).ShouldBe(400);
        (await PutAsync(bridge, "S", """{"b":1,"c":2}""")).ShouldBe(400, "the session would have three");
        (await PutAsync(bridge, "S", """{"b":1,"c":2,"a":null}""")).ShouldBe(400, "three in one request");
        (await PutAsync(bridge, "S", """{"b":1,"a":null}""")).ShouldBe(204);
        (await PutAsync(bridge, "S", """{"c":1}""")).ShouldBe(204);
    }

    [Fact]
    public async Task Other_methods_types_and_sizes_are_refused()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder, [("Context:MaxBodyBytes", "300")]);

        using var post = await SendAsync(bridge, HttpMethod.Post, "S", """{"a":1}""");
        post.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        post.Content.Headers.Allow.ShouldBe(["GET", "HEAD", "PUT"], ignoreOrder: true);

        using var form = await SendAsync(bridge, HttpMethod.Put, "S", """{"a":1}""", "application/x-www-form-urlencoded");
        form.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        using var latin = await SendAsync(bridge, HttpMethod.Put, "S", """{"a":1}""", "application/json; charset=latin1");
        latin.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        using var quoted = await SendAsync(bridge, HttpMethod.Put, "S", """{"a":1}""", "application/json; charset=\"UTF-8\"");
        quoted.StatusCode.ShouldBe(HttpStatusCode.NoContent);

        using var large = await SendAsync(bridge, HttpMethod.Put, "S", $$"""{"a":1{{new string(' ', 300)}}}""");
        large.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        using var chunked = await SendAsync(bridge, HttpMethod.Put, "S", $$"""{"a":1{{new string(' ', 300)}}}""", chunked: true);
        chunked.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await PutAsync(bridge, "S", """{"a":1}""")).ShouldBe(204);
    }

    [Fact]
    public async Task When_the_journal_does_not_take_it_that_is_said_and_when_to_come_back()
    {
        var journal = new InMemoryJournal { Failure = new JournalUnavailableException("The disk is full.") };
        await using var bridge = await RunningBridge.StartAsync(
            _folder,
            services: services => services.AddSingleton<IJournalWriter>(journal)
        );

        using var answer = await SendAsync(bridge, HttpMethod.Put, "S", """{"a":1}""");

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task It_is_on_the_dashboards_port_alone_and_behind_its_key()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder, [("Receivers:ApiKey", "the key")]);

        (await PutAsync(bridge, "S", """{"a":1}""")).ShouldBe(401);
        bridge.Dashboard.DefaultRequestHeaders.Add("x-api-key", "the key");
        (await PutAsync(bridge, "S", """{"a":1}""")).ShouldBe(204);
        bridge.Http.DefaultRequestHeaders.Add("x-api-key", "the key");
        using var otlp = await bridge.Http.GetAsync("/api/sessions/S/context");
        otlp.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_bridge_without_a_store_has_no_sessions()
    {
        await using var doors = await RunningDoors.StartAsync();

        using var answer = await doors.Dashboard.GetAsync("/api/sessions/S/context");

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Words_of_one_moment_have_one_order_and_the_last_counts()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => PutAsync(bridge, "S", $$"""{"ticket":"PAY-{{i}}"}""")));
        await PutAsync(bridge, "S", """{"ticket":"PAY-last"}""");
        await bridge.SendAsync(TurnAt(0, "p1"));

        Tags(await bridge.FeedAsync())
            .ShouldBe([
                ["ticket:PAY-last"],
            ]);
    }

    private static byte[] TurnAt(int atMs, string prompt, string session = "S") =>
        new Turn(session: session, prompt: prompt).UserPrompt(atMs).Request(atMs + 1000, 500, "r-" + prompt).Export().Logs!.ToByteArray();

    private static List<string[]> Tags(IEnumerable<ObservationItem> feed) =>
        [
            .. feed.Where(static item => item.Observation.IsRoot)
                .GroupBy(static item => item.TraceId)
                .Select(static turn => turn.MaxBy(static item => item.Revision)!)
                .OrderBy(static item => item.Observation.StartUnixNano)
                .Select(static item => item.Context.Tags.ToArray()),
        ];

    private static async Task<int> PutAsync(RunningBridge bridge, string session, string body)
    {
        using var answer = await SendAsync(bridge, HttpMethod.Put, session, body);
        return (int)answer.StatusCode;
    }

    private static async Task<(int Status, string Body)> GetAsync(RunningBridge bridge, string session)
    {
        using var answer = await bridge.Dashboard.GetAsync($"/api/sessions/{Uri.EscapeDataString(session)}/context");
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<HttpResponseMessage> SendAsync(
        RunningBridge bridge,
        HttpMethod method,
        string session,
        string body,
        string type = "application/json",
        bool chunked = false
    )
    {
        using var request = new HttpRequestMessage(method, $"/api/sessions/{Uri.EscapeDataString(session)}/context")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
        };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        request.Headers.TransferEncodingChunked = chunked;
        return await bridge.Dashboard.SendAsync(request);
    }
}
