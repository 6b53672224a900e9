using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Otlp;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>A sender whose every record has a session, a user, a model, a tool, a prompt and a label of its own: a million of them in the long form.</summary>
[Trait(Soak.Category, Soak.Name)]
public sealed class EndlessSessionsTests(ITestOutputHelper log)
{
    private const int InOneBody = 100;

    /// <summary>Measured so many times while they come.</summary>
    private const int Parts = 4;

    /// <summary>All that the runtime may have for objects, in bytes, from the first session to the last.</summary>
    private const long Heap = 160 * 1024 * 1024;

    /// <summary>With what the database and the runtime itself need beside it, whatever the number of sessions.</summary>
    private const long Held = Heap + (120 * 1024 * 1024);

    private static readonly int Sessions = Soak.Count(inSuite: 8_000, inSoak: 1_000_000);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(Soak.IsLong ? 60 : 3);
    private static readonly long Begin = TimeProvider.System.GetUtcNow().AddHours(-1).ToUnixTimeMilliseconds();

    [Fact]
    public async Task However_many_sessions_come_memory_stays_bounded_and_all_of_them_are_delivered()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        var settings = BridgeProcess.Settings(langfuse);
        // A runtime that has much memory takes its time to give it back, which looks like growth.
        settings["DOTNET_GCHeapHardLimit"] = Heap.ToString("x", CultureInfo.InvariantCulture);
        await using var bridge = await BridgeProcess.StartAsync(settings);
        using var client = new OtlpClient(bridge);
        var watch = Stopwatch.StartNew();
        List<long> memory = [];
        List<double> seconds = [];
        List<double> processor = [];
        for (var part = 0; part < Parts; part++)
        {
            var (began, used) = (watch.Elapsed, bridge.ProcessorTime);
            for (var first = part * Sessions / Parts; first < (part + 1) * Sessions / Parts; first += InOneBody)
            {
                await client.SendAllAsync([Request(Signal.Logs, first), Request(Signal.Metrics, first)]);
            }

            var sent = (watch.Elapsed - began).TotalSeconds;

            // Three observations a session: the turn, its request, its tool.
            var expected = (part + 1) * Sessions / Parts * 3;
            await Wait.UntilAsync(
                "all of them are delivered",
                () => langfuse.Table.SpanCount >= expected,
                Patience,
                () => $"{langfuse.Table.SpanCount} of {expected}; {bridge.Errors}"
            );
            memory.Add(bridge.HeldMemory);
            seconds.Add((watch.Elapsed - began).TotalSeconds);
            processor.Add((bridge.ProcessorTime - used).TotalSeconds);
            log.WriteLine(
                Invariant(
                    $"{expected / 3} sessions: {memory[^1] / 1048576} MiB, sent in {sent:0.0} s, delivered in {seconds[^1]:0.0} s, {processor[^1]:0.0} s of processor"
                )
            );
        }

        var slowest = await LookAsync(bridge);
        memory.Add(bridge.HeldMemory);
        Soak.Report(
            "sessions, users, models, tools and labels that never come twice",
            ("sessions", Sessions),
            ("sessions delivered", langfuse.Table.Observations.Select(static row => row.SessionId).Distinct().Count()),
            ("MiB held after each quarter, and after looking", memory.Select(static bytes => bytes / 1048576).ToList()),
            ("seconds for each quarter", seconds.Select(static one => Math.Round(one, 1)).ToList()),
            ("slowest answer", slowest)
        );

