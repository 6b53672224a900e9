using System.Collections.Frozen;

namespace ClaudeBridge.ClaudeCode;

/// <summary>What a record of Claude Code speaks of: its log events by name, then its beta spans.</summary>
/// <remarks>The names are the client's; https://code.claude.com/docs/en/monitoring-usage lists the documented ones.</remarks>
public enum RecordKind : byte
{
    /// <summary>An event that nobody knows yet. It is kept and shown as it came.</summary>
    UnknownEvent,
    UserPrompt,
    ApiRequest,
    ApiError,
    ApiRefusal,
    ApiRetriesExhausted,
    AssistantResponse,
    ApiRequestBody,
    ApiResponseBody,
    ToolDecision,
    ToolResult,
    SubagentCompleted,
    Compaction,
    HookRegistered,
    HookExecutionStart,
    HookExecutionComplete,
    McpServerConnection,
    InternalError,
    Auth,
    SkillActivated,
    AtMention,
    PermissionModeChanged,
    PluginLoaded,
    PluginInstalled,
    ManagedSettingsResolved,
    RetentionSweep,
    SystemPrompt,
    ToolDefinition,

    /// <summary>A span that nobody knows yet.</summary>
    UnknownSpan,
    InteractionSpan,
    LlmRequestSpan,
    ToolSpan,
    ToolExecutionSpan,
    BlockedOnUserSpan,
    HookSpan,

    /// <summary>A span of another program that speaks of a model, an agent or a tool.</summary>
    ForeignSpan,

    /// <summary>What is kept of another program's other spans: only where it stands.</summary>
    ForeignLink,
}

/// <summary>From the client's names to kinds, and what a kind means for a turn.</summary>
public static class RecordKinds
{
    /// <summary>Stands before event names in bodies and before all span names.</summary>
    public const string Prefix = "claude_code.";

    private static readonly FrozenDictionary<string, RecordKind> Events = new Dictionary<string, RecordKind>(StringComparer.Ordinal)
    {
        ["user_prompt"] = RecordKind.UserPrompt,
        ["api_request"] = RecordKind.ApiRequest,
        ["api_error"] = RecordKind.ApiError,
        ["api_refusal"] = RecordKind.ApiRefusal,
        ["api_retries_exhausted"] = RecordKind.ApiRetriesExhausted,
        ["assistant_response"] = RecordKind.AssistantResponse,
        ["api_request_body"] = RecordKind.ApiRequestBody,
        ["api_response_body"] = RecordKind.ApiResponseBody,
        ["tool_decision"] = RecordKind.ToolDecision,
        ["code_edit_tool.decision"] = RecordKind.ToolDecision,
        ["tool_result"] = RecordKind.ToolResult,
        ["subagent_completed"] = RecordKind.SubagentCompleted,
        ["compaction"] = RecordKind.Compaction,
        ["hook_registered"] = RecordKind.HookRegistered,
        ["hook_execution_start"] = RecordKind.HookExecutionStart,
        ["hook_execution_complete"] = RecordKind.HookExecutionComplete,
        ["mcp_server_connection"] = RecordKind.McpServerConnection,
        ["internal_error"] = RecordKind.InternalError,
        ["auth"] = RecordKind.Auth,
        ["skill_activated"] = RecordKind.SkillActivated,
        ["at_mention"] = RecordKind.AtMention,
        ["permission_mode_changed"] = RecordKind.PermissionModeChanged,
        ["plugin_loaded"] = RecordKind.PluginLoaded,
        ["plugin_installed"] = RecordKind.PluginInstalled,
        ["managed_settings_resolved"] = RecordKind.ManagedSettingsResolved,
        ["retention_sweep"] = RecordKind.RetentionSweep,
        ["system_prompt"] = RecordKind.SystemPrompt,
        ["tool"] = RecordKind.ToolDefinition,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, RecordKind> Spans = new Dictionary<string, RecordKind>(StringComparer.Ordinal)
    {
        ["interaction"] = RecordKind.InteractionSpan,
        ["llm_request"] = RecordKind.LlmRequestSpan,
        ["tool"] = RecordKind.ToolSpan,
        ["tool.execution"] = RecordKind.ToolExecutionSpan,
        ["tool.blocked_on_user"] = RecordKind.BlockedOnUserSpan,
        ["hook"] = RecordKind.HookSpan,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The events that are known, with their prefix, sorted.</summary>
    public static IReadOnlyList<string> EventNames { get; } =
    [.. Events.Keys.Select(static name => Prefix + name).Order(StringComparer.Ordinal)];

    /// <summary>The spans that are known, with their prefix, sorted.</summary>
    public static IReadOnlyList<string> SpanNames { get; } =
    [.. Spans.Keys.Select(static name => Prefix + name).Order(StringComparer.Ordinal)];

    /// <param name="name">An event name with or without the prefix.</param>
    public static RecordKind OfEvent(string name) => Events.GetValueOrDefault(WithoutPrefix(name), RecordKind.UnknownEvent);

    /// <param name="name">A span name with or without the prefix.</param>
    public static RecordKind OfSpan(string name) => Spans.GetValueOrDefault(WithoutPrefix(name), RecordKind.UnknownSpan);

    public static string WithoutPrefix(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;

    /// <summary>Only what a person or the model did opens a turn; start-up, connection and housekeeping records wait for one.</summary>
    public static bool OpensTurn(this RecordKind kind) =>
        kind
            is not (
                RecordKind.McpServerConnection
                or RecordKind.RetentionSweep
                or RecordKind.PermissionModeChanged
                or RecordKind.HookRegistered
                or RecordKind.HookExecutionStart
                or RecordKind.HookExecutionComplete
                or RecordKind.PluginLoaded
                or RecordKind.PluginInstalled
                or RecordKind.ManagedSettingsResolved
                or RecordKind.Auth
                or RecordKind.InternalError
                or RecordKind.HookSpan
                or RecordKind.ForeignLink
            );

    /// <summary>The kinds that make up a turn even without any id that says which turn: old clients send only these.</summary>
    public static bool IsConversation(this RecordKind kind) => kind is >= RecordKind.UserPrompt and <= RecordKind.Compaction;

    /// <summary>Records whose span id, in the main loop, is that of the prompt's own <c>interaction</c> span.</summary>
    /// <remarks>A <c>tool_decision</c> names the wait instead, a <c>skill_activated</c> the tool that ran.</remarks>
    public static bool NamesInteraction(this RecordKind kind) =>
        kind
            is RecordKind.UserPrompt
                or RecordKind.ApiRequest
                or RecordKind.ApiError
                or RecordKind.ApiRefusal
                or RecordKind.ApiRetriesExhausted
                or RecordKind.AssistantResponse
                or RecordKind.ApiRequestBody
                or RecordKind.ApiResponseBody
                or RecordKind.ToolResult;
}
