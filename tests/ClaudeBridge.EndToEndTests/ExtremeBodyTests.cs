using System.Diagnostics;
using System.Globalization;
using System.Text;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Otlp;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;
using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Resource.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.EndToEndTests;

/// <summary>Bodies that are within the protocol and beyond reason, from the door to Langfuse: each costs itself.</summary>
public sealed class ExtremeBodyTests(ITestOutputHelper log)
{
    /// <summary>An answer to any one of them, on a busy machine.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);

    private static readonly long Begin = TimeProvider.System.GetUtcNow().AddHours(-1).ToUnixTimeMilliseconds();

    [Fact]
    [Trait(Soak.Category, Soak.Name)]
    public async Task A_turn_beside_a_trace_of_very_many_spans_is_delivered_before_that_is_done()
    {
        const int InOneBody = 1_000;
        var spans = Soak.Count(inSuite: 5_000, inSoak: 100_000);
        await using var langfuse = await LangfuseStandIn.StartAsync();
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(langfuse));
        using var client = new OtlpClient(bridge);
        using var beside = new OtlpClient(bridge);
        var watch = Stopwatch.StartNew();
        List<double> waits = [];
        List<double> shown = [];
        var large = Task.Run(async () =>
        {
            for (var first = 0; first < spans; first += InOneBody)
            {
                await client.SendAllAsync([Spans(first, InOneBody)]);
            }
        });
        var turns = new Turns("beside");
        for (var turn = 0; turn < 50 && (turn == 0 || HugeRows(langfuse) < spans); turn++)
        {
            var began = watch.Elapsed;
            await beside.SendAllAsync(turns.Requests(turn));
            await Wait.UntilAsync(
                "the turn beside it is shown",
                async () =>
                    await bridge.ProbeAsync("/api/sessions/beside-" + (turn / 10)) == System.Net.HttpStatusCode.OK
                    && (await bridge.JsonAsync("/api/sessions/beside-" + (turn / 10))).GetProperty("traces").GetInt32() == (turn % 10) + 1,
                state: () => bridge.Errors
            );
            shown.Add((watch.Elapsed - began).TotalSeconds);
            await Wait.UntilAsync(
                "the turn beside it is delivered",
                () => langfuse.Table.SpanCount - HugeRows(langfuse) >= 4 * (turn + 1),
                state: () => bridge.Errors
            );
            waits.Add((watch.Elapsed - began).TotalSeconds);
        }

