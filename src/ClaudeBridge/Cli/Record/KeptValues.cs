using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace ClaudeBridge.Cli.Record;

/// <summary>What a scrubbed recording keeps: the attributes whose values say how the client works and nothing about who used it for what.</summary>
/// <remarks>A list of what is kept, not of what is removed: an attribute that nobody knows yet is scrubbed.</remarks>
internal static partial class KeptValues
{
    /// <summary>Attributes whose values are words of the protocol; kept when they look like one.</summary>
    private static readonly FrozenSet<string> Words = FrozenSet.Create(
        "event.name",
        "span.type",
        "terminal.type",
        "anthropic.provider",
        "anthropic.plan",
        "anthropic.seat_type",
        "app.version",
        "app.entrypoint",
        "host.arch",
        "os.type",
        "os.version",
        "wsl.version",
        "service.version",
        "telemetry.sdk.name",
        "telemetry.sdk.language",
        "telemetry.sdk.version",
        "gen_ai.system",
        "gen_ai.provider.name",
        "gen_ai.operation.name",
        "gen_ai.response.finish_reasons",
        "llm_request.context",
        "query_source",
        "query_source_safe",
        "speed",
        "effort",
        "stop_reason",
        "decision",
        "source",
        "tool_source",
        "permission_mode",
        "from_mode",
        "to_mode",
        "trigger",
        "success",
        "status",
        "status_code",
        "error_type",
        "error.type",
        "error_class",
        "error_code",
        "error_category",
        "decision_source",
        "decision_type",
        "mcp_server_scope",
        "server_scope",
        "transport_type",
        "vcs.ref.head.type",
        "vcs.provider.name",
        "plugin.scope",
        "enabled_via",
        "safe_mode",
        "command_source",
        "managed_settings.trigger",
        "managed_settings.source_behavior",
        "managed_settings.helper.state",
        "managed_settings.helper.applied",
        "hook_event",
        "managed_only",
        "hook_source",
        "hook_type",
        "agent.source",
        "invocation_trigger",
        "skill.source",
        "result",
        "used_default",
        "precompute_reuse",
        "mention_type",
        "parent.source",
        "start_type",
        "type",
        "language",
        "body_truncated",
        "output_truncated",
        "bash_command_class",
        "auth_method",
        "action",
        "role",
        "media_type",
        "stop_sequence"
    );

    /// <summary>Attributes that hold a number, a flag or a time, as such or as text; kept when they do.</summary>
    private static readonly FrozenSet<string> Numbers = FrozenSet.Create(
        "event.sequence",
        "event.timestamp",
        "interaction.sequence",
        "queued_sends",
        "attempt",
        "total_attempts",
        "status_code",
        "period_days",
        "cost",
        "cost_usd",
        "cost_usd_micros",
        "total_tokens",
        "total_tool_uses",
        "pre_tokens",
        "post_tokens",
        "num_outputs_persisted",
        "transcripts_deleted",
        "transcripts_exempted_desktop",
        "session_files_deleted",
        "artifacts_deleted",
        "files_retained_fresh",
        "files_past_cutoff",
        "history_entries_pruned",
        "limit",
        "offset",
        "timeout",
        "max_tokens",
        "budget_tokens",
        "temperature"
    );

    /// <summary>Attributes that name what the client ships with; kept when the name is one of those.</summary>
    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        "tool_name",
        "tool_name_safe",
        "gen_ai.tool.name",
        "name",
        "tool",
        "agent.name",
        "agent_type",
        "subagent_type",
        "command_name",
        "bash_command",
        "bash_argv0",
        "hook_name",
        "hook_matcher",
        "service.name",
        "marketplace.name",
        "skill.name",
        "skill_name",
        "model",
        "final_model",
        "gen_ai.request.model",
        "gen_ai.response.model"
    );

    private static readonly FrozenSet<string> Shipped = FrozenSet.Create(
        "claude-code",
        "Agent",
        "AskUserQuestion",
        "Bash",
        "BashOutput",
        "DeferredToolPlaceholder",
        "Edit",
        "EnterPlanMode",
        "ExitPlanMode",
        "Glob",
        "Grep",
        "KillShell",
        "ListMcpResourcesTool",
        "LS",
        "MultiEdit",
        "NotebookEdit",
        "NotebookRead",
        "Read",
        "ReadMcpResourceTool",
        "SendMessage",
        "Skill",
        "SlashCommand",
        "StructuredOutput",
        "Task",
        "TaskCreate",
        "TaskGet",
        "TaskList",
        "TaskOutput",
        "TaskStop",
        "TaskUpdate",
        "TodoRead",
        "TodoWrite",
        "ToolSearch",
        "WebFetch",
        "WebSearch",
        "Write",
        "mcp_tool",
        "custom",
        "custom_skill",
        "general-purpose",
        "Explore",
        "Plan",
        "statusline-setup",
        "output-style-setup",
        "claude-code-guide",
        "compact",
        "clear",
        "exit",
        "help",
        "init",
        "review",
        "model",
        "resume",
        "cost",
        "mcp",
        "agents",
        "builtin",
        "inline",
        "PreToolUse",
        "PostToolUse",
        "SessionStart",
        "SessionEnd",
        "UserPromptSubmit",
        "Stop",
        "SubagentStop",
        "PreCompact",
        "Notification"
    );

    /// <summary>Suffixes of attributes that count or measure something.</summary>
    private static readonly string[] MeasureSuffixes =
    [
        "_ms",
        "_bytes",
        "_tokens",
        "_length",
        "_count",
        "_chars",
        "_total",
        "num_hooks",
        "num_success",
        "num_blocking",
        "num_non_blocking_error",
        "num_cancelled",
        "_tool_calls",
    ];

    /// <summary>Whether a value of this attribute may be stored as it is.</summary>
    public static bool MayKeep(string key, string value) =>
        value.Length == 0
        || Markers.Contains(value)
        || IsNumberKey(key) && NumberFlagOrTime().IsMatch(value)
        || Words.Contains(key) && Word().IsMatch(value)
        || Names.Contains(key) && IsShipped(value);

    public static bool IsNumberKey(string key) =>
        Numbers.Contains(key) || Array.Exists(MeasureSuffixes, suffix => key.EndsWith(suffix, StringComparison.Ordinal));

    /// <summary>Texts by which the client says that it left something out.</summary>
    private static readonly FrozenSet<string> Markers = FrozenSet.Create("<REDACTED>", "<redacted>", "true", "false");

    /// <summary>Names of what the client ships with, also with a matcher (<c>PreToolUse:Bash</c>); model names of Anthropic.</summary>
    private static bool IsShipped(string value) =>
        Shipped.Contains(value)
        || ModelName().IsMatch(value)
        || value.Split(':') is { Length: 2 } parts && Array.TrueForAll(parts, Shipped.Contains);

    [GeneratedRegex(
        @"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$|^(true|false)$|^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex NumberFlagOrTime();

    /// <summary>Short, and without anything that addresses, hashes or numbers have: no blank, @, slash, and no run of seven digits.</summary>
    [GeneratedRegex(
        @"^(?!.*[0-9]{7})[A-Za-z0-9][A-Za-z0-9_.:+-]{0,39}$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Word();

    [GeneratedRegex(
        @"^([a-z]{2,6}\.)?(anthropic[./])?claude-[a-z0-9.@:-]{1,60}(\[[0-9a-z]{1,6}\])?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex ModelName();
}
