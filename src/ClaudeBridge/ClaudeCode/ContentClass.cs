using System.Collections.Frozen;

namespace ClaudeBridge.ClaudeCode;

/// <summary>What kind of content a text is. A text that can hold several kinds has several.</summary>
[Flags]
public enum ContentClass
{
    None = 0,
    Prompt = 1,
    Response = 2,
    ToolInput = 4,
    ToolOutput = 8,

    /// <summary>Raw API bodies, system prompts, tool definitions, dumps of the context.</summary>
    Bodies = 16,
    Email = 32,
    Paths = 64,
    Commands = 128,

    /// <summary>A text that repeats a whole conversation.</summary>
    Conversation = Prompt | Response | ToolInput | ToolOutput | Bodies | Paths | Commands,

    /// <summary>What a tool gave back can repeat what it was given.</summary>
    ToolResult = ToolInput | ToolOutput,
}

/// <summary>Every attribute that holds contents, of Claude Code and of other programs that follow the GenAI conventions: the one place to change for a new one.</summary>
public static class ContentNames
{
    /// <summary>The attributes of this span event depend on the tool; all its texts are what the tool gave back.</summary>
    public const string ToolOutputEvent = "tool.output";

    private static readonly FrozenDictionary<string, ContentClass> Known = new Dictionary<string, ContentClass>(StringComparer.Ordinal)
    {
        ["prompt"] = ContentClass.Prompt,
        ["prompt_text"] = ContentClass.Prompt,
        ["user_prompt"] = ContentClass.Prompt,
        ["response"] = ContentClass.Response,
        ["response.model_output"] = ContentClass.Response,
        ["tool_input"] = ContentClass.ToolInput,
        ["tool_parameters"] = ContentClass.ToolInput,
        ["tool_output"] = ContentClass.ToolResult,
        ["tool_result"] = ContentClass.ToolResult,
        ["body"] = ContentClass.Conversation,
        ["system_reminders"] = ContentClass.Conversation,
        ["system_prompt"] = ContentClass.Bodies,
        ["system_prompt_preview"] = ContentClass.Bodies,
        ["user_system_prompt"] = ContentClass.Bodies,
        ["tools"] = ContentClass.Bodies,

        ["user.email"] = ContentClass.Email,
        ["member.email"] = ContentClass.Email,
        ["enduser.email"] = ContentClass.Email,
        ["email"] = ContentClass.Email,

        ["file_path"] = ContentClass.Paths | ContentClass.ToolInput,
        ["workspace.host_paths"] = ContentClass.Paths,
        ["body_ref"] = ContentClass.Paths,
        ["cwd"] = ContentClass.Paths,
        ["process.executable.path"] = ContentClass.Paths,
        ["process.working_directory"] = ContentClass.Paths,
        ["code.filepath"] = ContentClass.Paths,
        ["code.file.path"] = ContentClass.Paths,

        ["full_command"] = ContentClass.Commands | ContentClass.ToolInput,
        ["bash_command"] = ContentClass.Commands | ContentClass.ToolInput,
        ["bash_argv0"] = ContentClass.Commands,
        ["hook_definitions"] = ContentClass.Commands,
        ["process.command"] = ContentClass.Commands,
        ["process.command_line"] = ContentClass.Commands,
        ["process.command_args"] = ContentClass.Commands,

        ["gen_ai.input.messages"] = ContentClass.Conversation & ~ContentClass.Bodies,
        ["gen_ai.output.messages"] = ContentClass.Response | ContentClass.ToolInput,
        ["gen_ai.system_instructions"] = ContentClass.Bodies,
        ["gen_ai.tool.definitions"] = ContentClass.Bodies,
        ["gen_ai.tool.call.arguments"] = ContentClass.ToolInput,
        ["gen_ai.tool.call.result"] = ContentClass.ToolResult,
        ["gen_ai.prompt"] = ContentClass.Prompt | ContentClass.ToolResult,
        ["gen_ai.completion"] = ContentClass.Response | ContentClass.ToolInput,
        ["gen_ai.event.content"] = ContentClass.Conversation,
        ["gen_ai.request.instructions"] = ContentClass.Bodies,
        ["gen_ai.tool.description"] = ContentClass.Bodies,
        ["gen_ai.agent.description"] = ContentClass.Bodies,
        ["gen_ai.evaluation.explanation"] = ContentClass.Conversation,
        ["llm.prompt_template.template"] = ContentClass.Prompt | ContentClass.Bodies,
        ["llm.prompt_template.variables"] = ContentClass.Prompt | ContentClass.ToolResult,
        ["llm.invocation_parameters"] = ContentClass.Bodies,
        ["llm.function_call"] = ContentClass.ToolInput,
        ["tool.parameters"] = ContentClass.ToolInput,
        ["tool_arguments"] = ContentClass.ToolInput,
        ["tool_response"] = ContentClass.ToolResult,
        ["all_messages_events"] = ContentClass.Conversation,
        ["final_result"] = ContentClass.Response,
        ["crewai.task.description"] = ContentClass.Prompt,
        ["lk.input_text"] = ContentClass.Prompt,
        ["lk.response.text"] = ContentClass.Response,
        ["mlflow.spanInputs"] = ContentClass.Prompt | ContentClass.ToolResult,
        ["mlflow.spanOutputs"] = ContentClass.Response | ContentClass.ToolResult,
        ["db.query.text"] = ContentClass.ToolInput,
        ["db.statement"] = ContentClass.ToolInput,
        ["input.value"] = ContentClass.Prompt | ContentClass.ToolResult,
        ["output.value"] = ContentClass.Response | ContentClass.ToolResult,
        ["traceloop.entity.input"] = ContentClass.Prompt | ContentClass.ToolResult,
        ["traceloop.entity.output"] = ContentClass.Response | ContentClass.ToolResult,
        ["langfuse.trace.input"] = ContentClass.Prompt | ContentClass.ToolResult,
        ["langfuse.trace.output"] = ContentClass.Response | ContentClass.ToolResult,
        ["langfuse.observation.input"] = ContentClass.Prompt | ContentClass.ToolResult,
        ["langfuse.observation.output"] = ContentClass.Response | ContentClass.ToolResult,
        ["ai.prompt"] = ContentClass.Conversation & ~ContentClass.Bodies,
        ["ai.prompt.messages"] = ContentClass.Conversation & ~ContentClass.Bodies,
        ["ai.prompt.tools"] = ContentClass.Bodies,
        ["ai.response.text"] = ContentClass.Response,
        ["ai.response.object"] = ContentClass.Response,
        ["ai.response.toolCalls"] = ContentClass.ToolInput,
        ["ai.toolCall.args"] = ContentClass.ToolInput,
        ["ai.toolCall.result"] = ContentClass.ToolResult,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Indexed names, such as <c>gen_ai.prompt.0.content</c>.</summary>
    private static readonly (string Prefix, string Suffix, ContentClass Class)[] Indexed =
    [
        ("ai.prompt", "", ContentClass.Prompt | ContentClass.ToolResult | ContentClass.Bodies),
        ("ai.response.", "text", ContentClass.Response),
        ("ai.response.", "object", ContentClass.Response),
        ("ai.response.", "toolCalls", ContentClass.ToolInput),
        ("ai.toolCall.", "args", ContentClass.ToolInput),
        ("ai.toolCall.", "result", ContentClass.ToolResult),
        ("langfuse.observation.metadata", "", ContentClass.Conversation),
        ("langfuse.trace.metadata", "", ContentClass.Conversation),
        ("llm.prompts.", "", ContentClass.Prompt | ContentClass.ToolResult),
        ("llm.completions.", "", ContentClass.Response | ContentClass.ToolInput),
        ("llm.tools.", "", ContentClass.Bodies),
        ("retrieval.documents.", ".content", ContentClass.ToolResult),
        ("embedding.embeddings.", ".text", ContentClass.ToolResult),
        ("gen_ai.completion.", ".reasoning", ContentClass.Response),
        ("gen_ai.completion.", ".refusal", ContentClass.Response),
        ("gen_ai.prompt.", ".content", ContentClass.Prompt | ContentClass.ToolResult),
        ("gen_ai.prompt.", ".arguments", ContentClass.ToolInput),
        ("gen_ai.completion.", ".content", ContentClass.Response | ContentClass.ToolInput),
        ("gen_ai.completion.", ".arguments", ContentClass.ToolInput),
        ("llm.input_messages.", ".content", ContentClass.Prompt | ContentClass.ToolResult),
        ("llm.input_messages.", ".text", ContentClass.Prompt | ContentClass.ToolResult),
        ("llm.input_messages.", ".arguments", ContentClass.ToolInput),
        ("llm.output_messages.", ".content", ContentClass.Response | ContentClass.ToolInput),
        ("llm.output_messages.", ".text", ContentClass.Response | ContentClass.ToolInput),
        ("llm.output_messages.", ".arguments", ContentClass.ToolInput),
    ];

    /// <summary>Values of a tool's parameters that say what was called and not with what: the tree is built from them.</summary>
    private static readonly FrozenSet<string> Structural = FrozenSet.Create(
        StringComparer.Ordinal,
        "mcp_server_name",
        "mcp_tool_name",
        "skill_name",
        "subagent_type"
    );

    private static readonly FrozenDictionary<string, ContentClass> Properties = new Dictionary<string, ContentClass>(StringComparer.Ordinal)
    {
        ["file_path"] = ContentClass.Paths,
        ["filePath"] = ContentClass.Paths,
        ["notebook_path"] = ContentClass.Paths,
        ["path"] = ContentClass.Paths,
        ["paths"] = ContentClass.Paths,
        ["directory"] = ContentClass.Paths,
        ["cwd"] = ContentClass.Paths,
        ["outputFile"] = ContentClass.Paths,
        ["persistedOutputPath"] = ContentClass.Paths,
        ["filenames"] = ContentClass.Paths,
        ["command"] = ContentClass.Commands,
        ["bash_command"] = ContentClass.Commands,
        ["full_command"] = ContentClass.Commands,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <param name="name">An attribute's name.</param>
    /// <param name="text">Its value; null when it is no text.</param>
    /// <param name="kind">The record that it stands on.</param>
    public static ContentClass ClassOf(string name, string? text, RecordKind kind) =>
        Known.TryGetValue(name, out var known)
            ? known
            : name switch
            {
                "new_context" => ClassOfContext(text),
                // Old clients name the tool here; the event of this name holds its definition.
                "tool" => kind == RecordKind.ToolDefinition || text?.StartsWith('{') == true ? ContentClass.Bodies : ContentClass.None,
                "error" or "error_message" or "exception.message" or "exception.stacktrace" => ClassOfError(kind),
                _ => ClassOfIndexed(name),
            };

    /// <summary>The error of a tool or hook quotes what it said.</summary>
    public static ContentClass ClassOfError(RecordKind kind) =>
        kind switch
        {
            RecordKind.ToolResult or RecordKind.ToolSpan or RecordKind.ToolExecutionSpan => ContentClass.ToolResult,
            // Of another program's span, or one that nobody knows yet, it cannot be told whether a tool failed.
            RecordKind.UnknownSpan => ContentClass.ToolResult,
            RecordKind.HookSpan or RecordKind.HookExecutionComplete => ContentClass.ToolOutput | ContentClass.Commands,
            _ => ContentClass.None,
        };

    /// <param name="name">A property somewhere in the JSON text of a tool's input or result.</param>
    public static ContentClass ClassOfProperty(string? name) => name is null ? ContentClass.None : Properties.GetValueOrDefault(name);

    /// <param name="name">A property of <c>tool_parameters</c>.</param>
    public static bool IsStructural(string? name) => name is not null && Structural.Contains(name);

    /// <summary>Its parts are headed by markers; without one it can be anything.</summary>
    private static ContentClass ClassOfContext(string? text)
    {
        var isPrompt = text?.Contains("[USER", StringComparison.Ordinal) == true;
        var isResult = text?.Contains("[TOOL RESULT", StringComparison.Ordinal) == true;
        var isResponse = text?.Contains("[ASSISTANT", StringComparison.Ordinal) == true;
        return !isPrompt && !isResult && !isResponse
            ? ContentClass.Conversation
            : ContentClass.Bodies
                | (isPrompt ? ContentClass.Prompt : ContentClass.None)
                | (isResponse ? ContentClass.Response : ContentClass.None)
                | (isResult ? ContentClass.ToolResult : ContentClass.None);
    }

    private static ContentClass ClassOfIndexed(string name)
    {
        foreach (var (prefix, suffix, content) in Indexed)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(suffix, StringComparison.Ordinal))
            {
                return content;
            }
        }

        return ContentClass.None;
    }
}
