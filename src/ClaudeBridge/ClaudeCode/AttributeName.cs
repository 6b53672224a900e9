using System.Collections.Frozen;

namespace ClaudeBridge.ClaudeCode;

/// <summary>One meaning with all the names that client versions have given it, the newest first.</summary>
public sealed class AttributeName
{
    /// <summary>A name that a setting gives. Names that the program itself knows stand in <see cref="ClaudeCode.Names"/>, where they are found faster.</summary>
    public AttributeName(params string[] names)
        : this(names, []) { }

    internal AttributeName(string[] names, byte[] ids) => (Names, Ids) = (names, ids);

    public IReadOnlyList<string> Names { get; }

    /// <summary>One number a name, in the order of <see cref="Names"/>; empty for names that are not known beforehand.</summary>
    internal byte[] Ids { get; }
}

/// <summary>Every attribute of Claude Code's telemetry that is read here: the one place to change when the client renames one.</summary>
/// <remarks>Each name has a number, so that a value is found by comparing bytes instead of texts: see <see cref="Attributes"/>.</remarks>
public static class Names
{
    /// <summary>Stands for every name that nothing here reads.</summary>
    internal const byte Unknown = 0;

    /// <summary>Stands before the name of an attribute of which less was kept than came: the value is its first length in characters.</summary>
    public const string OriginalLengthPrefix = "claudebridge.original_length.";

    private static readonly Dictionary<string, byte> Registry = new(StringComparer.Ordinal);

    public static readonly AttributeName EventName = Known("event.name");
    public static readonly AttributeName Timestamp = Known("event.timestamp");
    public static readonly AttributeName Sequence = Known("event.sequence");
    public static readonly AttributeName SessionId = Known("session.id", "claude.session.id");
    public static readonly AttributeName ConversationId = Known("gen_ai.conversation.id");
    public static readonly AttributeName PromptId = Known("prompt.id");
    public static readonly AttributeName AgentId = Known("agent_id");
    public static readonly AttributeName ParentAgentId = Known("parent_agent_id");
    public static readonly AttributeName QuerySource = Known("query_source", "query_source_safe");
    public static readonly AttributeName RequestId = Known("request_id", "gen_ai.response.id");
    public static readonly AttributeName RequestContext = Known("llm_request.context");
    public static readonly AttributeName ClientRequestId = Known("client_request_id");
    public static readonly AttributeName ToolUseId = Known("tool_use_id", "use_id", "gen_ai.tool.call.id");
    public static readonly AttributeName AppVersion = Known("app.version");

    public static readonly AttributeName Prompt = Known("prompt", "prompt_text", "user_prompt");
    public static readonly AttributeName PromptLength = Known("prompt_length", "user_prompt_length");
    public static readonly AttributeName CommandName = Known("command_name");
    public static readonly AttributeName CommandSource = Known("command_source");

    public static readonly AttributeName Model = Known("model", "gen_ai.request.model");
    public static readonly AttributeName InputTokens = Known("input_tokens");
    public static readonly AttributeName OutputTokens = Known("output_tokens");
    public static readonly AttributeName CacheReadTokens = Known("cache_read_tokens", "cache_read_input_tokens");
    public static readonly AttributeName CacheCreationTokens = Known("cache_creation_tokens", "cache_creation_input_tokens");
    public static readonly AttributeName CacheCreation5mTokens = Known("cache_creation_5m_tokens");
    public static readonly AttributeName CacheCreation1hTokens = Known("cache_creation_1h_tokens");
    public static readonly AttributeName CostMicros = Known("cost_usd_micros");
    public static readonly AttributeName Cost = Known("cost_usd", "cost");
    public static readonly AttributeName DurationMs = Known("duration_ms", "duration", "api.response_time", "interaction.duration_ms");
    public static readonly AttributeName TtftMs = Known("ttft_ms");
    public static readonly AttributeName FirstContentMs = Known("first_content_ms");
    public static readonly AttributeName Effort = Known("effort");
    public static readonly AttributeName Speed = Known("speed");
    public static readonly AttributeName StopReason = Known("stop_reason");
    public static readonly AttributeName Attempt = Known("attempt");
    public static readonly AttributeName TotalAttempts = Known("total_attempts");
    public static readonly AttributeName TotalRetryDurationMs = Known("total_retry_duration_ms");
    public static readonly AttributeName StatusCode = Known("status_code");
    public static readonly AttributeName Error = Known("error", "error_message");
    public static readonly AttributeName ErrorClass = Known("error_class");
    public static readonly AttributeName ErrorType = Known("error_type", "error.type");
    public static readonly AttributeName AgentName = Known("agent.name");
    public static readonly AttributeName SkillName = Known("skill.name", "skill_name");
    public static readonly AttributeName PluginName = Known("plugin.name");
    public static readonly AttributeName McpServerName = Known("mcp_server.name", "anthropic.mcp.server.name", "server_name");
    public static readonly AttributeName McpToolName = Known("mcp_tool.name");

    public static readonly AttributeName Response = Known("response", "response.model_output");
    public static readonly AttributeName ResponseLength = Known("response_length");
    public static readonly AttributeName Body = Known("body");
    public static readonly AttributeName BodyRef = Known("body_ref");
    public static readonly AttributeName BodyLength = Known("body_length");
    public static readonly AttributeName BodyTruncated = Known("body_truncated");
    public static readonly AttributeName RequestBodyId = Known("request_body_id");

