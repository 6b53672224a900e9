using ClaudeBridge.Sessions;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>Each instrumentation that is in wide use, in its own words.</summary>
public sealed class ForeignConventionsTests
{
    [Fact]
    public void The_vercel_ai_sdk_shows_its_tools_and_texts_and_counts_tokens_once()
    {
        var trace = Build(
            new SomeSpans("web", "ai")
                .Add(
                    1,
                    0,
                    "ai.generateText",
                    0,
                    500,
                    ("ai.operationId", "ai.generateText"),
                    ("ai.model.id", "gpt-4o"),
                    ("ai.prompt", """{"prompt":"weather?"}"""),
                    ("ai.response.text", "sunny"),
                    ("ai.usage.promptTokens", 30),
                    ("ai.telemetry.metadata.sessionId", "chat-1"),
                    ("ai.telemetry.metadata.userId", "ann")
                )
                .Add(2, 1, "ai.generateText.doGenerate", 10, 200, [.. Call(10), ("ai.response.toolCalls", """[{"toolName":"weather"}]""")])
                .Add(
                    3,
                    1,
                    "ai.toolCall",
                    210,
                    250,
                    ("ai.operationId", "ai.toolCall"),
                    ("ai.toolCall.name", "weather"),
                    ("ai.toolCall.id", "c1"),
                    ("ai.toolCall.args", """{"city":"Rome"}"""),
                    ("ai.toolCall.result", "sun")
                )
                .Add(4, 1, "ai.generateText.doGenerate", 260, 500, [.. Call(20), ("ai.response.text", "sunny")])
        );

        (trace.Context.SessionId, trace.Context.UserId).ShouldBe(("chat-1", "ann"));
        Steps(trace)
            .ShouldBe([
                """Span ai.generateText: {"prompt":"weather?"} > sunny""",
                """Generation gpt-4o: [] > [{"toolName":"weather"}]""",
                """Tool weather: {"city":"Rome"} > sun""",
                "Generation gpt-4o: [] > sunny",
            ]);
        trace.Observations.Sum(static o => o.Usage?.Input ?? 0).ShouldBe(30);

        static (string, object)[] Call(int tokens) =>
            [
                ("ai.operationId", "ai.generateText.doGenerate"),
                ("ai.prompt.messages", "[]"),
                ("gen_ai.request.model", "gpt-4o"),
                ("gen_ai.usage.input_tokens", tokens),
            ];
    }

    [Fact]
    public void Openinference_shows_the_messages_of_a_request_that_has_no_value_as_a_whole() =>
        Steps(
                Build(
                    new SomeSpans()
                        .Add(1, 0, "Executor", 0, 9, ("openinference.span.kind", "AGENT"), ("input.value", "q"), ("output.value", "a"))
                        .Add(
                            2,
                            1,
                            "ChatOpenAI",
                            1,
                            8,
                            ("openinference.span.kind", "LLM"),
                            ("llm.model_name", "gpt"),
                            ("llm.input_messages.0.message.role", "system"),
                            ("llm.input_messages.0.message.content", "be kind"),
                            ("llm.input_messages.1.message.role", "user"),
                            ("llm.input_messages.1.message.content", "hello"),
                            ("llm.output_messages.0.message.role", "assistant"),
                            ("llm.output_messages.0.message.content", "hey")
                        )
                )
            )
            .ShouldBe([
                "Agent Executor: q > a",
                """Generation gpt: [{"role":"system","content":"be kind"},{"role":"user","content":"hello"}] > hey""",
            ]);

    [Fact]
    public void Openllmetry_names_its_agents_and_tools_as_the_program_does() =>
        Steps(
                Build(
                    new SomeSpans()
                        .Add(1, 0, "joke.agent", 0, 9, ("traceloop.span.kind", "agent"), ("traceloop.entity.name", "joke"))
                        .Add(
                            2,
                            1,
                            "search.tool",
                            1,
                            2,
                            ("traceloop.span.kind", "tool"),
                            ("traceloop.entity.name", "search"),
                            ("traceloop.entity.input", "x"),
                            ("traceloop.entity.output", "y")
                        )
                        .Add(3, 1, "openai.chat", 3, 4, ("gen_ai.response.model", "gpt"), ("gen_ai.prompt.0.content", "hi"))
                )
            )
            .ShouldBe(["Agent joke: x > [output not recorded]", "Tool search: x > y", "Generation gpt: hi > "]);

    [Fact]
    public void Spring_ai_shows_its_tools() =>
        Steps(
                Build(
                    new SomeSpans()
                        .Add(1, 0, "spring_ai chat_client", 0, 9, ("gen_ai.operation.name", "framework"), ("spring.ai.kind", "chat_client"))
                        .Add(
                            2,
                            1,
                            "tool_call weather",
                            1,
                            2,
                            ("gen_ai.operation.name", "framework"),
                            ("spring.ai.kind", "tool_call"),
                            ("spring.ai.tool.definition.name", "weather"),
                            ("gen_ai.tool.call.arguments", "{}")
                        )
                )
            )
            .ShouldBe(["Span spring_ai chat_client: {} > [output not recorded]", "Tool weather: {} > "]);

    [Theory]
    [InlineData(100, 40, 10, 50)]
    [InlineData(50, 40, 10, 0)]
    [InlineData(5, 40, 10, 5)]
    [InlineData(0, 40, 10, 0)]
    public void An_input_count_smaller_than_its_cache_cannot_include_it(long input, long read, long created, long uncached) =>
        Build(
            new SomeSpans().Add(
                1,
                0,
                "chat",
                0,
                1,
                ("gen_ai.usage.input_tokens", input),
                ("gen_ai.usage.cache_read.input_tokens", read),
                ("gen_ai.usage.cache_creation.input_tokens", created)
            )
        )
            .Observations.Single()
            .Usage.ShouldBe(new Usage(uncached, 0, read, created));

    private static TraceView Build(SomeSpans some) => Assembled.From([some.Export()]).All.Single();

    private static List<string> Steps(TraceView trace) =>
        [.. trace.Observations.Select(static o => $"{o.Type} {o.Name}: {o.Input} > {o.Output}")];
}
