namespace ClaudeBridge.ClaudeCode;

/// <summary>One meaning with all the names that client versions have given it, the newest first.</summary>
public sealed class AttributeName(params string[] names)
{
    public IReadOnlyList<string> Names { get; } = names;

    /// <summary>The name that is written where the value is shown.</summary>
    public string Newest => Names[0];

    internal string[] All => names;
}

/// <summary>Every attribute of Claude Code's telemetry that is read here: the one place to change when the client renames one.</summary>
public static class Names
{
    public static readonly AttributeName EventName = new("event.name");
    public static readonly AttributeName Sequence = new("event.sequence");
    public static readonly AttributeName SessionId = new("session.id", "claude.session.id");
    public static readonly AttributeName ConversationId = new("gen_ai.conversation.id");
    public static readonly AttributeName PromptId = new("prompt.id");
    public static readonly AttributeName AgentId = new("agent_id");
    public static readonly AttributeName ParentAgentId = new("parent_agent_id");
    public static readonly AttributeName QuerySource = new("query_source", "query_source_safe");
    public static readonly AttributeName RequestId = new("request_id", "gen_ai.response.id");
    public static readonly AttributeName ClientRequestId = new("client_request_id");
    public static readonly AttributeName ToolUseId = new("tool_use_id", "use_id", "gen_ai.tool.call.id");
    public static readonly AttributeName AppVersion = new("app.version");

    public static readonly AttributeName Prompt = new("prompt", "prompt_text", "user_prompt");
    public static readonly AttributeName PromptLength = new("prompt_length", "user_prompt_length");
    public static readonly AttributeName CommandName = new("command_name");
    public static readonly AttributeName CommandSource = new("command_source");

    public static readonly AttributeName Model = new("model", "gen_ai.request.model");
    public static readonly AttributeName InputTokens = new("input_tokens");
    public static readonly AttributeName OutputTokens = new("output_tokens");
    public static readonly AttributeName CacheReadTokens = new("cache_read_tokens", "cache_read_input_tokens");
    public static readonly AttributeName CacheCreationTokens = new("cache_creation_tokens", "cache_creation_input_tokens");
    public static readonly AttributeName CacheCreation5mTokens = new("cache_creation_5m_tokens");
    public static readonly AttributeName CacheCreation1hTokens = new("cache_creation_1h_tokens");
    public static readonly AttributeName CostMicros = new("cost_usd_micros");
    public static readonly AttributeName Cost = new("cost_usd", "cost");
    public static readonly AttributeName DurationMs = new("duration_ms", "duration", "api.response_time", "interaction.duration_ms");
    public static readonly AttributeName TtftMs = new("ttft_ms");
    public static readonly AttributeName FirstContentMs = new("first_content_ms");
    public static readonly AttributeName Effort = new("effort");
    public static readonly AttributeName Speed = new("speed");
    public static readonly AttributeName StopReason = new("stop_reason");
    public static readonly AttributeName Attempt = new("attempt");
    public static readonly AttributeName TotalAttempts = new("total_attempts");
    public static readonly AttributeName TotalRetryDurationMs = new("total_retry_duration_ms");
    public static readonly AttributeName StatusCode = new("status_code");
    public static readonly AttributeName Error = new("error", "error_message");
    public static readonly AttributeName ErrorClass = new("error_class");
    public static readonly AttributeName ErrorType = new("error_type", "error.type");
    public static readonly AttributeName AgentName = new("agent.name");
    public static readonly AttributeName SkillName = new("skill.name", "skill_name");
    public static readonly AttributeName PluginName = new("plugin.name");
    public static readonly AttributeName McpServerName = new("mcp_server.name", "anthropic.mcp.server.name", "server_name");
    public static readonly AttributeName McpToolName = new("mcp_tool.name");

    public static readonly AttributeName Response = new("response", "response.model_output");
    public static readonly AttributeName ResponseLength = new("response_length");
    public static readonly AttributeName Body = new("body");
    public static readonly AttributeName BodyRef = new("body_ref");
    public static readonly AttributeName BodyLength = new("body_length");
    public static readonly AttributeName BodyTruncated = new("body_truncated");
    public static readonly AttributeName RequestBodyId = new("request_body_id");

    public static readonly AttributeName ToolName = new("tool_name", "tool", "gen_ai.tool.name");
    public static readonly AttributeName ToolParameters = new("tool_parameters");
    public static readonly AttributeName ToolInput = new("tool_input");
    public static readonly AttributeName ToolInputSize = new("tool_input_size_bytes");
    public static readonly AttributeName ToolResultSize = new("tool_result_size_bytes");
    public static readonly AttributeName NewContext = new("new_context");
    public static readonly AttributeName FullCommand = new("full_command");
    public static readonly AttributeName FilePath = new("file_path");
    public static readonly AttributeName SubagentType = new("subagent_type");
    public static readonly AttributeName Success = new("success");
    public static readonly AttributeName Decision = new("decision", "decision_type");
    public static readonly AttributeName DecisionSource = new("source", "decision_source");
    public static readonly AttributeName PermissionMode = new("permission_mode");
    public static readonly AttributeName GitRevision = new("vcs.ref.head.revision");
    public static readonly AttributeName GitBranch = new("vcs.ref.head.name");

    public static readonly AttributeName AgentType = new("agent_type");
    public static readonly AttributeName AgentSource = new("agent.source");
    public static readonly AttributeName IsAsync = new("is_async");
    public static readonly AttributeName TotalTokens = new("total_tokens");
    public static readonly AttributeName TotalToolUses = new("total_tool_uses");
    public static readonly AttributeName FinalModel = new("final_model");

    public static readonly AttributeName Trigger = new("trigger");
    public static readonly AttributeName PreTokens = new("pre_tokens");
    public static readonly AttributeName PostTokens = new("post_tokens");

    public static readonly AttributeName HookName = new("hook_name", "hook_event");
    public static readonly AttributeName HookCount = new("num_hooks");
    public static readonly AttributeName HookBlocking = new("num_blocking");
    public static readonly AttributeName HookErrors = new("num_non_blocking_error");
    public static readonly AttributeName HookDurationMs = new("total_duration_ms", "duration_ms");
    public static readonly AttributeName ConnectionStatus = new("status");
    public static readonly AttributeName ErrorName = new("error_name");
    public static readonly AttributeName ErrorCode = new("error_code");
    public static readonly AttributeName Action = new("action");
    public static readonly AttributeName ToMode = new("to_mode");
    public static readonly AttributeName MentionType = new("mention_type");

    public static readonly AttributeName ServiceName = new("service.name");
    public static readonly AttributeName ServiceVersion = new("service.version");
    public static readonly AttributeName Environment = new("deployment.environment.name", "deployment.environment");

    /// <summary>Values that are numbers; what cannot be read as one is left out and counted.</summary>
    public static readonly AttributeName[] Numbers =
    [
        Sequence,
        PromptLength,
        InputTokens,
        OutputTokens,
        CacheReadTokens,
        CacheCreationTokens,
        CacheCreation5mTokens,
        CacheCreation1hTokens,
        CostMicros,
        Cost,
        DurationMs,
        TtftMs,
        FirstContentMs,
        Attempt,
        TotalAttempts,
        TotalRetryDurationMs,
        ResponseLength,
        BodyLength,
        ToolInputSize,
        ToolResultSize,
        TotalTokens,
        TotalToolUses,
        PreTokens,
        PostTokens,
        HookCount,
        HookBlocking,
        HookErrors,
    ];
}
