using System.Globalization;
using System.Text.Json;

namespace ClaudeBridge.Tests.StandIns;

/// <summary>Exports of sessions of which no two have anything in common: each has a user, a prompt, a model, a tool and labels of its own.</summary>
internal static class EndlessSessions
{
    /// <summary>Observations that a session becomes: its turn, a request, a tool.</summary>
    public const int Observations = 3;

    public static string IdOf(int number) => Invariant($"session-{number}");

    /// <summary>The number of the session with this id; -1 for none of these.</summary>
    public static int NumberOf(string id) =>
        id.StartsWith("session-", StringComparison.Ordinal)
        && int.TryParse(id.AsSpan("session-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : -1;

    /// <summary>An export of log records, in JSON: three of each session.</summary>
    /// <param name="begin">Of the session with the number 0; each is a millisecond after the one before it.</param>
    public static byte[] Logs(int first, int count, DateTimeOffset begin) =>
        Export(
            "resourceLogs",
            "scopeLogs",
            "logRecords",
            json =>
            {
                for (var number = first; number < first + count; number++)
                {
                    WriteRecords(json, number, begin);
                }
            }
        );

    /// <summary>An export of metrics, in JSON: one point, and so one series, of each session.</summary>
    /// <inheritdoc cref="Logs"/>
    public static byte[] Metrics(int first, int count, DateTimeOffset begin) =>
        Export(
            "resourceMetrics",
            "scopeMetrics",
            "metrics",
            json =>
            {
                json.WriteStartObject();
                json.WriteString("name", "claude_code.token.usage");
                json.WriteStartObject("sum");
                json.WriteNumber("aggregationTemporality", 1);
                json.WriteBoolean("isMonotonic", true);
                json.WriteStartArray("dataPoints");
                for (var number = first; number < first + count; number++)
                {
                    WritePoint(json, number, begin);
                }

                json.WriteEndArray();
                json.WriteEndObject();
                json.WriteEndObject();
            }
        );

    private static byte[] Export(string resources, string scopes, string things, Action<Utf8JsonWriter> write)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteStartArray(resources);
            json.WriteStartObject();
            json.WriteStartObject("resource");
            WriteAttributes(json, ("service.name", "claude-code"));
            json.WriteEndObject();
            json.WriteStartArray(scopes);
            json.WriteStartObject();
            json.WriteStartArray(things);
            write(json);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.ToArray();
    }

    private static void WriteRecords(Utf8JsonWriter json, int number, DateTimeOffset begin)
    {
        WriteRecord(json, number, 0, begin, ("event.name", "user_prompt"), ("prompt", $"prompt of {number}"), ("prompt_length", "12"));
        WriteRecord(
            json,
            number,
            1,
            begin,
            ("event.name", "api_request"),
            ("model", $"model-{number}"),
            ("request_id", $"req_{number}"),
            ("cost_usd", "0.01"),
            ("input_tokens", "10"),
            ("output_tokens", "5"),
            ("duration_ms", "1")
        );
        WriteRecord(
            json,
            number,
            2,
            begin,
            ("event.name", "tool_result"),
            ("tool_name", $"tool-{number}"),
            ("tool_use_id", $"toolu_{number}"),
            ("success", "true"),
            ("duration_ms", "1")
        );
    }

    private static void WriteRecord(
        Utf8JsonWriter json,
        int number,
        int sequence,
        DateTimeOffset begin,
        params (string Key, string Value)[] own
    )
    {
        json.WriteStartObject();
        json.WriteString("timeUnixNano", Nano(number, sequence, begin));
        WriteAttributes(
            json,
            [
                .. own,
                ("event.sequence", Invariant($"{sequence}")),
                ("session.id", IdOf(number)),
                ("user.id", $"user-{number}"),
                ("prompt.id", $"prompt-{number}"),
                ($"own.{number}", "x"),
            ]
        );
        json.WriteEndObject();
    }

    private static void WritePoint(Utf8JsonWriter json, int number, DateTimeOffset begin)
    {
        json.WriteStartObject();
        json.WriteString("startTimeUnixNano", Nano(number, 0, begin));
        json.WriteString("timeUnixNano", Nano(number, 2, begin));
        json.WriteString("asInt", "15");
        WriteAttributes(
            json,
            ("session.id", IdOf(number)),
            ("user.id", $"user-{number}"),
            ("model", $"model-{number}"),
            ("type", $"type-{number}")
        );
        json.WriteEndObject();
    }

    private static void WriteAttributes(Utf8JsonWriter json, params (string Key, string Value)[] pairs)
    {
        json.WriteStartArray("attributes");
        foreach (var (key, value) in pairs)
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteStartObject("value");
            json.WriteString("stringValue", value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Nano(int number, int sequence, DateTimeOffset begin) =>
        Invariant($"{begin.ToUnixTimeMilliseconds() + number + sequence}000000");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
