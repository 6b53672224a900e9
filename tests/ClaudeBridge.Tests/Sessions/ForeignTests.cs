using System.Text.Json;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.Store;
using Google.Protobuf;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>Spans of other programs by OpenTelemetry's GenAI conventions.</summary>
public sealed class ForeignTests
{
    [Fact]
    public void An_agent_with_its_requests_and_tools_is_a_tree_under_the_programs_own_ids()
    {
        var trace = Build(Agent());

        trace.Id.ToString().ShouldBe(new string('0', 32).Replace("00", "07"));
        trace.Context.SessionId.ShouldBe("conversation-1");
        trace.Context.Service.ShouldBe("shop-assistant");
        trace.Context.Name.ShouldBe("invoke_agent Shop");
        trace.Context.Metadata["service"].ShouldBe("shop-assistant");
        trace.IsRootEnded.ShouldBeTrue();
        Tree(trace)
            .ShouldBe([
                "1 Agent Shop under -",
                "3 Generation gpt-5-2026 under 1",
                "4 Tool find_product under 1",
                "5 Generation gpt-5-2026 under 1",
            ]);
        trace.Observations.Single(static o => o.IsRoot).Id.ShouldBe(new ObservationId(1));
        var request = trace.Observations[1];
        request.Usage.ShouldBe(new Usage(30, 20, 60, 10));
        request.Cost.ShouldBe(0.0123m);
        request.ModelParameters.ShouldBe(new Dictionary<string, string> { ["max_tokens"] = "500", ["temperature"] = "0.2" });
        request.Input.ShouldBe("""[{"role":"user"}]""");
        trace.Observations[2].Input.ShouldBe("""{"q":"shoe"}""");
        trace.Observations[2].Output.ShouldBe("3 found");
        trace.Observations[3].Cost.ShouldBeNull("no price is invented");
    }

    [Fact]
    public void Spans_in_any_order_twice_and_one_by_one_give_the_same_tree()
    {
        var some = Agent();
        var expected = Describe(Assembled.From([some.Export()]));
        for (var seed = 1; seed <= 20; seed++)
        {
            var spans = some.Spans.Concat(some.Spans).ToArray();
            new Random(seed).Shuffle(spans);
            var assembled = new Assembled();
            foreach (var span in spans)
            {
                assembled.Add(some.Export(span));
                assembled.Restart();
            }

            Describe(assembled).ShouldBe(expected, $"seed {seed}");
            assembled.Duplicates.ShouldBe(some.Spans.Count);
        }
    }

    [Fact]
    public void A_span_that_is_not_shown_still_ties_those_below_it_to_those_above_it()
    {
        var some = new SomeSpans()
            .Add(1, 0, "agent", 0, 100, ("gen_ai.operation.name", "invoke_agent"))
            .Add(2, 1, "POST /v1", 10, 90, ("http.request.method", "POST"), ("secret", "x"))
            .Add(3, 2, "retry", 11, 89)
            .Add(4, 3, "chat", 200, 300, ("gen_ai.request.model", "m"));

        Tree(Build(some)).ShouldBe(["1 Agent agent under -", "4 Generation m under 1"]);
        var kept = RecordReader.Read(some.Export(), default).Sessions.SelectMany(static pair => pair.Value).ToList();
        kept.Count(static fact => fact.Span!.Attributes.Count == 0).ShouldBe(2, "of others only the place in the tree is kept");
    }

    [Fact]
    public void Requests_below_a_span_that_is_not_shown_have_it_as_their_one_root()
    {
        var some = new SomeSpans()
            .Add(9, 0, "POST /ask", 0, 500)
            .Add(1, 9, "chat", 10, 100, ("gen_ai.request.model", "m"), ("gen_ai.prompt", "first"), ("gen_ai.completion", "one"))
            .Add(2, 9, "chat", 110, 200, ("gen_ai.request.model", "m"), ("gen_ai.prompt", "second"), ("gen_ai.completion", "two"));

        var trace = Build(some);

        Tree(trace).ShouldBe(["9 Span POST /ask under -", "1 Generation m under 9", "2 Generation m under 9"]);
        trace.Context.Name.ShouldBe("POST /ask");
        var root = trace.Observations[0];
        (root.Input, root.Output).ShouldBe(("first", "two"));
        (root.EndUnixNano - root.StartUnixNano).ShouldBe(500_000_000UL);
        trace.IsRootEnded.ShouldBeTrue();
    }

