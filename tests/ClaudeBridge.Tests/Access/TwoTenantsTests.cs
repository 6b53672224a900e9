using System.Net;
using System.Text;
using System.Text.Json;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.Hosting;
using ClaudeBridge.Tests.Receivers;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Access;

/// <summary>Two tenants send the same recordings, with equal ids of sessions, traces and requests: each sees its own and nothing else.</summary>
public sealed class TwoTenantsTests : IDisposable
{
    private static readonly string[] Recordings =
    [
        "2.1.329-subagent-http-json",
        "2.1.329-file-edits-http-protobuf",
        "2.1.329-tool-failure-http-json",
        "2.1.329-bash-tool-no-session-id-http-json",
        "2.0.10-legacy-tools-http-json",
        "1.0.35-legacy-tools-http-json",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-tenants-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Each_sees_exactly_what_it_would_see_alone_and_the_operator_sees_the_sum()
    {
        await using var alone = await RunningBridge.StartAsync(Folder("alone"));
        await ReplayAsync(alone, key: null);
        await using var both = await RunningBridge.StartAsync(Folder("both"), Settings);
        await ReplayAsync(both, Keys.North);
        await ReplayAsync(both, Keys.South);

        var (expected, north, south) = (
            await TotalsAsync(alone, null),
            await TotalsAsync(both, Keys.North),
            await TotalsAsync(both, Keys.South)
        );
        expected.GetProperty("rows").GetArrayLength().ShouldBeGreaterThan(2);
        north.GetRawText().ShouldBe(expected.GetRawText());
        south.GetRawText().ShouldBe(expected.GetRawText());

        var total = (await TotalsAsync(both, Keys.Operator)).GetProperty("total");
        foreach (var figure in (string[])["sessions", "traces", "generations", "tools", "costMicros"])
        {
            total.GetProperty(figure).GetInt64().ShouldBe(2 * expected.GetProperty("total").GetProperty(figure).GetInt64(), figure);
        }

        foreach (var path in (string[])["/api/sessions?limit=100", "/api/traces?limit=100"])
        {
            (await CountAsync(both, path, Keys.North)).ShouldBe(await CountAsync(alone, path, null), path);
        }
    }

    [Fact]
    public async Task A_tenant_finds_no_session_no_trace_and_no_context_of_the_other()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder, Settings);
        await ReplayAsync(bridge, Keys.North);
        var session = (await JsonAsync(bridge, "/api/sessions?limit=1", Keys.North))
            .GetProperty("items")[0]
            .GetProperty("sessionId")
            .GetString();
        var trace = (await JsonAsync(bridge, "/api/traces?limit=1", Keys.North)).GetProperty("items")[0].GetProperty("traceId").GetString();

        (await PutAsync(bridge, session!, Keys.North, "")).ShouldBe(HttpStatusCode.NoContent);
        foreach (var path in (string[])[$"/api/sessions/{session}", $"/api/traces/{trace}", $"/api/sessions/{session}/context"])
        {
            (await StatusAsync(bridge, path, Keys.North)).ShouldBe(HttpStatusCode.OK, path);
            (await StatusAsync(bridge, path, Keys.South)).ShouldBe(HttpStatusCode.NotFound, path);
        }

