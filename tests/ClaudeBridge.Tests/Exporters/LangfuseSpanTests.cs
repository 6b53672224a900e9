using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Sessions;
using ClaudeBridge.Tests.StandIns.Langfuse;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;

namespace ClaudeBridge.Tests.Exporters;

public sealed class LangfuseSpanTests
{
    [Fact]
    public void What_the_trace_says_of_itself_stands_on_every_span()
    {
        var trace = Some.Context() with { Environment = "Langfuse-Prod", Release = "r1" };
        foreach (var observation in new[] { Some.Root(), Some.Generation(), Some.Tool() })
        {
            var row = Row(observation, trace);
            row["langfuse.session.id"].ShouldBe("session-1");
            row["langfuse.user.id"].ShouldBe("ada@example.com");
            row["langfuse.trace.name"].ShouldBe("claude-code");
            row["langfuse.trace.tags"].ShouldBe("""["terminal:vscode"]""");
            row["langfuse.environment"].ShouldBe("prod");
            row["langfuse.version"].ShouldBe("2.1.0");
            row["langfuse.release"].ShouldBe("r1");
            row["langfuse.trace.metadata.organization_id"].ShouldBe("org-1");
        }
    }

    [Fact]
    public void A_root_has_no_parent_and_carries_the_input_and_output_of_the_trace()
    {
        var row = Row(Some.Root());

        row.ParentId.ShouldBeNull();
        row.Type.ShouldBe("agent");
        row["langfuse.trace.input"].ShouldBe(row.Input);
        row["langfuse.trace.output"].ShouldBe("done");
        row["gen_ai.operation.name"].ShouldBeNull();
        Row(Some.Tool())["langfuse.trace.input"].ShouldBeNull();
    }