    [Fact]
    public void Before_the_root_has_come_its_id_is_known_already()
    {
        var some = new SomeSpans()
            .Add(1, 9, "chat", 10, 100, ("gen_ai.request.model", "m"))
            .Add(2, 9, "chat", 110, 200, ("gen_ai.request.model", "m"));
        var early = Build(some);
        Tree(early).ShouldBe(["9 Span shop-assistant under -", "1 Generation m under 9", "2 Generation m under 9"]);
        early.IsRootEnded.ShouldBeFalse();

        some.Add(9, 0, "run", 0, 300, ("gen_ai.operation.name", "invoke_agent"), ("gen_ai.agent.name", "Runner"));
        Tree(Build(some)).ShouldBe(["9 Agent Runner under -", "1 Generation m under 9", "2 Generation m under 9"]);
    }

    [Fact]
    public void A_lone_request_is_its_own_root_and_its_failure_counts()
    {
        var trace = Build(
            new SomeSpans().Add(1, 9, "chat m", 0, 10, ("gen_ai.request.model", "m"), ("error.type", "timeout")).Failed("no answer in 10 s")
        );
        var only = trace.Observations.ShouldHaveSingleItem();
        (only.Type, only.ParentId, only.IsRoot).ShouldBe((ObservationType.Generation, null, true));
        (only.Level, only.StatusMessage).ShouldBe((ObservationLevel.Error, "no answer in 10 s"));
        only.Metadata["outer_parent_span_id"].ShouldBe("0000000000000009");
        only.Metadata["error.type"].ShouldBe("timeout");
        trace.Context.Name.ShouldBe("chat m");
        trace.Context.SessionId.ShouldBe("(none)");
        TraceTotals.Of(trace.Observations).Errors.ShouldBe(1);
    }

    [Fact]
    public void Spans_whose_parents_are_lost_hang_under_the_one_true_root_and_say_so()
    {
        var trace = Build(
            new SomeSpans()
                .Add(1, 0, "agent", 0, 100, ("gen_ai.operation.name", "invoke_agent"))
                .Add(2, 55, "chat", 10, 20, ("gen_ai.request.model", "m"))
                .Add(3, 66, "chat", 30, 40, ("gen_ai.request.model", "m"))
        );
        Tree(trace).ShouldBe(["1 Agent agent under -", "2 Generation m under 1", "3 Generation m under 1"]);
        trace.Observations.Skip(1).ShouldAllBe(static o => o.Metadata["nesting"] == "inferred");
    }

    [Fact]
    public void Several_roots_get_one_above_them_and_circles_end()
    {
        var two = Build(
            new SomeSpans().Add(1, 0, "a", 0, 1, ("gen_ai.request.model", "m")).Add(2, 0, "b", 2, 3, ("gen_ai.request.model", "m"))
        );
        two.Observations.Count(static o => o.ParentId is null).ShouldBe(1);
        two.IsTentative.ShouldBeFalse();
        var lost = Build(
            new SomeSpans().Add(1, 8, "a", 0, 1, ("gen_ai.request.model", "m")).Add(2, 9, "b", 2, 3, ("gen_ai.request.model", "m"))
        );
        lost.Observations.Count(static o => o.ParentId is null).ShouldBe(1);
        lost.IsTentative.ShouldBeTrue("the spans above may come and tell another root");
        var circle = Build(
            new SomeSpans()
                .Add(1, 2, "a", 0, 1, ("gen_ai.request.model", "m"))
                .Add(2, 3, "b", 2, 3, ("gen_ai.request.model", "m"))
                .Add(3, 1, "c", 2, 3, ("gen_ai.request.model", "m"))
                .Add(4, 4, "d", 2, 3, ("gen_ai.request.model", "m"))
        );
        circle.Observations.Count(static o => o.ParentId is null).ShouldBe(1);
        circle.Observations.Count.ShouldBeGreaterThanOrEqualTo(4);
    }

    [Theory]
    [InlineData("chat", ObservationType.Generation)]
    [InlineData("text_completion", ObservationType.Generation)]
    [InlineData("generate_content", ObservationType.Generation)]
    [InlineData("invoke_agent", ObservationType.Agent)]
    [InlineData("create_agent", ObservationType.Agent)]
    [InlineData("execute_tool", ObservationType.Tool)]
    [InlineData("embeddings", ObservationType.Span)]
    [InlineData("something_new", ObservationType.Generation)]
    public void The_operation_decides_the_type(string operation, ObservationType type) =>
        Build(new SomeSpans().Add(1, 0, "s", 0, 1, ("gen_ai.operation.name", operation), ("gen_ai.request.model", "m")))
            .Observations.Single()
            .Type.ShouldBe(type);

