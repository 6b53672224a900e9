using System.Text.Json;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Tests.StandIns;
using Google.Protobuf;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>The beta spans, whole: twice, alone, with an outer parent, with unknown ones between, with the root lost.</summary>
public sealed class NativeSpanTests
{
    public static TheoryData<string> WithSpans =>
        [
            .. Recording.Names.Where(static name =>
                name.StartsWith("2.1.329", StringComparison.Ordinal) && Exports(name).Any(static export => export.Traces is not null)
            ),
        ];

    [Theory]
    [MemberData(nameof(WithSpans))]
    public void Records_that_two_exporters_sent_are_one_also_where_one_copy_says_less(string recording)
    {
        var whole = Exports(recording);
        var poorer = Exports(recording);
        foreach (var (resource, _) in Origins(poorer))
        {
            resource.Add(SomeSpans.Pair("telemetry.endpoint", "second"));
        }

        foreach (
            var attributes in poorer
                .SelectMany(Logs)
                .Select(static log => log.Attributes)
                .Concat(poorer.SelectMany(Spans).Select(static span => span.Attributes))
        )
        {
            Remove(attributes, "new_context", "response.model_output", "terminal.type", "tool_input");
        }

        foreach (var span in poorer.SelectMany(Spans))
        {
            span.Events.Clear();
        }

        var expected = Draw(Assembled.From(whole));
        Draw(Assembled.From([.. whole, .. poorer])).ShouldBe(expected);
        Draw(Assembled.From([.. poorer, .. whole])).ShouldBe(expected);
    }