    [Fact]
    public void A_generation_carries_model_tokens_and_exact_cost()
    {
        var row = Row(
            Some.Generation() with
            {
                ModelParameters = new Dictionary<string, string> { ["speed"] = "fast", ["effort"] = "high" },
                CompletionStartUnixNano = 1_772_366_402_123_456_789,
            }
        );

        row["langfuse.observation.usage_details"]
            .ShouldBe("""{"input":12,"output":800,"input_cached_tokens":15000,"input_cache_creation":2000}""");
        row["langfuse.observation.cost_details"].ShouldBe("""{"total":0.06883}""");
        row.Model.ShouldBe("claude-opus-4-8");
        row["gen_ai.request.model"].ShouldBe("claude-opus-4-8");
        row["gen_ai.operation.name"].ShouldBe("chat");
        row["langfuse.observation.model.parameters"].ShouldBe("""{"effort":"high","speed":"fast"}""");
        row["langfuse.observation.completion_start_time"].ShouldBe("2026-03-01T12:00:02.123Z");
        row.Attributes.Keys.ShouldAllBe(key => !key.StartsWith("gen_ai.usage", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(
        2_000,
        1_500L,
        500L,
        """{"input":1,"output":2,"input_cached_tokens":3,"input_cache_creation_5m":1500,"input_cache_creation_1h":500}"""
    )]
    [InlineData(
        2_000,
        2_000L,
        null,
        """{"input":1,"output":2,"input_cached_tokens":3,"input_cache_creation_5m":2000,"input_cache_creation_1h":0}"""
    )]
    [InlineData(2_000, 1_000L, 500L, """{"input":1,"output":2,"input_cached_tokens":3,"input_cache_creation":2000}""")]
    [InlineData(2_000, 2_500L, -500L, """{"input":1,"output":2,"input_cached_tokens":3,"input_cache_creation":2000}""")]
    [InlineData(0, null, null, """{"input":1,"output":2,"input_cached_tokens":3,"input_cache_creation":0}""")]
    public void Cache_writes_are_told_apart_only_where_they_add_up(long all, long? fiveMinutes, long? oneHour, string expected)
    {
        LangfuseNumbers.UsageDetails(new Usage(1, 2, 3, all, fiveMinutes, oneHour)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("0.0688300", """{"total":0.06883}""")]
    [InlineData("0", """{"total":0}""")]
    [InlineData("0.0000000000000000000000000001", """{"total":0.0000000000000000000000000001}""")]
    [InlineData("12345678.000001", """{"total":12345678.000001}""")]
    public void Costs_are_numbers_with_exactly_their_digits(string cost, string expected)
    {
        LangfuseNumbers.CostDetails(decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(expected);
    }

    [Fact]
    public void Without_a_cost_or_when_told_so_the_price_is_left_to_Langfuse()
    {
        Row(Some.Generation() with { Cost = null }).Cost.ShouldBeNull();
        Row(Some.Generation(), sendCost: false).Cost.ShouldBeNull();
        Row(Some.Generation() with { Cost = 0m }).Cost.ShouldBe(0m);
    }

    [Fact]
    public void A_failed_tool_is_an_error_with_its_message()
    {
        var span = Span(Some.Tool() with { Level = ObservationLevel.Error, StatusMessage = "exit 1" });
        var row = LangfuseRow.From(span, 1, 1);

        row.Level.ShouldBe("ERROR");
        row["langfuse.observation.status_message"].ShouldBe("exit 1");
        row["gen_ai.operation.name"].ShouldBe("execute_tool");
        ((int)span.Status.Code).ShouldBe(2);
        Row(Some.Tool() with { Level = ObservationLevel.Warning }).Level.ShouldBe("WARNING");
    }

    [Fact]
    public void Metadata_keys_are_such_that_Langfuse_can_filter_by_them_and_none_is_lost()
    {
        var metadata = new Dictionary<string, string>
        {
            ["a.b"] = "1",
            ["a_b"] = "2",
            ["a-b"] = "3",
            ["constructor"] = "4",
            ["größe"] = "5",
        };
        var row = Row(Some.Tool() with { Metadata = metadata });

        var values = row
            .Attributes.Where(pair => pair.Key.StartsWith("langfuse.observation.metadata.", StringComparison.Ordinal))
            .ToDictionary();
        values.Values.Order().ShouldBe(["1", "2", "3", "4", "5"]);
        values.Keys.ShouldContain("langfuse.observation.metadata.a_b");
        values.Keys.ShouldNotContain("langfuse.observation.metadata.constructor");
    }

    [Theory]
    [InlineData("Prod", "prod")]
    [InlineData("Langfuse-Prod", "prod")]
    [InlineData("langfuse_dev", "dev")]
    [InlineData("Prod Env!", "default")]
    [InlineData("langfuse-", "default")]
    [InlineData("a23456789-123456789-123456789-123456789-123", "a23456789-123456789-123456789-123456789-")]
    public void Environments_are_filed_as_Langfuse_files_them(string environment, string expected)
    {
        LangfuseText.Environment(environment).ShouldBe(expected);
    }

    [Fact]
    public void Identifiers_that_must_be_changed_stay_different()
    {
        LangfuseText.Identifier("josé").ShouldNotBe(LangfuseText.Identifier("josè"));
        LangfuseText.Identifier(new string('x', 250) + "1").ShouldNotBe(LangfuseText.Identifier(new string('x', 250) + "2"));
        LangfuseText.Identifier(new string('x', 200)).ShouldBe(new string('x', 200));
        LangfuseText.Identifier("(none)").ShouldBe("(none)");
    }

    [Fact]
    public void Whatever_a_client_says_the_span_keeps_the_contract()
    {
        var texts = ArbMap.Default.GeneratorFor<string>().Select(text => text ?? "");
        var observations =
            from name in texts
            from key in texts
            from value in texts
            from type in Gen.Elements(Enum.GetValues<ObservationType>())
            from tokens in ArbMap.Default.GeneratorFor<long>()
            from cost in ArbMap.Default.GeneratorFor<decimal>()
            from times in ArbMap.Default.GeneratorFor<(ulong Start, ulong End)>()
            select Some.Tool() with
            {
                Name = name,
                Type = type,
                Input = value,
                Output = name,
                Usage = new Usage(tokens, tokens, tokens, tokens, tokens, 0),
                Cost = cost,
                StartUnixNano = Math.Max(1, times.Start),
                EndUnixNano = times.End,
                CompletionStartUnixNano = times.End,
                Metadata = new Dictionary<string, string> { [key] = value, ["fixed"] = name },
                ModelParameters = new Dictionary<string, string> { [key] = value },
            };
        var contexts =
            from session in texts
            from text in texts
            select Some.Context("s" + session) with
            {
                UserId = text,
                Environment = text,
                Tags = [text],
                Metadata = new Dictionary<string, string> { [text] = session },
            };

        Prop.ForAll(
                observations.Zip(contexts).ToArbitrary(),
                pair =>
                {
                    var span = Span(pair.Item1, pair.Item2);
                    LangfuseContract.Violation(span).ShouldBeNull();
                    Span(pair.Item1, pair.Item2).ToByteArray().ShouldBe(span.ToByteArray());
                }
            )
            .QuickCheckThrowOnFailure();
    }

    private static OpenTelemetry.Proto.Trace.V1.Span Span(Observation observation, TraceContext? trace = null, bool sendCost = true) =>
        OpenTelemetry.Proto.Trace.V1.Span.Parser.ParseFrom(
            LangfuseSpan.From(Some.Trace(), observation, trace ?? Some.Context(), sendCost).ToByteArray()
        );

    private static LangfuseRow Row(Observation observation, TraceContext? trace = null, bool sendCost = true)
    {
        var span = Span(observation, trace, sendCost);
        LangfuseContract.Violation(span).ShouldBeNull();
        return LangfuseRow.From(span, deliveries: 1, request: 1);
    }
}