    [Theory]
    [InlineData("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.cache_read.input_tokens", 60, 40)]
    [InlineData("gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens", "gen_ai.usage.cache_read_input_tokens", 60, 40)]
    [InlineData("llm.usage.prompt_tokens", "llm.usage.completion_tokens", "gen_ai.usage.cache_creation.input_tokens", 60, 0)]
    [InlineData("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "unknown", 100, 0)]
    public void Input_tokens_include_the_cache_and_end_in_buckets_that_do_not_overlap(
        string input,
        string output,
        string cache,
        long uncached,
        long read
    )
    {
        var usage = Build(new SomeSpans().Add(1, 0, "s", 0, 1, ("gen_ai.request.model", "m"), (input, "100"), (output, 7), (cache, 40)))
            .Observations.Single()
            .Usage!;
        (usage.Input, usage.Output, usage.CacheRead).ShouldBe((uncached, 7, read));
        (usage.Input + usage.CacheRead + usage.CacheCreation).ShouldBe(100);
    }

    [Fact]
    public void Absurd_counts_become_neither_negative_nor_too_large()
    {
        var usage = Build(
            new SomeSpans().Add(
                1,
                0,
                "s",
                0,
                1,
                ("gen_ai.usage.input_tokens", 5),
                ("gen_ai.usage.output_tokens", -5),
                ("gen_ai.usage.cache_read.input_tokens", long.MaxValue),
                ("gen_ai.usage.cache_creation.input_tokens", long.MaxValue)
            )
        )
            .Observations.Single()
            .Usage!;
        (usage.Input, usage.Output).ShouldBe((5, 0));
    }

    [Fact]
    public void What_a_span_sums_up_from_those_below_it_is_not_counted_again()
    {
        var trace = Build(
            new SomeSpans()
                .Add(
                    1,
                    0,
                    "agent",
                    0,
                    100,
                    ("gen_ai.operation.name", "invoke_agent"),
                    ("gen_ai.usage.input_tokens", 30),
                    ("gen_ai.usage.cost", 0.3)
                )
                .Add(2, 1, "wrapper", 1, 50, ("gen_ai.request.model", "m"), ("gen_ai.usage.input_tokens", 10))
                .Add(3, 2, "chat", 2, 49, ("gen_ai.request.model", "m"), ("gen_ai.usage.input_tokens", 10))
                .Add(4, 1, "chat", 60, 90, ("gen_ai.request.model", "m"), ("gen_ai.usage.input_tokens", 20))
        );
        trace.Observations.Sum(static o => o.Usage?.Input ?? 0).ShouldBe(30);
        trace.Observations.Sum(static o => o.Cost ?? 0).ShouldBe(0.3m);
        trace.Observations[0].Metadata["gen_ai.usage.input_tokens"].ShouldBe("30");
    }

    [Fact]
    public void Contents_are_found_in_every_form_that_conventions_gave_them()
    {
        Contents(static s => { }, ("gen_ai.prompt.0.role", "user"), ("gen_ai.prompt.0.content", "Q"), ("gen_ai.completion.0.content", "A"))
            .ShouldBe(("Q", "A"));
        Contents(
                static s => { },
                ("gen_ai.prompt.1.content", "Q"),
                ("gen_ai.prompt.1.role", "user"),
                ("gen_ai.prompt.0.role", "system"),
                ("gen_ai.prompt.0.content", "S"),
                ("gen_ai.completion.0.tool_calls.0.name", "find")
            )
            .ShouldBe(("""[{"role":"system","content":"S"},{"content":"Q","role":"user"}]""", """[{"tool_calls.0.name":"find"}]"""));
        Contents(static s => { }, ("input.value", "Q"), ("output.value", "A")).ShouldBe(("Q", "A"));
        Contents(static s => { }, ("traceloop.entity.input", "Q"), ("traceloop.entity.output", "A")).ShouldBe(("Q", "A"));
        Contents(static s => s.Event("gen_ai.user.message", 1, ("content", "Q")).Event("gen_ai.choice", 2, ("content", "A")))
            .ShouldBe(("Q", "A"));
        Contents(static s =>
                s.Event("gen_ai.content.prompt", 1, ("gen_ai.prompt", "Q"))
                    .Event("gen_ai.content.completion", 2, ("gen_ai.completion", "A"))
            )
            .ShouldBe(("Q", "A"));

        static (string?, string?) Contents(Action<SomeSpans> events, params (string, object)[] attributes)
        {
            var some = new SomeSpans().Add(1, 0, "chat", 0, 9, [("gen_ai.request.model", "m"), .. attributes]);
            events(some);
            var only = Build(some).Observations.Single();
            return (only.Input, only.Output);
        }
    }

    [Fact]
    public void The_session_is_the_first_of_four_names_and_who_is_told_by_langfuses_names_first()
    {
        var trace = Build(
            new SomeSpans().Add(
                1,
                0,
                "chat",
                0,
                9,
                ("traceloop.association.properties.session_id", "4"),
                ("gen_ai.conversation.id", "3"),
                ("langfuse.session.id", "2"),
                ("langfuse.user.id", "ann"),
                ("user.id", "hash"),
                ("langfuse.trace.tags", new[] { "b", "a" }),
                ("langfuse.environment", "prod"),
                ("langfuse.trace.name", "ask")
            )
        );
        trace.Context.SessionId.ShouldBe("2");
        trace.Context.UserId.ShouldBe("ann");
        trace.Context.Tags.ShouldBe(["a", "b"]);
        trace.Context.Environment.ShouldBe("prod");
        trace.Context.Name.ShouldBe("ask");
        Build(new SomeSpans().Add(1, 0, "chat", 0, 9, ("gen_ai.system", "x"), ("enduser.id", "bob"))).Context.UserId.ShouldBe("bob");
    }

    [Fact]
    public void A_second_copy_with_more_to_say_is_the_same_observation_whichever_comes_first()
    {
        var some = new SomeSpans()
            .Add(1, 0, "chat", 0, 9, ("gen_ai.request.model", "m"), ("gen_ai.usage.input_tokens", 10))
            .Add(1, 0, "chat", 0, 9, ("gen_ai.request.model", "m"), ("gen_ai.usage.input_tokens", 10), ("gen_ai.prompt", "Q"));
        var one = Assembled.From([some.Export(some.Spans[0]), some.Export(some.Spans[1])]);
        var other = Assembled.From([some.Export(some.Spans[1]), some.Export(some.Spans[0])]);
        Describe(one).ShouldBe(Describe(other));
        var only = one.All.Single().Observations.Single();
        (only.Input, only.Usage!.Input).ShouldBe(("Q", 10));
    }

    [Fact]
    public void A_session_id_that_claude_code_has_too_stays_two_sessions_with_sums_of_their_own()
    {
        using var store = new TestStore();
        var applier = new StepApplier(store.Writer, store.Options, static (_, failure) => throw failure);
        var other = new SomeSpans().Add(
            1,
            0,
            "chat",
            0,
            9,
            ("gen_ai.request.model", "m"),
            ("session.id", "S"),
            ("gen_ai.usage.input_tokens", 900)
        );
        var position = 0;
        foreach (
            var export in new[] { new ClaudeBridge.Tests.Sessions.Some().UserPrompt(0).Request(300, 250, "r1").Export(), other.Export() }
        )
        {
            applier.Apply(RecordReader.Read(export, store.Now).Sessions, new(++position), store.Now);
        }

        var sessions = store.Queries.Sessions();
        sessions
            .Select(static s => (s.SessionId, s.Service, s.Usage.Input))
            .ShouldBe([("S", null, 1L), ("S", "shop-assistant", 900L)], ignoreOrder: true);
        store.Queries.Session("S")!.Usage.Input.ShouldBe(1);
        store.Queries.SessionOfTrace(new string('0', 31) + "7").ShouldBeNull();
        store.Queries.SessionOfTrace(string.Concat(Enumerable.Repeat("07", 16)))!.Service.ShouldBe("shop-assistant");
    }

    [Fact]
    public void What_the_store_gives_back_after_a_restart_makes_the_same_tree()
    {
        using var store = new TestStore();
        var some = Agent();
        foreach (var (span, position) in some.Spans.Reverse().Select(static (span, index) => (span, index + 1)))
        {
            var applier = new StepApplier(store.Writer, store.Options, static (_, failure) => throw failure);
            applier.Apply(RecordReader.Read(some.Export(span), store.Now).Sessions, new(position), store.Now);
        }

        var session = store.Queries.Session("conversation-1")!;
        session
            .TraceList.Single()
            .Observations.Select(static o => (o.Name, o.ParentId))
            .ShouldBe(Build(some).Observations.Select(static o => (o.Name, o.ParentId?.ToString())));
        (session.Usage, session.Cost).ShouldBe((new UsageSummary(30, 20, 60, 10), "0.0123"));
    }

    [Fact]
    public void Langfuse_is_not_told_that_another_programs_model_is_anthropics()
    {
        var trace = Build(Agent());
        var span = LangfuseSpan.From(trace.Id, trace.Observations[1], trace.Context, sendCost: true);
        span.Attributes.ShouldNotContain(static pair => pair.Key == LangfuseNames.GenAiProvider);
        span.Attributes.Single(static pair => pair.Key == LangfuseNames.Type).Value.StringValue.ShouldBe("generation");
    }

    [Fact]
    public void Claude_codes_own_spans_stay_its_own_whatever_service_name_the_user_gave()
    {
        var byName = new SomeSpans("my-team").Add(
            1,
            0,
            "claude_code.interaction",
            0,
            9,
            ("session.id", "S"),
            ("gen_ai.conversation.id", "S")
        );
        var byScope = new SomeSpans("my-team", "com.anthropic.claude_code.tracing").Add(1, 0, "interaction", 0, 9, ("session.id", "S"));
        foreach (var some in new[] { byName, byScope })
        {
            var trace = Build(some);
            (trace.Context.Service, trace.Context.Name).ShouldBe((null, "claude-code"));
        }
    }

    [Fact]
    public void Other_telemetry_of_other_programs_is_counted_and_makes_nothing()
    {
        var read = RecordReader.Read(new SomeSpans().Add(1, 0, "tool", 0, 1).Add(2, 1, "interaction", 0, 1).Export(), default);
        read.Foreign.ShouldBe(2);
        Assembled.From([new SomeSpans().Add(1, 0, "tool", 0, 1).Add(2, 1, "interaction", 0, 1).Export()]).All.ShouldBeEmpty();
        var withoutIds = new SomeSpans().Add(1, 0, "chat", 0, 1, ("gen_ai.system", "x"));
        withoutIds.Last.TraceId = ByteString.Empty;
        Assembled.From([withoutIds.Export()]).All.ShouldBeEmpty();
    }

    private static SomeSpans Agent() =>
        new SomeSpans()
            .Add(
                1,
                0,
                "invoke_agent Shop",
                0,
                1000,
                ("gen_ai.operation.name", "invoke_agent"),
                ("gen_ai.agent.name", "Shop"),
                ("gen_ai.conversation.id", "conversation-1")
            )
            .Add(
                3,
                1,
                "chat gpt-5",
                10,
                300,
                ("gen_ai.operation.name", "chat"),
                ("gen_ai.request.model", "gpt-5"),
                ("gen_ai.response.model", "gpt-5-2026"),
                ("gen_ai.request.temperature", 0.2),
                ("gen_ai.request.max_tokens", 500),
                ("gen_ai.usage.input_tokens", 100),
                ("gen_ai.usage.cache_read.input_tokens", 60),
                ("gen_ai.usage.cache_creation.input_tokens", 10),
                ("gen_ai.usage.output_tokens", 20),
                ("gen_ai.usage.cost", 0.0123),
                ("gen_ai.input.messages", """[{"role":"user"}]""")
            )
            .Add(
                4,
                1,
                "execute_tool find_product",
                310,
                400,
                ("gen_ai.operation.name", "execute_tool"),
                ("gen_ai.tool.name", "find_product"),
                ("gen_ai.tool.call.arguments", """{"q":"shoe"}"""),
                ("gen_ai.tool.call.result", "3 found")
            )
            .Add(5, 6, "chat gpt-5", 410, 900, ("gen_ai.operation.name", "chat"), ("gen_ai.response.model", "gpt-5-2026"))
            .Add(6, 1, "POST", 405, 905);

    private static TraceView Build(SomeSpans some) => Assembled.From([some.Export()]).All.Single();

    private static List<string> Tree(TraceView trace) =>
        [
            .. trace.Observations.Select(static o =>
                $"{o.Id.Value} {o.Type} {o.Name} under {(o.ParentId is { } parent ? parent.Value.ToString() : "-")}"
            ),
        ];

    private static string Describe(Assembled assembled) => JsonSerializer.Serialize(assembled.All);
}