        (await StatusAsync(bridge, $"/api/sessions/{session}/context", Keys.Operator)).ShouldBe(
            HttpStatusCode.NotFound,
            "it is not the operator's own"
        );
        (await StatusAsync(bridge, $"/api/sessions/{session}/context?tenant=north", Keys.Operator)).ShouldBe(HttpStatusCode.OK);
        (await PutAsync(bridge, session!, Keys.South, "?tenant=north")).ShouldBe(HttpStatusCode.Forbidden);
        (await PutAsync(bridge, session!, Keys.Operator, "?tenant=No/Such")).ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_tenant_stands_among_tags_and_metadata_whatever_else_claims_to()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder, Settings);
        await SendAsync(bridge, Keys.North, Prompt("S", "north", ("claudebridge.tenant", "south"), ("tenant", "south")));
        (await PutAsync(bridge, "S", Keys.North, "", """{"tenant":"south"}""")).ShouldBe(HttpStatusCode.NoContent);

        var contexts = (await bridge.FeedAsync()).Select(static item => item.Context).ToList();

        contexts.ShouldNotBeEmpty();
        contexts.ShouldAllBe(context =>
            context.Tenant == "north" && context.Tags.Contains("tenant:north") && context.Metadata["tenant"] == "north"
        );
    }

    [Fact]
    public async Task Nobody_says_by_himself_who_the_bridge_takes_him_for()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);
        await SendAsync(
            bridge,
            key: null,
            Prompt("S", "p", ("claudebridge.tenant", "north"), ("claudebridge.user", "root"), ("member", "ada"))
        );

        var context = (await bridge.FeedAsync())[0].Context;

        (context.Tenant, context.UserId).ShouldBe(("", "ada"));
        context.Tags.ShouldNotContain("tenant:north");
    }

    [Fact]
    public async Task The_user_whom_the_address_names_counts_before_all_others()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);
        using var answer = await bridge.Dashboard.PostAsync(
            "/api/v1/integrations/claude/logs?user=grace",
            Prompt("S", "p", ("member", "ada"), ("claudebridge.user", "root")),
            HttpSending.Json
        );

        (await bridge.FeedAsync())[0].Context.UserId.ShouldBe("grace");
    }

    [Fact]
    public async Task A_trace_without_trace_context_has_another_id_in_each_tenant_and_its_old_one_in_none()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder, Settings);
        await SendAsync(bridge, Keys.North, Prompt("S", "p"));
        await SendAsync(bridge, Keys.South, Prompt("S", "p"));
        await SendAsync(bridge, Keys.Operator, Prompt("S", "p"));

        var ids = (await bridge.FeedAsync()).ToLookup(static item => item.Context.Tenant, static item => item.TraceId);

        ids.SelectMany(static group => group).Distinct().Count().ShouldBe(3);
        var digest = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes("S\np"));
        ids[""].First().ShouldBe(TraceId.FromBytes(digest));
    }

    [Fact]
    public async Task The_scores_of_equal_session_ids_are_kept_apart()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder, Settings);
        foreach (var key in (string?[])[Keys.North, Keys.South, Keys.Operator])
        {
            await ReplayAsync(bridge, key, "2.1.329-file-edits-http-protobuf");
        }

        var scores = bridge.Service<StoreFeed>().Read(0, int.MaxValue).OfType<ScoresItem>().Select(static item => item.Scores).ToList();

        scores.Select(static one => one.SessionId).Distinct().ShouldHaveSingleItem();
        scores.Select(static one => one.Tenant).Order().ShouldBe(["", "north", "south"]);
        scores.Select(SessionScoresKey.Of).Distinct().Count().ShouldBe(3);
        scores
            .Select(static one => JsonDocument.Parse(LangfuseScore.Of(one.Scores[0], one.Metadata, SessionScoresKey.ContextOf(one))))
            .Select(static json => json.RootElement.GetProperty("id").GetString())
            .Distinct()
            .Count()
            .ShouldBe(3);
    }

    [Fact]
    public async Task What_arrived_is_told_by_tenant_sender_and_version_with_what_the_client_lacks()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder, Settings);
        await ReplayAsync(bridge, Keys.North, "2.1.329-file-edits-http-protobuf");
        await SendAsync(bridge, Keys.South, Prompt("S", "p", ("member", "ada")));
        await bridge.FeedAsync();

        var arrivals = bridge.Service<Arrivals>();
        arrivals.Of("north").ShouldAllBe(static sender => sender.Source.Tenant == "north");
        var recorded = arrivals.Of("north")[0];
        recorded.Source.Version.ShouldBe("2.1.329");
        recorded.Names.ShouldContain(static name => name.Signal == "logs" && name.Name == "user_prompt" && name.Count > 0);
        recorded.Signals.Select(static signal => signal.Signal).ShouldContain("metrics");
        var ada = arrivals.Of("south").ShouldHaveSingleItem();
        ada.Source.Sender.ShouldBe("ada");
        var lacking = SetupAdvice.For((SetupSigns)ada.Marks).Select(static advice => advice.Variable).ToList();
        lacking.ShouldBe(["OTEL_METRICS_EXPORTER", "OTEL_TRACES_EXPORTER", "CLAUDE_CODE_ENHANCED_TELEMETRY_BETA", "OTEL_LOG_USER_PROMPTS"]);
        arrivals.Of(null).Count.ShouldBe(arrivals.Of("north").Count + 1);
    }

    private static IEnumerable<(string, string?)> Settings =>
        Keys.TwoTenants.Select(static pair => (pair.Item1["ClaudeBridge:".Length..], pair.Item2));

    private string Folder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    /// <summary>A log record of a client that names no trace.</summary>
    private static byte[] Prompt(string session, string prompt, params (string Key, string Value)[] resource) =>
        Encoding.UTF8.GetBytes(
            $$$"""
            {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"claude-code"}}{{{string.Concat(
                resource.Select(static pair => ",{\"key\":\"" + pair.Key + "\",\"value\":{\"stringValue\":\"" + pair.Value + "\"}}")
            )}}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1700000000000000000","attributes":[
            {"key":"event.name","value":{"stringValue":"user_prompt"}},{"key":"prompt","value":{"stringValue":"<REDACTED>"}},
            {"key":"session.id","value":{"stringValue":"{{{session}}}"}},{"key":"prompt.id","value":{"stringValue":"{{{prompt}}}"}}]}]}]}]}
            """
        );

    private static Task ReplayAsync(RunningBridge bridge, string? key) => ReplayAsync(bridge, key, Recordings);

    private static async Task ReplayAsync(RunningBridge bridge, string? key, params string[] recordings)
    {
        foreach (var request in recordings.SelectMany(static name => Recording.Open(name).Requests))
        {
            await SendAsync(bridge, key, request.Body, request.Signal, request.Encoding);
        }

        await bridge.FeedAsync();
    }

    private static async Task SendAsync(
        RunningBridge bridge,
        string? key,
        byte[] body,
        Signal signal = Signal.Logs,
        OtlpEncoding encoding = OtlpEncoding.Json
    )
    {
        using var answer = await bridge.Http.PostAsync(
            Some.Path(signal),
            body,
            encoding == OtlpEncoding.Json ? HttpSending.Json : HttpSending.Protobuf,
            also: request => request.Headers.TryAddWithoutValidation("x-api-key", key ?? "")
        );
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<HttpStatusCode> PutAsync(
        RunningBridge bridge,
        string session,
        string key,
        string query,
        string body = """{"ticket":"PAY-1"}"""
    )
    {
        using var request = Keys.Request(HttpMethod.Put, $"/api/sessions/{session}/context{query}", key);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await bridge.Dashboard.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningBridge bridge, string path, string? key)
    {
        using var answer = await bridge.Dashboard.SendAsync(Keys.Request(HttpMethod.Get, path, key));
        return answer.StatusCode;
    }

    private static async Task<JsonElement> JsonAsync(RunningBridge bridge, string path, string? key)
    {
        using var answer = await bridge.Dashboard.SendAsync(Keys.Request(HttpMethod.Get, path, key));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        using var document = JsonDocument.Parse(await answer.BytesAsync());
        return document.RootElement.Clone();
    }

    private static async Task<int> CountAsync(RunningBridge bridge, string path, string? key) =>
        (await JsonAsync(bridge, path, key)).GetProperty("items").GetArrayLength();

    private static Task<JsonElement> TotalsAsync(RunningBridge bridge, string? key) =>
        JsonAsync(bridge, "/api/totals?by=session,model,user", key);
}
