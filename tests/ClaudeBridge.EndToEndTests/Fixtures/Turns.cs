using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>Made-up turns of Claude Code: a prompt, a request that asks for a tool, the tool, and a request that answers. All ids follow from the numbers given.</summary>
/// <param name="name">What tells the sessions of one sender from those of another.</param>
/// <param name="promptLength">How many characters each prompt has.</param>
internal sealed class Turns(string name, int promptLength = 4)
{
    private const int TurnsInSession = 10;

    private static readonly DateTimeOffset Begin = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    private readonly string _prompt = "Look".PadRight(promptLength, '.');

    /// <summary>The requests of one turn in their order.</summary>
    public IEnumerable<WireRequest> Requests(int turn)
    {
        var time = Begin.AddSeconds(turn * 10);
        yield return Logs(
            turn,
            "prompt",
            [Event(turn, time, 0, "user_prompt", new() { ["prompt_length"] = $"{promptLength}", ["prompt"] = _prompt })]
        );
        yield return Logs(
            turn,
            "tool",
            [
                Event(turn, time.AddMilliseconds(900), 1, "api_request", Api(turn, 1)),
                Event(
                    turn,
                    time.AddMilliseconds(1500),
                    2,
                    "tool_result",
                    new()
                    {
                        ["tool_name"] = "Read",
                        ["tool_use_id"] = Id("toolu_", turn, 1),
                        ["request_id"] = Id("req_", turn, 1),
                        ["success"] = "true",
                        ["duration_ms"] = "100",
                    }
                ),
            ]
        );
        yield return Logs(turn, "answer", [Event(turn, time.AddMilliseconds(2500), 3, "api_request", Api(turn, 2))]);
    }

    private WireRequest Logs(int turn, string part, JsonArray records)
    {
        var body = new JsonObject
        {
            ["resourceLogs"] = new JsonArray(
                new JsonObject
                {
                    ["resource"] = new JsonObject { ["attributes"] = Attributes(new() { ["service.name"] = "claude-code" }) },
                    ["scopeLogs"] = new JsonArray(
                        new JsonObject
                        {
                            ["scope"] = new JsonObject { ["name"] = "com.anthropic.claude_code.events", ["version"] = "2.1.329" },
                            ["logRecords"] = records,
                        }
                    ),
                }
            ),
        };
        return WireRequest.Json(Signal.Logs, Encoding.UTF8.GetBytes(body.ToJsonString()), $"{name} turn {turn} {part}");
    }

    private JsonObject Event(int turn, DateTimeOffset time, int sequence, string kind, Dictionary<string, object> own)
    {
        var number = turn % TurnsInSession * 4 + sequence;
        var all = new Dictionary<string, object>
        {
            ["session.id"] = $"{name}-{turn / TurnsInSession}",
            ["user.id"] = "user-1",
            ["prompt.id"] = $"{Fnv(name):x8}-0000-4000-8000-{turn:x12}",
            ["event.name"] = kind,
            ["event.timestamp"] = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["event.sequence"] = number,
        };
        foreach (var (key, value) in own)
        {
            all[key] = value;
        }

        return new JsonObject
        {
            ["timeUnixNano"] = ((time - DateTimeOffset.UnixEpoch).Ticks * 100).ToString(CultureInfo.InvariantCulture),
            ["body"] = new JsonObject { ["stringValue"] = "claude_code." + kind },
            ["attributes"] = Attributes(all),
        };
    }

    private Dictionary<string, object> Api(int turn, int number) =>
        new()
        {
            ["model"] = "claude-opus-5-5",
            ["input_tokens"] = 10 + turn,
            ["output_tokens"] = 5,
            ["cost_usd"] = 0.001m * number,
            ["duration_ms"] = 600,
            ["request_id"] = Id("req_", turn, number),
        };

    private string Id(string prefix, int turn, int number) => $"{prefix}{Fnv(name):x8}{turn:x8}{number:x8}";

    private static JsonArray Attributes(Dictionary<string, object> pairs) =>
        [
            .. pairs.Select(static pair => new JsonObject
            {
                ["key"] = pair.Key,
                ["value"] = pair.Value switch
                {
                    int number => new JsonObject { ["intValue"] = number.ToString(CultureInfo.InvariantCulture) },
                    decimal number => new JsonObject { ["doubleValue"] = number },
                    _ => new JsonObject { ["stringValue"] = (string)pair.Value },
                },
            }),
        ];

    /// <summary>The same in every run, which <see cref="string.GetHashCode()"/> is not.</summary>
    private static uint Fnv(string text) => text.Aggregate(2166136261u, static (hash, letter) => (hash ^ letter) * 16777619u);
}
