using ClaudeBridge.Sessions;
using Google.Protobuf;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>Records that cannot all be true still make one tree, in which everything stands somewhere.</summary>
public sealed class ContradictingRecordsTests
{
    [Fact]
    public void Unknown_spans_that_are_above_each_other_or_themselves_hang_under_the_root()
    {
        var trace = Only(
            Spans()
                .Add(2, 3, "claude_code.x", 1, 2, ("session.id", "S"))
                .Add(3, 2, "claude_code.y", 5, 6, ("session.id", "S"))
                .Add(4, 4, "claude_code.z", 8, 9, ("session.id", "S"))
        );

        ParentsOf(trace).ShouldBe(["claude-code under -", "x under claude-code", "y under x", "z under claude-code"]);
        trace.Observations.Single(static o => o.Name == "x").Metadata["nesting"].ShouldBe("inferred");
        trace.Observations.Single(static o => o.Name == "y").Metadata.Keys.ShouldNotContain("nesting");
    }

    [Fact]
    public void An_agent_that_asked_for_the_call_that_started_it_hangs_under_the_root()
    {
        var trace = new Some()
            .UserPrompt(0)
            .Request(100, 50, "r1", ("agent_id", "a"))
            .Add(
                "tool_result",
                200,
                ("tool_name", "Agent"),
                ("tool_use_id", "t1"),
                ("request_id", "r1"),
                ("success", "true"),
                ("duration_ms", 190)
            )
            .Traces()
            .Single();

        ParentsOf(trace).ShouldBe(["claude-code under -", "Agent under claude-code", "opus under subagent", "subagent under Agent"]);
    }

    [Fact]
    public void Spans_without_an_id_are_as_many_as_came()
    {
        var some = Spans();
        foreach (
            var (name, number) in new[] { "tool", "tool.execution", "tool.blocked_on_user", "llm_request", "new" }.Zip([1, 2, 3, 4, 5])
        )
        {
            foreach (var offset in new[] { 0, 1 })
            {
                some.Add(99, 0, "claude_code." + name, number * 10, (number * 10) + 1 + offset, ("session.id", "S"));
                some.Last.SpanId = ByteString.Empty;
            }
        }

        var trace = Only(some);
        trace.Observations.Select(static o => o.Id).ShouldBeUnique();
        trace.Observations.Count.ShouldBe(11);
    }

    [Fact]
    public void A_client_whose_user_gave_it_an_old_version_has_one_trace_of_its_logs_and_spans()
    {
        var logs = new Some("2.1.200").Request(5000, 3000, "r1");
        logs.Span(0, SomeSpans.Trace(7), SomeSpans.Id(1));
        var spans = new SomeSpans("claude-code", "com.anthropic.claude_code.tracing").Add(
            5,
            1,
            "claude_code.llm_request",
            2000,
            5000,
            ("session.id", "S"),
            ("request_id", "r1")
        );
        spans.Resource.Attributes.Add(SomeSpans.Pair("service.version", "1.2.3"));

        foreach (var order in new[] { new[] { logs.Export(), spans.Export() }, [spans.Export(), logs.Export()] })
        {
            var trace = Assembled.From(order).All.ShouldHaveSingleItem();
            trace
                .Observations.Single(static o => o.Type == ObservationType.Generation)
                .Metadata["native_span_id"]
                .ShouldBe("0000000000000005");
        }
    }

    private static SomeSpans Spans() =>
        new SomeSpans("claude-code", "com.anthropic.claude_code.tracing").Add(
            1,
            0,
            "claude_code.interaction",
            0,
            100,
            ("session.id", "S"),
            ("gen_ai.conversation.id", "S")
        );

    private static TraceView Only(SomeSpans some) => Assembled.From([some.Export()]).All.ShouldHaveSingleItem();

    private static List<string> ParentsOf(TraceView trace) =>
        [
            .. trace
                .Observations.Select(o =>
                    $"{o.Name} under {(o.ParentId is { } parent ? trace.Observations.Single(above => above.Id == parent).Name : "-")}"
                )
                .OrderBy(static line => !line.EndsWith('-'))
                .ThenBy(static line => line, StringComparer.Ordinal),
        ];
}