        langfuse.Table.Observations.Select(static row => row.SessionId).Distinct().Count().ShouldBe(Sessions);
        langfuse.Table.DuplicateRows.ShouldBeEmpty();
        memory.Max().ShouldBeLessThan(Held);
        processor[^1].ShouldBeLessThan(3 * processor[1], "the last sessions cost what the first ones did");
    }

    /// <summary>Every page and list over all of it.</summary>
    private async Task<string> LookAsync(BridgeProcess bridge)
    {
        var (slowest, longest) = ("", TimeSpan.Zero);
        foreach (
            var path in (string[])
                [
                    "/metrics",
                    "/metrics",
                    "/",
                    "/?range=90d",
                    "/turns",
                    "/sessions",
                    "/members",
                    "/status",
                    "/api/overview",
                    "/api/values",
                    "/api/members",
                    "/api/sessions?order=cost",
                    "/api/traces?q=prompt",
                    "/api/totals?by=user",
                    "/api/totals?by=session",
                ]
        )
        {
            var began = Stopwatch.GetTimestamp();
            var page = await bridge.PageAsync(path);
            var took = Stopwatch.GetElapsedTime(began);
            log.WriteLine(Invariant($"{path}: {took.TotalMilliseconds:0} ms, {page.Length} characters, {bridge.HeldMemory / 1048576} MiB"));
            page.Length.ShouldBeLessThan(8_000_000, path);
            if (took > longest)
            {
                (slowest, longest) = (Invariant($"{path} {took.TotalMilliseconds:0} ms"), took);
            }
        }

        longest.ShouldBeLessThan(TimeSpan.FromSeconds(10), slowest);
        return slowest;
    }

    private static WireRequest Request(Signal signal, int first)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            var (resources, scopes) = signal == Signal.Logs ? ("resourceLogs", "scopeLogs") : ("resourceMetrics", "scopeMetrics");
            json.WriteStartArray(resources);
            json.WriteStartObject();
            json.WriteStartObject("resource");
            Attributes(json, ("service.name", "claude-code"));
            json.WriteEndObject();
            json.WriteStartArray(scopes);
            json.WriteStartObject();
            json.WriteStartArray(signal == Signal.Logs ? "logRecords" : "metrics");
            if (signal == Signal.Logs)
            {
                WriteLogs(json, first);
            }
            else
            {
                WriteMetric(json, first);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return WireRequest.Json(signal, body.ToArray(), $"{signal} from {first}");
    }

    private static void WriteLogs(Utf8JsonWriter json, int first)
    {
        for (var number = first; number < first + InOneBody; number++)
        {
            Record(json, number, 0, ("event.name", "user_prompt"), ("prompt", $"prompt of {number}"), ("prompt_length", "12"));
            Record(
                json,
                number,
                1,
                ("event.name", "api_request"),
                ("model", $"model-{number}"),
                ("request_id", $"req_{number}"),
                ("cost_usd", "0.01"),
                ("input_tokens", "10"),
                ("output_tokens", "5"),
                ("duration_ms", "1")
            );
            Record(
                json,
                number,
                2,
                ("event.name", "tool_result"),
                ("tool_name", $"tool-{number}"),
                ("tool_use_id", $"toolu_{number}"),
                ("success", "true"),
                ("duration_ms", "1")
            );
        }
    }

    private static void Record(Utf8JsonWriter json, int number, int sequence, params (string Key, string Value)[] own)
    {
        json.WriteStartObject();
        json.WriteString("timeUnixNano", Nano(number, sequence));
        Attributes(
            json,
            [
                .. own,
                ("event.sequence", Invariant($"{sequence}")),
                ("session.id", $"session-{number}"),
                ("user.id", $"user-{number}"),
                ("prompt.id", $"prompt-{number}"),
                ($"own.{number}", "x"),
            ]
        );
        json.WriteEndObject();
    }

    private static void WriteMetric(Utf8JsonWriter json, int first)
    {
        json.WriteStartObject();
        json.WriteString("name", "claude_code.token.usage");
        json.WriteStartObject("sum");
        json.WriteNumber("aggregationTemporality", 1);
        json.WriteBoolean("isMonotonic", true);
        json.WriteStartArray("dataPoints");
        for (var number = first; number < first + InOneBody; number++)
        {
            json.WriteStartObject();
            json.WriteString("startTimeUnixNano", Nano(number, 0));
            json.WriteString("timeUnixNano", Nano(number, 2));
            json.WriteString("asInt", "15");
            Attributes(
                json,
                ("session.id", $"session-{number}"),
                ("user.id", $"user-{number}"),
                ("model", $"model-{number}"),
                ("type", $"type-{number}")
            );
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Attributes(Utf8JsonWriter json, params (string Key, string Value)[] pairs)
    {
        json.WriteStartArray("attributes");
        foreach (var (key, value) in pairs)
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteStartObject("value");
            json.WriteString("stringValue", value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Nano(int number, int sequence) => Invariant($"{Begin + number + sequence}000000");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
