namespace ClaudeBridge.ClaudeCode;

/// <summary>
/// Attributes that other programs describe their model calls with, the most telling name first: OpenTelemetry's GenAI conventions, what they were
/// called before, and the names of OpenLLMetry, OpenInference, Langfuse, Spring AI and the Vercel AI SDK.
/// </summary>
/// <remarks>https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/</remarks>
public static class GenAiNames
{
    /// <summary>A span with an attribute that begins like one of these speaks of a model, an agent or a tool.</summary>
    public static readonly string[] Prefixes = ["gen_ai.", "llm.", "traceloop.", "openinference.", "langfuse."];

    /// <summary>Attributes that say the same by themselves.</summary>
    public static readonly string[] Marks = ["input.value", "output.value", "ai.operationId"];

    /// <summary>Before each parameter of a request, such as <c>temperature</c>.</summary>
    public const string RequestPrefix = "gen_ai.request.";

    /// <summary>Before the number of a message: <c>gen_ai.prompt.0.content</c>, <c>llm.input_messages.0.message.content</c>.</summary>
    public static readonly string[] PromptPrefixes = ["gen_ai.prompt.", "llm.input_messages."];

    /// <summary>Before the number of an answer.</summary>
    public static readonly string[] CompletionPrefixes = ["gen_ai.completion.", "llm.output_messages."];

    /// <summary>Some conventions have it before the name of each part of a message.</summary>
    public const string MessagePrefix = "message.";

    /// <summary>The session, in this order.</summary>
    public static readonly AttributeName[] Sessions =
    [
        new("session.id"),
        new("langfuse.session.id"),
        new("gen_ai.conversation.id"),
        new("traceloop.association.properties.session_id"),
        new("ai.telemetry.metadata.sessionId"),
    ];

    public static readonly AttributeName[] Users =
    [
        new("langfuse.user.id"),
        new("user.id"),
        new("enduser.id"),
        new("traceloop.association.properties.user_id"),
        new("ai.telemetry.metadata.userId"),
    ];

    public static readonly AttributeName TraceName = new("langfuse.trace.name");
    public static readonly AttributeName Tags = new("langfuse.trace.tags", "langfuse.tags");
    public static readonly AttributeName Environment = new("langfuse.environment");
    public static readonly AttributeName Release = new("langfuse.release");
    public static readonly AttributeName Version = new("langfuse.version");

    public static readonly AttributeName Operation = new("gen_ai.operation.name");

    /// <summary>What kind of step a span is, in the words of other instrumentations.</summary>
    public static readonly AttributeName StepKind = new(
        "langfuse.observation.type",
        "openinference.span.kind",
        "traceloop.span.kind",
        "spring.ai.kind"
    );

    public static readonly AttributeName Provider = new("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system");
    public static readonly AttributeName ToolName = new(
        "gen_ai.tool.name",
        "tool.name",
        "ai.toolCall.name",
        "spring.ai.tool.definition.name",
        "traceloop.entity.name"
    );
    public static readonly AttributeName ToolCallId = new("gen_ai.tool.call.id", "ai.toolCall.id");
    public static readonly AttributeName AgentName = new("gen_ai.agent.name", "agent.name", "traceloop.entity.name");
    public static readonly AttributeName Model = new(
        "gen_ai.response.model",
        "gen_ai.request.model",
        "langfuse.observation.model.name",
        "llm.model_name",
        "llm.response.model",
        "llm.request.model"
    );

    /// <summary>All input tokens, those read from and written to the cache included.</summary>
    public static readonly AttributeName InputTokens = new(
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.usage.input_tokens",
        "llm.usage.prompt_tokens",
        "llm.token_count.prompt"
    );

    public static readonly AttributeName OutputTokens = new(
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.usage.output_tokens",
        "llm.usage.completion_tokens",
        "llm.token_count.completion"
    );

    public static readonly AttributeName CacheReadTokens = new(
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cache_read_tokens",
        "gen_ai.usage.input_tokens.cached",
        "gen_ai.usage.details.cache_read_tokens",
        "llm.usage.cache_read_input_tokens",
        "llm.token_count.prompt_details.cache_read"
    );

    public static readonly AttributeName CacheCreationTokens = new(
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.cache_creation_tokens",
        "gen_ai.usage.details.cache_write_tokens",
        "llm.usage.cache_creation_input_tokens",
        "llm.token_count.prompt_details.cache_write"
    );

    /// <summary>US dollars, where the program says so itself.</summary>
    public static readonly AttributeName Cost = new("gen_ai.usage.cost");

    public static readonly AttributeName Input = new(
        "langfuse.observation.input",
        "gen_ai.input.messages",
        "gen_ai.tool.call.arguments",
        "gen_ai.prompt",
        "input.value",
        "traceloop.entity.input",
        "ai.toolCall.args",
        "ai.prompt.messages",
        "ai.prompt"
    );

    public static readonly AttributeName Output = new(
        "langfuse.observation.output",
        "gen_ai.output.messages",
        "gen_ai.tool.call.result",
        "gen_ai.completion",
        "output.value",
        "traceloop.entity.output",
        "ai.toolCall.result",
        "ai.response.text",
        "ai.response.object",
        "ai.response.toolCalls"
    );

    public static readonly AttributeName ErrorType = new("error.type");
    public static readonly AttributeName ExceptionMessage = new("exception.message", "exception.type");

    /// <summary>Values that are numbers; what cannot be read as one is left out and counted.</summary>
    public static readonly AttributeName[] Numbers = [InputTokens, OutputTokens, CacheReadTokens, CacheCreationTokens, Cost];
}