    public static readonly AttributeName ToolName = Known("tool_name", "tool", "gen_ai.tool.name");
    public static readonly AttributeName ToolParameters = Known("tool_parameters");
    public static readonly AttributeName ToolInput = Known("tool_input");
    public static readonly AttributeName ToolInputSize = Known("tool_input_size_bytes");
    public static readonly AttributeName ToolResultSize = Known("tool_result_size_bytes");
    public static readonly AttributeName NewContext = Known("new_context");
    public static readonly AttributeName FullCommand = Known("full_command");
    public static readonly AttributeName FilePath = Known("file_path");
    public static readonly AttributeName SubagentType = Known("subagent_type");
    public static readonly AttributeName Success = Known("success");
    public static readonly AttributeName Decision = Known("decision", "decision_type");
    public static readonly AttributeName DecisionSource = Known("source", "decision_source");
    public static readonly AttributeName PermissionMode = Known("permission_mode");
    public static readonly AttributeName GitRevision = Known("vcs.ref.head.revision");
    public static readonly AttributeName GitBranch = Known("vcs.ref.head.name");

    public static readonly AttributeName Output = Known("output", "content");
    public static readonly AttributeName OutputTruncated = Known("output_truncated", "content_truncated");
    public static readonly AttributeName OutputLength = Known("output_original_length", "content_original_length");
    public static readonly AttributeName BashCommand = Known("bash_command");

    public static readonly AttributeName AgentType = Known("agent_type");
    public static readonly AttributeName AgentSource = Known("agent.source");
    public static readonly AttributeName IsAsync = Known("is_async");
    public static readonly AttributeName TotalTokens = Known("total_tokens");
    public static readonly AttributeName TotalToolUses = Known("total_tool_uses");
    public static readonly AttributeName FinalModel = Known("final_model");

    public static readonly AttributeName PreTokens = Known("pre_tokens");
    public static readonly AttributeName PostTokens = Known("post_tokens");

    public static readonly AttributeName HookName = Known("hook_name", "hook_event");
    public static readonly AttributeName HookCount = Known("num_hooks");
    public static readonly AttributeName HookBlocking = Known("num_blocking");
    public static readonly AttributeName HookErrors = Known("num_non_blocking_error");
    public static readonly AttributeName HookDurationMs = Known("total_duration_ms", "duration_ms");
    public static readonly AttributeName ConnectionStatus = Known("status");
    public static readonly AttributeName ErrorName = Known("error_name");
    public static readonly AttributeName Action = Known("action");

    public static readonly AttributeName MetricType = Known("type");
    public static readonly AttributeName Language = Known("language");

    public static readonly AttributeName ServiceName = Known("service.name");
    public static readonly AttributeName ServiceVersion = Known("service.version");
    public static readonly AttributeName Environment = Known("deployment.environment.name", "deployment.environment");

    // Who and for what. The lists of attribution are settings and name them by text; standing here makes them found fast.
    public static readonly AttributeName UserEmail = Known("user.email");
    public static readonly AttributeName UserAccountUuid = Known("user.account_uuid");
    public static readonly AttributeName UserId = Known("user.id");
    public static readonly AttributeName UserName = Known("user.name");
    public static readonly AttributeName EndUserId = Known("enduser.id");
    public static readonly AttributeName Member = Known("member");
    public static readonly AttributeName MemberEmail = Known("member.email");
    public static readonly AttributeName OrganizationId = Known("organization.id");
    public static readonly AttributeName UserAccountId = Known("user.account_id");
    public static readonly AttributeName Plan = Known("anthropic.plan");
    public static readonly AttributeName SeatType = Known("anthropic.seat_type");
    public static readonly AttributeName Provider = Known("anthropic.provider");
    public static readonly AttributeName Team = Known("team.id", "team");
    public static readonly AttributeName Department = Known("department");
    public static readonly AttributeName CostCenter = Known("cost_center");
    public static readonly AttributeName Repository = Known("vcs.repository.name");
    public static readonly AttributeName RepositoryUrl = Known("vcs.repository.url.full");
    public static readonly AttributeName RepositoryOwner = Known("vcs.owner.name");
    public static readonly AttributeName RepositoryProvider = Known("vcs.provider.name");
    public static readonly AttributeName Terminal = Known("terminal.type");
    public static readonly AttributeName Entrypoint = Known("app.entrypoint");
    public static readonly AttributeName OsType = Known("os.type");
    public static readonly AttributeName OsVersion = Known("os.version");
    public static readonly AttributeName Architecture = Known("host.arch");
    public static readonly AttributeName Host = Known("host.name");

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

    /// <summary>Of the numbers those that only a whole one can be; a fraction is left out and counted.</summary>
    public static readonly AttributeName[] WholeNumbers =
    [
        Sequence,
        InputTokens,
        OutputTokens,
        CacheReadTokens,
        CacheCreationTokens,
        CacheCreation5mTokens,
        CacheCreation1hTokens,
        CostMicros,
    ];

    /// <summary>Must stay the last field: it closes the registry.</summary>
    private static readonly FrozenDictionary<string, byte> IdsByName = Registry.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>One name alone, without the others of its meaning; found as fast as those above where it is one of them.</summary>
    internal static AttributeName Of(string name) =>
        IdOf(name) is not Unknown and var id ? new AttributeName([name], [id]) : new AttributeName(name);

    /// <summary>The number of a name; <see cref="Unknown"/> when nothing here reads it.</summary>
    internal static byte IdOf(string name) => IdsByName.GetValueOrDefault(name, Unknown);

    private static AttributeName Known(params string[] names)
    {
        var ids = new byte[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            if (!Registry.TryGetValue(names[i], out ids[i]))
            {
                Registry[names[i]] = ids[i] = checked((byte)(Registry.Count + 1));
            }
        }

        return new AttributeName(names, ids);
    }
}
