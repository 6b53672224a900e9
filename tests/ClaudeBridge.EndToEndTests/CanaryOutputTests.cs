using System.Net;
using System.Text;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Otlp;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>What no output may hold, at the most talkative level: keys and secrets nowhere, contents in no log.</summary>
public sealed class CanaryOutputTests
{
    private const string Key = "CANARY-bridge-key-0123456789abcdef";
    private const string WrongKey = "CANARY-wrong-key-0123456789abcdef";
    private const string Public = "pk-lf-CANARY-public-0123";
    private const string Secret = "sk-lf-CANARY-secret-0123";
    private const string Prompt = "CANARY-content-prompt";
    private const string Input = "CANARY-content-tool-input";
    private const string Mail = "canary-content@example.com";
    private const string Bad = "CANARY-content-in-a-bad-body";
    private const string InQuery = "CANARY-content-in-a-query";

    private static readonly string Basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Public}:{Secret}"));
    private static readonly string[] Keys = [Key, WrongKey, Secret, Basic];
    private static readonly string[] Contents = [Prompt, Input, Mail, Bad];

    [Theory]
    [InlineData("auto")]
    [InlineData("legacy")]
    public async Task At_trace_level_no_output_holds_a_key_and_no_log_holds_contents(string transport)
    {
        await using var langfuse = await LangfuseStandIn.StartAsync(Public, Secret);
        langfuse.Edition = transport == "legacy" ? new("3.21.0") : langfuse.Edition;
        var settings = BridgeProcess.Settings(langfuse);
        settings["LANGFUSE_PUBLIC_KEY"] = Public;
        settings["LANGFUSE_SECRET_KEY"] = Secret;
        settings["API_KEY"] = Key;
        settings["Logging__LogLevel__Default"] = "Trace";
        settings["Logging__LogLevel__Microsoft"] = "Trace";
        settings["Logging__LogLevel__System"] = "Trace";
        settings["ClaudeBridge__Langfuse__Transport"] = transport;
        await using var bridge = await BridgeProcess.StartAsync(settings);
        using var client = new OtlpClient(bridge, ("authorization", "Bearer " + Key));
        using var stranger = new OtlpClient(bridge, ("authorization", "Bearer " + WrongKey), ("x-api-key", WrongKey));

        // A backend that says back all it was told, its keys included, in each of the ways to fail.
        foreach (var status in (int[])[503, 400])
        {
            var echo = LangfuseFault.Answer(status) with
            {
                Body = $$"""{"message":"Basic {{Basic}} {{Secret}} {{Prompt}} {{Input}} {{Mail}}"}""",
            };
            langfuse.FailNext(echo, echo);
            langfuse.Ingestion.FailNext(echo, echo);
        }

        foreach (var request in WireRequest.Of(Recording.Open("2.1.329-bash-tool-http-json")).Select(Planted))
        {
            (await client.SendAsync(request)).Code.ShouldBe(200);
            (await stranger.SendAsync(request)).Code.ShouldBe(401);
            (
                await stranger.SendAsync(request with { Transport = Transport.Grpc, Encoding = OtlpEncoding.Protobuf })
            ).IsAccepted.ShouldBeFalse();
        }

        var refused = await client.SendAsync(
            WireRequest.Json(Signal.Logs, Encoding.UTF8.GetBytes($$"""{"resourceLogs":[{"{{Bad}}":"""), "bad")
        );
        refused.Code.ShouldBe(400);
        var wrong = await client.SendAsync(
            WireRequest.Json(
                Signal.Logs,
                Encoding.UTF8.GetBytes($$"""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"{{Bad}}"}]}]}]}"""),
                "wrong"
            )
        );
        await Wait.UntilAsync("it was delivered", () => langfuse.Table.Observations.Count > 3, state: () => bridge.Errors);

        var answers = new StringBuilder().AppendLine(refused.Text).AppendLine(wrong.Text);
        using var reader = Reader(bridge.DashboardPort);
        foreach (
            var path in (string[])
                [
                    "/health",
                    "/readyz",
                    "/livez",
                    "/metrics",
                    "/status",
                    "/api/status",
                    $"/api/nothing?x={InQuery}",
                    "/api/totals?by=nothing",
                    "/api/openapi.json",
                ]
        )
        {
            answers.AppendLine(await reader.GetStringAsync(path));
        }

        // These show contents to whoever has the key, and no key to anybody.
        foreach (
            var path in (string[])
                [
                    $"/turns?q={Prompt}&user={InQuery}",
                    $"/api/traces?q={Prompt}",
                    $"/api/sessions?user={Mail}",
                    "/api/export/observations?format=csv",
                    "/api/export/events?format=ndjson",
                    $"/api/export/traces?q={InQuery}",
                    $"/sessions/{InQuery}",
                    $"/?key={WrongKey}&api_key={WrongKey}",
                ]
        )
        {
            Holds(await reader.GetStringAsync(path), Keys.Where(key => !path.Contains(key, StringComparison.Ordinal)), path);
        }

        foreach (
            var arguments in (string[][])
                [
                    ["queue", "list"],
                    ["queue", "show"],
                    ["report", "--by", "user"],
                ]
        )
        {
            var told = await BridgeCommand.InProcessAsync([.. arguments, "--data", bridge.Folder]);
            Holds(told.Out + told.Error, Keys, string.Join(' ', arguments));
        }

        (await bridge.TerminateAsync()).ShouldBe(0);
        Holds(bridge.Output + bridge.Errors, [.. Keys, .. Contents, InQuery], "stdout and stderr");
        Holds(answers.ToString(), [.. Keys, .. Contents], "answers that show no contents");
        bridge.Errors.ShouldContain("debug ");
        var shown = await Shown.OfAsync(bridge.Folder);
        shown.Trees.Values.ShouldContain(static tree => tree.Contains(Prompt));
        Holds(string.Concat(shown.Trees.Values), Keys, "show");
        foreach (var file in Directory.EnumerateFiles(bridge.Folder, "*", SearchOption.AllDirectories))
        {
            Holds(Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), Keys, file);
        }
    }

    private static HttpClient Reader(int port)
    {
        var reader = new HttpClient(new AnyAnswer { InnerHandler = new SocketsHttpHandler { UseProxy = false } })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        };
        reader.DefaultRequestHeaders.Authorization = new("Bearer", Key);
        return reader;
    }

    private static WireRequest Planted(WireRequest request)
    {
        var text = Encoding.UTF8.GetString(request.Body);
        foreach (var name in (string[])["prompt", "tool_input", "tool_parameters", "user.email", "user_prompt"])
        {
            text = text.Replace(
                $$$"""{"key":"{{{name}}}","value":{"stringValue":"{{{""}}}""",
                $$$"""{"key":"{{{name}}}","value":{"stringValue":"{{{Prompt}}} {{{Input}}} {{{Mail}}} """,
                StringComparison.Ordinal
            );
        }

        return request with
        {
            Body = Encoding.UTF8.GetBytes(text),
        };
    }

    private static void Holds(string text, IEnumerable<string> canaries, string where)
    {
        foreach (var canary in canaries)
        {
            var place = text.IndexOf(canary, StringComparison.OrdinalIgnoreCase);
            (place < 0).ShouldBeTrue(
                place < 0 ? null : $"{canary} is in {where}: …{text[Math.Max(0, place - 200)..Math.Min(text.Length, place + 80)]}…"
            );
        }
    }

    /// <summary>An answer is an answer, whatever its status.</summary>
    private sealed class AnyAnswer : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            answer.StatusCode = HttpStatusCode.OK;
            return answer;
        }
    }
}