        await large;
        await Wait.UntilAsync(
            "the large trace is delivered as well",
            () => HugeRows(langfuse) >= spans,
            TimeSpan.FromMinutes(5),
            () => $"{HugeRows(langfuse)}; {bridge.Errors}"
        );
        var all = watch.Elapsed.TotalSeconds;
        log.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{spans} spans in {all:0.0} s; turns beside: {string.Join(' ', waits.Select(static one => $"{one:0.0}"))}; shown: {string.Join(' ', shown.Select(static one => $"{one:0.0}"))}; processor {bridge.ProcessorTime.TotalSeconds:0.0} s"
            )
        );
        Soak.Report(
            "spans in one trace, turns beside it",
            ("spans", spans),
            ("seconds until they were delivered", Math.Round(all, 1)),
            ("longest wait of a turn beside it, seconds", Math.Round(waits.Max(), 1))
        );
        waits.Max().ShouldBeLessThan(Wait.Bound.TotalSeconds);
    }

    [Fact]
    public async Task Depth_width_and_emptiness_cost_a_record_and_never_the_bridge()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        var settings = BridgeProcess.Settings(langfuse);
        settings["DOTNET_GCHeapHardLimit"] = (256L * 1024 * 1024).ToString("x", CultureInfo.InvariantCulture);
        await using var bridge = await BridgeProcess.StartAsync(settings);
        using var client = new OtlpClient(bridge);
        var deep = Nested(100_000);
        await MustBeAnsweredAsync(client, Logs("deep", $$"""{"key":"deep","value":{{deep}}}"""), 200);
        await MustBeAnsweredAsync(
            client,
            Logs("long", $$$"""{"key":"long","value":{"stringValue":"{{{new string('a', 1024 * 1024)}}}"}}"""),
            200
        );
        await MustBeAnsweredAsync(
            client,
            Logs(
                "wide",
                string.Join(
                    ',',
                    Enumerable.Range(0, 10_000).Select(static i => $$$"""{"key":"key{{{i}}}","value":{"intValue":"{{{i}}}"}}""")
                )
            ),
            200
        );
        await MustBeAnsweredAsync(client, Scopes(1_000_000), 200, 400, 413);
        await MustBeAnsweredAsync(
            client,
            Logs(
                "numbers",
                """
                {"key":"cost_usd","value":{"doubleValue":"NaN"}},{"key":"input_tokens","value":{"intValue":"9223372036854775807"}},
                {"key":"output_tokens","value":{"intValue":"-5"}},{"key":"duration_ms","value":{"doubleValue":"Infinity"}}
                """
            ),
            200
        );
        await MustBeAnsweredAsync(
            client,
            Logs(
                "numbers",
                """
                {"key":"cost_usd","value":{"doubleValue":-1e308}},{"key":"input_tokens","value":{"intValue":"9223372036854775807"}},
                {"key":"cache_read_tokens","value":{"doubleValue":1e300}},{"key":"request_id","value":{"stringValue":"2"}}
                """,
                sequence: 1
            ),
            200
        );
        await MustBeAnsweredAsync(client, Logs("first", "", time: "0"), 200);
        await MustBeAnsweredAsync(client, Logs("last", "", time: "18446744073709551615"), 200);
        await client.SendAllAsync(new Turns("good").Requests(0));

        string[] expected = ["long", "wide", "numbers", "last", "good-0"];
        await Wait.UntilAsync(
            "what can be delivered is",
            () => expected.All(id => langfuse.Table.Observations.Any(row => row.SessionId == id)),
            state: () => string.Join(' ', langfuse.Table.Observations.Select(static row => row.SessionId).Distinct()) + bridge.Errors
        );
        foreach (
            var path in (string[])
                [
                    "/",
                    "/turns",
                    "/sessions",
                    "/sessions/numbers",
                    "/sessions/last",
                    "/api/totals?by=session",
                    "/api/overview",
                    "/api/sessions",
                    "/metrics",
                    "/api/export/observations",
                ]
        )
        {
            var page = string.Join('\n', (await bridge.PageAsync(path)).Split('\n').Where(static line => !line.StartsWith('#')));
            foreach (var word in (string[])["NaN", "Infinity"])
            {
                var at = page.IndexOf(word, StringComparison.Ordinal);
                at.ShouldBe(-1, at < 0 ? null : $"{path}: {page[Math.Max(0, at - 100)..Math.Min(page.Length, at + 20)]}");
            }
        }

        var totals = await bridge.JsonAsync("/api/totals?by=session");
        foreach (var row in totals.GetProperty("rows").EnumerateArray().Append(totals.GetProperty("total")))
        {
            row.GetProperty("usage").GetProperty("input").GetInt64().ShouldBeGreaterThanOrEqualTo(0, row.ToString());
        }

        (await bridge.HealthAsync()).GetProperty("status").GetString().ShouldBe("ok");
    }

    private async Task MustBeAnsweredAsync(OtlpClient client, WireRequest request, params int[] codes)
    {
        var began = Stopwatch.GetTimestamp();
        var answer = await client.SendAsync(request);
        var took = Stopwatch.GetElapsedTime(began);
        log.WriteLine($"{request.Name}: {answer.Code} after {took.TotalMilliseconds:0} ms");
        answer.Code.ShouldBeOneOf(codes, answer.Text[..Math.Min(300, answer.Text.Length)]);
        took.ShouldBeLessThan(AnswerWithin, request.Name);
    }

    private static int HugeRows(LangfuseStandIn langfuse) => langfuse.Table.RowsFor(Hex(0xFEED)).Count;

    private static WireRequest Logs(string session, string attributes, int sequence = 0, string? time = null) =>
        WireRequest.Json(
            Signal.Logs,
            Encoding.UTF8.GetBytes(
                $$$"""
                {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"claude-code"}}]},"scopeLogs":[{"logRecords":[
                {"timeUnixNano":"{{{time
                    ?? $"{Begin + sequence}000000"}}}","attributes":[{"key":"event.name","value":{"stringValue":"api_request"}},{"key":"model","value":{"stringValue":"m"}},
                {"key":"session.id","value":{"stringValue":"{{{session}}}"}},{"key":"prompt.id","value":{"stringValue":"p-{{{session}}}"}}{{{(
                    attributes.Length > 0 ? "," : ""
                )}}}{{{attributes}}}]}]}]}]}
                """
            ),
            session
        );

    private static WireRequest Scopes(int count) =>
        WireRequest.Json(
            Signal.Logs,
            Encoding.UTF8.GetBytes($$$"""{"resourceLogs":[{"scopeLogs":[{{{string.Join(',', Enumerable.Repeat("{}", count))}}}]}]}"""),
            "empty scopes"
        );

    private static string Nested(int levels) =>
        string.Concat(Enumerable.Repeat("""{"arrayValue":{"values":[""", levels))
        + """{"intValue":"1"}"""
        + string.Concat(Enumerable.Repeat("]}}", levels));

    private static WireRequest Spans(int first, int count)
    {
        var scope = new ScopeSpans { Scope = new InstrumentationScope { Name = "other" } };
        for (var number = first; number < first + count; number++)
        {
            var span = new Span
            {
                TraceId = ByteString.CopyFrom(Convert.FromHexString(Hex(0xFEED))),
                SpanId = ByteString.CopyFrom(Convert.FromHexString((number + 1).ToString("x16", CultureInfo.InvariantCulture))),
                ParentSpanId =
                    number == 0
                        ? ByteString.Empty
                        : ByteString.CopyFrom(Convert.FromHexString(1.ToString("x16", CultureInfo.InvariantCulture))),
                Name = "chat",
                StartTimeUnixNano = (ulong)(Begin + number) * 1_000_000,
                EndTimeUnixNano = (ulong)(Begin + number + 1) * 1_000_000,
            };
            span.Attributes.Add(Pair("gen_ai.operation.name", "chat"));
            span.Attributes.Add(Pair("gen_ai.request.model", "m"));
            span.Attributes.Add(Pair("session.id", "huge"));
            scope.Spans.Add(span);
        }

        var resource = new ResourceSpans { Resource = new Resource() };
        resource.Resource.Attributes.Add(Pair("service.name", "other"));
        resource.ScopeSpans.Add(scope);
        var request = new ExportTraceServiceRequest();
        request.ResourceSpans.Add(resource);
        return new(Transport.Http, Signal.Traces, OtlpEncoding.Protobuf, request.ToByteArray(), false, $"spans from {first}");
    }

    private static string Hex(int number) => number.ToString("x32", CultureInfo.InvariantCulture);

    private static KeyValue Pair(string key, string value) =>
        new()
        {
            Key = key,
            Value = new AnyValue { StringValue = value },
        };
}
