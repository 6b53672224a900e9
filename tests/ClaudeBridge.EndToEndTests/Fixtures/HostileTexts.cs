using System.Globalization;
using System.Text;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>Texts that mean something to a terminal, a browser, a spreadsheet, a file system, a database or a reader of Unicode, in every place that a client can fill.</summary>
internal static class HostileTexts
{
    /// <summary>Stands for three bytes that are no UTF-8; as long as what takes its place.</summary>
    private const string NoUtf8 = "\ue000";

    private static readonly byte[] s_half = [0xED, 0xA0, 0x80];

    public static readonly string[] All =
    [
        "nul\0mid",
        "\u0001\u0007\b controls",
        "\u001b[31mred\u001b[0m",
        "\u001b]0;title\u0007osc",
        "\u009b31m c1",
        "\u202eevil\u202c",
        "\u2066isolate\u2067\u2068\u2069",
        "\ufeffbom",
        "\u200bzero\u200d\u2060width",
        "\U000E0041\U000E0042tags",
        "line\u2028paragraph\u2029end",
        "a\r\nSet-Cookie: x=1\r\n\r\n<b>",
        "\"quoted' `code`",
        "<script>alert(1)</script>",
        "</title></style><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "=cmd|'/c calc'!A1",
        "+1+1",
        "@SUM(1)",
        "\t=1",
        "../../../../etc/passwd",
        "..\\..\\windows",
        "%2e%2e%2f",
        "\" OR words MATCH \"a",
        "NEAR(a b) AND NOT c*",
        "%_%",
        "'; DROP TABLE traces;--",
        "[red]markup[/]",
        "|pipe|**bold**|[a](javascript:b)",
        "{0} {{7*7}} ${x}",
        "\ud83d\ude00 \u00e9 \u4e2d \u05d0",
        NoUtf8 + "half of a character",
        "__proto__",
        new('x', 10_000),
    ];

    /// <summary>One turn in a session of its own for each text, a metric, and a span of another program; each text stands wherever a text can.</summary>
    /// <param name="number">Which text.</param>
    public static IEnumerable<WireRequest> Requests(int number)
    {
        var text = All[number];
        foreach (var signal in (Signal[])[Signal.Logs, Signal.Traces, Signal.Metrics])
        {
            var json = Bytes(
                signal switch
                {
                    Signal.Logs => Logs(text, number),
                    Signal.Traces => Traces(text, number),
                    _ => Metrics(text, number),
                }
            );
            yield return (number % 3) switch
            {
                0 => WireRequest.Json(signal, json, $"text {number}"),
                1 => new(Transport.Http, signal, OtlpEncoding.Protobuf, Protobuf(signal, json), false, $"text {number}"),
                _ => new(Transport.Grpc, signal, OtlpEncoding.Protobuf, Protobuf(signal, json), false, $"text {number}"),
            };
        }
    }

    private static string Logs(string text, int number)
    {
        var records = new[]
        {
            Record(0, ("event.name", "user_prompt"), ("prompt", text)),
            Record(
                1,
                ("event.name", "api_request"),
                ("model", text),
                ("request_id", text),
                ("cost_usd", text),
                ("input_tokens", "5"),
                ("query_source", text),
                ("agent.id", text),
                ("agent.name", text)
            ),
            Record(
                2,
                ("event.name", "tool_result"),
                ("tool_name", text),
                ("tool_use_id", text),
                ("tool_parameters", text),
                ("tool_input", text),
                ("error", text),
                ("success", "false"),
                ("duration_ms", text)
            ),
            Record(3, ("event.name", "api_error"), ("error", text), ("status_code", text), ("model", text)),
            Record(4, ("event.name", text)),
        };
        return $$"""
            {"resourceLogs":[{"resource":{"attributes":[{{Pairs([
                ("service.name", "claude-code"),
                ("service.version", text),
                ("team", text),
                ("vcs.repository.name", text),
                ("deployment.environment.name", text),
                ("member", text),
                (text, text),
            ])}}]},
            "scopeLogs":[{"scope":{"name":"com.anthropic.claude_code.events","version":{{Quoted(text)}}},"logRecords":[{{string.Join(
                ',',
                records
            )}}]}]}]}
            """;

        string Record(int sequence, params (string, string)[] own) =>
            $$"""
                {"timeUnixNano":"{{Nano(number, sequence)}}","body":{"stringValue":{{Quoted(text)}}},"severityText":{{Quoted(
                    text
                )}},"eventName":"",
                "attributes":[{{Pairs([
                    .. own,
                    ("session.id", text),
                    ("prompt.id", text),
                    ("user.id", text),
                    ("user.email", text),
                    ("organization.id", text),
                    ("terminal.type", text),
                    ("event.sequence", $"{sequence}"),
                    (text, text),
                ])}}]}
                """;
    }

