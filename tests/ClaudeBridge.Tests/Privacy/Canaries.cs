using ClaudeBridge.Otlp;
using ClaudeBridge.Tests.StandIns;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Tests.Privacy;

/// <summary>Recordings with secrets and marked contents planted in them: in every attribute that holds contents, and in everything that holds text at all.</summary>
internal static class Canaries
{
    /// <summary>Never to be seen again; put together so that no scanner takes the test for a leak.</summary>
    public static readonly string[] Secrets =
    [
        "sk-ant-" + "api03-CANARYanthropic0123",
        "ghp_" + "CANARYgithub0123456789abcdef0123456789",
        "AKIA" + "CANARYAWS0123456",
        "glpat-" + "CANARYgitlab01234567",
        "eyJ" + "CANARYjwt012345.eyJ" + "CANARYpayload0.CANARYsignature",
        "CANARYurlpassword",
        "CANARYassigned1",
        "CANARYbearer0123",
        "MIICANARYprivatekey0123456789",
        "CANARYescaped1",
    ];

    public static readonly string[] Contents =
    [
        "CONTENT-prompt",
        "CONTENT-response",
        "CONTENT-input",
        "CONTENT-output",
        "CONTENT-body",
        "content-mail@example.com",
        "CONTENT-path",
        "CONTENT-command",
    ];

    private static readonly string[] Sources =
    [
        "2.1.329-detailed-tracing-http-json",
        "2.1.329-raw-bodies-long-http-json",
        "2.1.329-hooks-http-json",
        "2.1.329-tool-failure-http-json",
        "2.1.329-traceparent-http-json",
        "2.1.329-subagent-http-json",
    ];

    private static readonly string AllSecrets =
        $"{Secrets[0]} {Secrets[1]} {Secrets[2]} {Secrets[3]} {Secrets[4]} postgres://app:{Secrets[5]}@db/x PASSWORD={Secrets[6]} "
        + $"Authorization: Bearer {Secrets[7]} -----BEGIN RSA PRIVATE KEY-----\\n{Secrets[8]}\\n-----END RSA PRIVATE KEY-----";

    /// <summary>As it stands inside a JSON text.</summary>
    private static readonly string Escaped = AllSecrets + $" {{\\\"api_key\\\":\\\"{Secrets[9]}\\\"}}";

    public static IEnumerable<DecodedExport> Exports()
    {
        foreach (var export in Sources.SelectMany(static name => Recording.Open(name).Requests).Select(static request => request.Decode()))
        {
            foreach (var group in export.Logs?.ResourceLogs ?? [])
            {
                Plant(group.Resource.Attributes);
                foreach (var log in group.ScopeLogs.SelectMany(static scope => scope.LogRecords))
                {
                    Plant(log.Attributes);
                }
            }

            foreach (var group in export.Traces?.ResourceSpans ?? [])
            {
                Plant(group.Resource.Attributes);
                foreach (var span in group.ScopeSpans.SelectMany(static scope => scope.Spans))
                {
                    Plant(span.Attributes);
                    span.TraceState = "x=" + Secrets[0];
                    if (span.Status?.Message.Length > 0)
                    {
                        span.Status.Message += " CONTENT-output " + AllSecrets;
                    }

                    foreach (var item in span.Events)
                    {
                        Plant(item.Attributes, item.Name == "tool.output" ? "CONTENT-output" : null);
                    }
                }
            }

            foreach (var group in export.Metrics?.ResourceMetrics ?? [])
            {
                Plant(group.Resource.Attributes);
                foreach (var point in group.ScopeMetrics.SelectMany(static scope => scope.Metrics).SelectMany(PointsOf))
                {
                    Plant(point.Attributes);
                }
            }

            yield return export;
        }
    }

    /// <summary>The same as a folder for <c>replay</c>.</summary>
    public static string WriteTo(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (number, export) in Exports().Index())
        {
            File.WriteAllBytes(
                Path.Combine(folder, $"{number + 1:000}-{export.Signal.ToString().ToLowerInvariant()}.pb"),
                export.ToProtobuf()
            );
        }

        return folder;
    }

    private static IEnumerable<NumberDataPoint> PointsOf(Metric metric) => metric.Sum?.DataPoints ?? metric.Gauge?.DataPoints ?? [];

    private static void Plant(RepeatedField<KeyValue> attributes, string? marker = null)
    {
        foreach (var pair in attributes)
        {
            if (pair.Value.ValueCase == AnyValue.ValueOneofCase.StringValue)
            {
                pair.Value.StringValue = PlantedIn(pair.Key, pair.Value.StringValue, marker);
            }
        }

        attributes.Add(Pair("user.email", "content-mail@example.com"));
        attributes.Add(Pair("note.of.team", $"{AllSecrets} by content-mail@example.com"));
        attributes.Add(
            new KeyValue
            {
                Key = "workspace.host_paths",
                Value = new AnyValue
                {
                    ArrayValue = new ArrayValue
                    {
                        Values =
                        {
                            new AnyValue { StringValue = "/home/CONTENT-path" },
                            new AnyValue { StringValue = "/home/" + Secrets[1] },
                        },
                    },
                },
            }
        );
    }

    private static string PlantedIn(string name, string text, string? marker) =>
        name switch
        {
            "prompt" or "prompt_text" or "user_prompt" => $"{text} CONTENT-prompt {AllSecrets}",
            "response" or "response.model_output" => $"{text} CONTENT-response {AllSecrets}",
            "tool_input" or "tool_parameters" when text.Contains('{') => InJson(text),
            "full_command" or "bash_command" or "hook_definitions" => $"CONTENT-command {text} {AllSecrets}",
            "file_path" or "body_ref" => $"{text}/CONTENT-path {AllSecrets}",
            "error" => $"{text} CONTENT-output {AllSecrets}",
            "new_context" when text.StartsWith("[TOOL", StringComparison.Ordinal) => $"{text} CONTENT-output {Escaped}",
            "new_context" => $"{text} CONTENT-prompt {Escaped}",
            "body" => $"{{\"x\":\"CONTENT-prompt CONTENT-response CONTENT-input CONTENT-output CONTENT-body {Escaped}\"}}{text}",
            "system_prompt" or "system_prompt_preview" or "user_system_prompt" or "system_reminders" or "tools" =>
                $"{text} CONTENT-body {AllSecrets}",
            "tool" when text.StartsWith('{') => $"{text} CONTENT-body {AllSecrets}",
            "output" or "content" => $"{text} {marker} {AllSecrets}",
            _ => text,
        };

    private static string InJson(string text)
    {
        var brace = text.IndexOf('{', StringComparison.Ordinal) + 1;
        return $"{text[..brace]}\"note\":\"CONTENT-input {Escaped}\",\"file_path\":\"/CONTENT-path\",\"command\":\"CONTENT-command\",{text[brace..]}";
    }

    private static KeyValue Pair(string key, string value) =>
        new()
        {
            Key = key,
            Value = new AnyValue { StringValue = value },
        };
}
