namespace ClaudeBridge.ClaudeCode;

/// <summary>What makes Claude Code send to a bridge. https://docs.claude.com/en/docs/claude-code/monitoring-usage</summary>
internal static class ClientSettings
{
    public const string Telemetry = "CLAUDE_CODE_ENABLE_TELEMETRY";
    public const string Logs = "OTEL_LOGS_EXPORTER";
    public const string Metrics = "OTEL_METRICS_EXPORTER";
    public const string Traces = "OTEL_TRACES_EXPORTER";
    public const string Beta = "CLAUDE_CODE_ENHANCED_TELEMETRY_BETA";
    public const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    public const string Headers = "OTEL_EXPORTER_OTLP_HEADERS";
    public const string Prompts = "OTEL_LOG_USER_PROMPTS";
    public const string ToolDetails = "OTEL_LOG_TOOL_DETAILS";
    public const string ToolContent = "OTEL_LOG_TOOL_CONTENT";
    public const string RawBodies = "OTEL_LOG_RAW_API_BODIES";

    /// <param name="scheme"><c>http</c> or <c>https</c>.</param>
    /// <param name="httpPort">The bridge's OTLP/HTTP port on this machine.</param>
    /// <param name="needsKey">The bridge wants a key; the block says where it goes and never holds it.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> For(string scheme, string host, int httpPort, bool needsKey) =>
        For($"{scheme}://{host}:{httpPort}", needsKey, namesUser: false);

    /// <param name="endpoint">What the client puts <c>/v1/logs</c> and the like behind.</param>
    /// <param name="needsKey">The bridge wants a key; the block says where it goes and never holds it.</param>
    /// <param name="namesUser">Say where a user's id goes.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> For(string endpoint, bool needsKey, bool namesUser)
    {
        List<KeyValuePair<string, string>> settings =
        [
            new(Telemetry, "1"),
            new(Logs, "otlp"),
            new(Metrics, "otlp"),
            new(Traces, "otlp"),
            new(Beta, "1"),
            new(Protocol, "http/protobuf"),
            new(Endpoint, endpoint),
        ];
        string[] headers =
        [
            .. needsKey ? ["x-api-key=YOUR_API_KEY"] : (string[])[],
            .. namesUser ? ["x-user-id=YOUR_USER_ID"] : (string[])[],
        ];
        if (headers.Length > 0)
        {
            settings.Add(new(Headers, string.Join(',', headers)));
        }

        return settings;
    }

    /// <summary>What a client needs for TLS, and when. Node reads the first itself, the others are OpenTelemetry's.</summary>
    public static readonly IReadOnlyList<KeyValuePair<string, string>> Certificates =
    [
        new("NODE_EXTRA_CA_CERTS", "of an authority that this machine does not know"),
        new("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "its own, where the bridge asks for one"),
        new("OTEL_EXPORTER_OTLP_CLIENT_KEY", "the key of its own"),
    ];

    /// <summary>Switches that send contents, and what each sends. None is on by default.</summary>
    public static readonly IReadOnlyList<KeyValuePair<string, string>> Contents =
    [
        new(Prompts + "=1", "prompts and answers (else their lengths alone)"),
        new(ToolDetails + "=1", "tool inputs, commands, paths, error texts"),
        new(ToolContent + "=1", "tool outputs"),
        new(RawBodies + "=1", "whole requests and answers of the model API"),
    ];
}