    private static string Traces(string text, int number) =>
        $$"""
            {"resourceSpans":[{"resource":{"attributes":[{{Pairs([
                ("service.name", text),
                (text, text),
            ])}}]},"scopeSpans":[{"scope":{"name":{{Quoted(text)}}},"spans":[
            {"traceId":"{{number + 1:x32}}","spanId":"{{number + 1:x16}}","name":{{Quoted(text)}},"kind":1,"startTimeUnixNano":"{{Nano(
                number,
                0
            )}}","endTimeUnixNano":"{{Nano(number, 1)}}","traceState":{{Quoted(text)}},
            "attributes":[{{Pairs([
                ("gen_ai.operation.name", "chat"),
                ("gen_ai.request.model", text),
                ("gen_ai.prompt", text),
                ("session.id", text),
                ("user.id", text),
                (text, text),
            ])}}],
            "events":[{"name":{{Quoted(text)}},"attributes":[{{Pairs([
                ("exception.message", text),
            ])}}]}],"status":{"code":2,"message":{{Quoted(text)}} } }]}]}]}
            """;

    private static string Metrics(string text, int number) =>
        $$"""
            {"resourceMetrics":[{"resource":{"attributes":[{{Pairs([("service.name", "claude-code"), ("team", text)])}}]},"scopeMetrics":[{"scope":{"name":"com.anthropic.claude_code"},"metrics":[
            {{string.Join(',', ((string[])["claude_code.token.usage", "claude_code.commit.count", text]).Select(name => $$"""
            {"name":{{Quoted(name)}},"unit":{{Quoted(text)}},"description":{{Quoted(text)}},"sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"startTimeUnixNano":"{{Nano(number, 0)}}","timeUnixNano":"{{Nano(number, 1)}}","asInt":"1",
            "attributes":[{{Pairs([("session.id", text), ("user.id", text), ("model", text), ("type", text), (text, text)])}}]}]} }
            """))}}]}]}]}
            """;

    private static string Nano(int number, int sequence) =>
        (Begin + (number * 60_000) + sequence).ToString(CultureInfo.InvariantCulture) + "000000";

    private static readonly long Begin = TimeProvider.System.GetUtcNow().AddHours(-2).ToUnixTimeMilliseconds();

    private static string Pairs(IEnumerable<(string Key, string Value)> pairs) =>
        string.Join(
            ',',
            pairs.Select(static pair => $$$"""{"key":{{{Quoted(pair.Key)}}},"value":{"stringValue":{{{Quoted(pair.Value)}}}}}""")
        );

    /// <summary>Every character but plain ones as an escape, as a hostile client may write them.</summary>
    private static string Quoted(string text)
    {
        var json = new StringBuilder("\"");
        foreach (var unit in text)
        {
            _ =
                unit is >= ' ' and <= '~' and not ('"' or '\\') || unit == NoUtf8[0]
                    ? json.Append(unit)
                    : json.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
        }

        return json.Append('"').ToString();
    }

    private static byte[] Bytes(string json) => Broken(Encoding.UTF8.GetBytes(json));

    /// <summary>The same message; what is no UTF-8 is put in afterwards, since no writer would write it.</summary>
    private static byte[] Protobuf(Signal signal, byte[] json)
    {
        var whole = OtlpDecoder.Decode(signal, OtlpEncoding.Json, Mended(json));
        return Broken(
            signal switch
            {
                Signal.Logs => Google.Protobuf.MessageExtensions.ToByteArray(whole.Logs!),
                Signal.Traces => Google.Protobuf.MessageExtensions.ToByteArray(whole.Traces!),
                _ => Google.Protobuf.MessageExtensions.ToByteArray(whole.Metrics!),
            }
        );
    }

    private static byte[] Broken(byte[] bytes) => Replace(bytes, Encoding.UTF8.GetBytes(NoUtf8), s_half);

    private static byte[] Mended(byte[] bytes) => Replace(bytes, s_half, Encoding.UTF8.GetBytes(NoUtf8));

    private static byte[] Replace(byte[] bytes, byte[] from, byte[] to)
    {
        for (var at = 0; bytes.AsSpan(at).IndexOf(from) is >= 0 and var next; at += from.Length)
        {
            at += next;
            to.CopyTo(bytes, at);
        }

        return bytes;
    }
}