    [Theory]
    [MemberData(nameof(WithSpans))]
    public void Log_events_whose_spans_never_come_give_the_same_tree(string recording)
    {
        var events = Assembled.From(Exports(recording).Where(static export => export.Logs is not null));
        var whole = Assembled.From(Exports(recording));
        foreach (var trace in events.All)
        {
            var same = whole.All.Single(one => one.Id == trace.Id).Observations.ToDictionary(static o => o.Id);
            foreach (var observation in trace.Observations.Where(static o => o.Type != ObservationType.Event))
            {
                same.ShouldContainKey(observation.Id);
                observation.ParentId.ShouldBe(same[observation.Id].ParentId, observation.Name);
                observation.StartUnixNano.ShouldBe(same[observation.Id].StartUnixNano, observation.Name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(WithSpans))]
    public void Spans_whose_log_events_never_come_give_a_tree_with_tokens_and_no_cost(string recording)
    {
        var spans = Assembled.From(Exports(recording).Where(static export => export.Traces is not null));
        var whole = Assembled.From(Exports(recording)).All.SelectMany(static trace => trace.Observations).ToDictionary(static o => o.Id);
        foreach (var trace in spans.All)
        {
            trace.Observations.ShouldAllBe(static o => o.Cost == null);
            trace
                .Observations.Where(static o => o.IsRoot)
                .ShouldAllBe(static o => o.Input != null && o.Output != null && o.ParentId == null);
            foreach (var request in trace.Observations.Where(static o => o.Type == ObservationType.Generation))
            {
                // How long what was written to the cache stays there is said by events alone.
                (whole[request.Id].Usage is { } usage ? usage with { CacheCreation5m = null, CacheCreation1h = null } : null).ShouldBe(
                    request.Usage
                );
                whole[request.Id].ParentId.ShouldBe(request.ParentId);
            }
        }
    }

    [Fact]
    public void Under_an_outer_parent_the_tree_is_in_the_outer_trace_and_its_roots_have_no_parent()
    {
        var trace = Assembled.From(Exports("2.1.329-traceparent-http-json")).All.Single();
        trace.Id.ToString().ShouldBe("4bf92f3577b34da6a3ce929d0e0e4736");
        var root = trace.Observations.Single(static o => o.ParentId is null);
        root.Metadata["outer_parent_span_id"].ShouldBe("00f067aa0ba902b7");
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_prompt_of_an_outer_trace_that_lost_both_its_openers_keeps_a_root_of_its_own(bool withLogs, bool withSpans)
    {
        var outer = InOneOuterTrace("2.1.329-multi-turn-continue-http-json");
        var whole = Assembled.From(outer).All.Single();
        whole.Observations.Count(static o => o.IsRoot).ShouldBe(3);
        var second = whole.Observations.Where(static o => o.IsRoot).ElementAt(1);
        var prompt = second.Metadata["prompt_id"];

        foreach (var list in outer.SelectMany(static e => e.Logs?.ResourceLogs ?? []).SelectMany(static g => g.ScopeLogs))
        {
            foreach (
                var log in list
                    .LogRecords.Where(log =>
                        Text(log.Attributes, "prompt.id") == prompt && Text(log.Attributes, "event.name") == "user_prompt"
                    )
                    .ToList()
            )
            {
                list.LogRecords.Remove(log);
            }
        }

        foreach (var list in outer.SelectMany(static e => e.Traces?.ResourceSpans ?? []).SelectMany(static g => g.ScopeSpans))
        {
            foreach (
                var span in list
                    .Spans.Where(span => ObservationId.FromBytes(span.SpanId.Span).ToString() == second.Metadata["native_span_id"])
                    .ToList()
            )
            {
                list.Spans.Remove(span);
            }
        }

        var left = outer.Where(export => (withLogs && export.Logs is not null) || (withSpans && export.Traces is not null)).ToList();
        var trace = Assembled.From(left).All.Single();

        trace.Observations.Where(static o => o.IsRoot).Select(static o => o.Id).ShouldContain(second.Id);
        trace.Observations.Count(static o => o.IsRoot).ShouldBe(3);
        foreach (var request in trace.Observations.Where(static o => o.Type == ObservationType.Generation))
        {
            request.ParentId.ShouldBe(whole.Observations.Single(o => o.Id == request.Id).ParentId);
        }
    }

    [Fact]
    public void Unknown_spans_are_kept_where_they_stand_and_what_is_below_them_finds_its_place()
    {
        const string Recorded = "2.1.329-subagent-http-json";
        var whole = Assembled.From(Exports(Recorded)).All.Single().Observations.ToDictionary(static o => o.Id);
        var exports = Exports(Recorded);
        var added = 0UL;
        foreach (var list in exports.SelectMany(static e => e.Traces?.ResourceSpans ?? []).SelectMany(static g => g.ScopeSpans))
        {
            foreach (var span in list.Spans.Where(static s => s.ParentSpanId.Length > 0).ToList())
            {
                var between = span.Clone();
                between.Name = "claude_code.subagent.spawn";
                between.SpanId = SomeSpans.Id(0xAB00 + added++);
                Remove(between.Attributes, "agent_id", "tool_use_id", "request_id", "gen_ai.response.id", "gen_ai.tool.call.id");
                between.Events.Clear();
                span.ParentSpanId = between.SpanId;
                list.Spans.Add(between);
            }
        }

        var trace = Assembled.From(exports).All.Single();
        foreach (var (id, known) in whole)
        {
            trace.Observations.Single(o => o.Id == id).ParentId.ShouldBe(known.ParentId, known.Name);
        }

        var unknown = trace.Observations.Where(static o => o.Name == "subagent.spawn").ToList();
        unknown.Count.ShouldBe((int)added);
        unknown.ShouldAllBe(o => o.Type == ObservationType.Span && whole.ContainsKey(o.ParentId!.Value));
    }

    [Fact]
    public void An_unknown_span_hangs_under_an_unknown_one_and_under_the_subagent_it_names()
    {
        var exports = Exports("2.1.329-subagent-http-json");
        var request = exports
            .SelectMany(Spans)
            .First(static s => s.Name == "claude_code.llm_request" && Text(s.Attributes, "agent_id") is not null);
        var list = exports.SelectMany(static e => e.Traces?.ResourceSpans ?? []).SelectMany(static g => g.ScopeSpans).First();
        var one = Unknown("claude_code.mcp.rpc", 1, request.ParentSpanId);
        one.Attributes.Add(request.Attributes.Single(static a => a.Key == "agent_id"));
        list.Spans.Add(one);
        list.Spans.Add(Unknown("claude_code.mcp.rpc.part", 2, one.SpanId));

        var observations = Assembled.From(exports).All.Single().Observations;

        var rpc = observations.Single(static o => o.Name == "mcp.rpc");
        observations.Single(o => o.Id == rpc.ParentId).Type.ShouldBe(ObservationType.Agent);
        observations.Single(static o => o.Name == "mcp.rpc.part").ParentId.ShouldBe(rpc.Id);

        Span Unknown(string name, ulong id, ByteString parent)
        {
            var span = request.Clone();
            span.Name = name;
            span.SpanId = SomeSpans.Id(id);
            span.ParentSpanId = parent;
            span.Attributes.Clear();
            span.Attributes.Add(request.Attributes.Single(static a => a.Key == "session.id"));
            return span;
        }
    }

    [Theory]
    [InlineData("output", "text", "text")]
    [InlineData("content", "text", "text")]
    [InlineData("diff", "text", """{"diff":"text"}""")]
    [InlineData("bash_command", "ls", null)]
    public void The_output_of_a_tool_is_read_in_every_form(string name, string value, string? output)
    {
        var exports = Exports("2.1.329-bash-tool-http-json");
        foreach (var span in exports.SelectMany(Spans).Where(static span => span.Name == "claude_code.tool"))
        {
            span.Events.Clear();
            var item = new Span.Types.Event { Name = "tool.output" };
            item.Attributes.AddRange([
                SomeSpans.Pair("file_path", "/home/dev/a.txt"),
                SomeSpans.Pair(name, value),
                SomeSpans.Pair("output_truncated", true),
                SomeSpans.Pair("output_original_length", 13892),
            ]);
            span.Events.Add(item);
        }

        var tool = Assembled.From(exports).All.Single().Observations.First(static o => o.Type == ObservationType.Tool);
        if (output is null)
        {
            tool.Output.ShouldNotBeNull().ShouldStartWith("[output not recorded");
        }
        else
        {
            tool.Output.ShouldBe(output);
        }

        tool.Metadata["output_truncated"].ShouldBe("true");
        tool.Metadata["output_original_length"].ShouldBe("13892");
    }

    [Fact]
    public void Hook_spans_of_the_start_open_nothing()
    {
        var spans = Exports("2.1.329-hooks-http-json").SelectMany(Spans).ToList();
        var start = spans.Single(static span => span.Name == "claude_code.hook" && span.ParentSpanId.IsEmpty);
        Assembled.From([Only(start)]).All.ShouldBeEmpty();
        var own = TraceId.FromBytes(start.TraceId.Span);
        Assembled.From(Exports("2.1.329-hooks-http-json")).All.ShouldNotContain(trace => trace.Id == own);
    }

    [Theory]
    [InlineData("2.1.329-bash-tool-http-json")]
    [InlineData("2.1.329-subagent-http-json")]
    public void A_root_that_never_comes_leaves_every_id_and_parent_as_they_are(string recording)
    {
        var whole = Assembled.From(Exports(recording)).All.SelectMany(static trace => trace.Observations).ToDictionary(static o => o.Id);
        var exports = Exports(recording);
        foreach (var list in exports.SelectMany(static e => e.Traces?.ResourceSpans ?? []).SelectMany(static g => g.ScopeSpans))
        {
            foreach (var span in list.Spans.Where(static span => span.Name == "claude_code.interaction").ToList())
            {
                list.Spans.Remove(span);
            }
        }

        var killed = Assembled.From(exports).All.ToList();
        killed.ShouldAllBe(static trace => !trace.IsRootEnded);
        foreach (var observation in killed.SelectMany(static trace => trace.Observations))
        {
            observation.ParentId.ShouldBe(whole[observation.Id].ParentId);
            observation.StartUnixNano.ShouldBe(whole[observation.Id].StartUnixNano);
        }
    }

    /// <summary>All prompts of a recording as a client with TRACEPARENT would have sent them: one trace, and a parent above each root.</summary>
    private static List<DecodedExport> InOneOuterTrace(string recording)
    {
        var exports = Exports(recording);
        var outer = SomeSpans.Trace(9);
        foreach (var log in exports.SelectMany(Logs).Where(static log => !log.TraceId.IsEmpty))
        {
            log.TraceId = outer;
        }

        foreach (var span in exports.SelectMany(Spans).Where(static span => span.Name != "claude_code.hook"))
        {
            span.TraceId = outer;
            span.ParentSpanId = span.ParentSpanId.IsEmpty ? SomeSpans.Id(0xABC) : span.ParentSpanId;
        }

        return exports;
    }

    private static DecodedExport Only(Span span)
    {
        var some = new SomeSpans("claude-code", "com.anthropic.claude_code.tracing");
        return some.Export(span);
    }

    private static List<DecodedExport> Exports(string recording) =>
        [
            .. Recording
                .Open(recording)
                .Requests.Where(static request => request.Signal != Signal.Metrics)
                .Select(static request => request.Decode()),
        ];

    private static IEnumerable<LogRecord> Logs(DecodedExport export) =>
        export.Logs?.ResourceLogs.SelectMany(static g => g.ScopeLogs).SelectMany(static s => s.LogRecords) ?? [];

    private static IEnumerable<Span> Spans(DecodedExport export) =>
        export.Traces?.ResourceSpans.SelectMany(static g => g.ScopeSpans).SelectMany(static s => s.Spans) ?? [];

    private static IEnumerable<(RepeatedField<KeyValue> Attributes, DecodedExport Export)> Origins(List<DecodedExport> exports) =>
        exports.SelectMany(static export =>
            (export.Logs?.ResourceLogs.Select(static group => group.Resource.Attributes) ?? [])
                .Concat(export.Traces?.ResourceSpans.Select(static group => group.Resource.Attributes) ?? [])
                .Select(attributes => (attributes, export))
        );

    private static string? Text(RepeatedField<KeyValue> attributes, string name) =>
        attributes.FirstOrDefault(a => a.Key == name)?.Value.StringValue;

    private static void Remove(RepeatedField<KeyValue> attributes, params string[] names)
    {
        foreach (var pair in attributes.Where(pair => names.Contains(pair.Key)).ToList())
        {
            attributes.Remove(pair);
        }
    }

    private static string Draw(Assembled assembled) => JsonSerializer.Serialize(assembled.All);

    [Fact]
    public void A_trace_of_very_many_calls_takes_time_in_proportion()
    {
        // Protects from looking at every call for each call, which kept all other sessions waiting for minutes.
        Seconds(500);
        var few = Seconds(2_000);

        Seconds(20_000).ShouldBeLessThan((few * 10 * 8) + 1);

        static double Seconds(int calls)
        {
            var spans = new SomeSpans("claude-code", "com.anthropic.claude_code.tracing");
            for (var i = 1; i <= calls; i++)
            {
                spans.Add((ulong)i, 0, "claude_code.tool", i, i + 1, ("session.id", "many"), ("tool_name", "Read"), ("agent_id", $"a{i}"));
            }

            var export = spans.Export();
            var began = System.Diagnostics.Stopwatch.GetTimestamp();
            Assembled
                .From([export])
                .Traces.Values.Sum(static traces => traces.Values.Sum(static trace => trace.Observations.Count))
                .ShouldBeGreaterThan(calls);
            return System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }
}
