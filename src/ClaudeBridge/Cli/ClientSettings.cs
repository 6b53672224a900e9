namespace ClaudeBridge.Cli;

/// <summary>What makes Claude Code send to a bridge. https://docs.claude.com/en/docs/claude-code/monitoring-usage</summary>
internal static class ClientSettings
{
    /// <param name="httpPort">The bridge's OTLP/HTTP port on this machine.</param>
    /// <param name="needsKey">The bridge wants a key; the block says where it goes and never holds it.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> For(string host, int httpPort, bool needsKey)
    {
        List<KeyValuePair<string, string>> settings =
        [
            new("CLAUDE_CODE_ENABLE_TELEMETRY", "1"),
            new("OTEL_LOGS_EXPORTER", "otlp"),
            new("OTEL_METRICS_EXPORTER", "otlp"),
            new("OTEL_TRACES_EXPORTER", "otlp"),
            new("CLAUDE_CODE_ENHANCED_TELEMETRY_BETA", "1"),
            new("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            new("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://{host}:{httpPort}"),
        ];
        if (needsKey)
        {
            settings.Add(new("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=YOUR_API_KEY"));
        }

        return settings;
    }

    /// <summary>Switches that send contents, and what each sends. None is on by default.</summary>
    public static readonly IReadOnlyList<KeyValuePair<string, string>> Contents =
    [
        new("OTEL_LOG_USER_PROMPTS=1", "prompts and answers (else their lengths alone)"),
        new("OTEL_LOG_TOOL_DETAILS=1", "tool inputs, commands, paths, error texts"),
        new("OTEL_LOG_TOOL_CONTENT=1", "tool outputs"),
        new("OTEL_LOG_RAW_API_BODIES=1", "whole requests and answers of the model API"),
    ];
}
