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

    /// <summary>The requests of one turn in their order. A bridge may take a pause between two of them for the turn's end, and send it as it is then.</summary>
    public IEnumerable<WireRequest> Requests(int turn)
    {
        yield return Logs(turn, "prompt", [Prompt(turn)]);
        yield return Logs(turn, "tool", [Request(turn, 1), Tool(turn)]);
        yield return Logs(turn, "answer", [Request(turn, 2)]);
    }

    /// <summary>The same turn in one request: whenever a bridge looks at it, it is whole.</summary>
    public WireRequest Whole(int turn) => Logs(turn, "whole", [Prompt(turn), Request(turn, 1), Tool(turn), Request(turn, 2)]);

    private JsonObject Prompt(int turn) =>
        Event(turn, 0, 0, "user_prompt", new() { ["prompt_length"] = $"{promptLength}", ["prompt"] = _prompt });

    private JsonObject Request(int turn, int number) =>
        Event(
            turn,
            number == 1 ? 900 : 2500,
            number == 1 ? 1 : 3,
            "api_request",
            new()
            {
                ["model"] = "claude-opus-5-5",
                ["input_tokens"] = 10 + turn,
                ["output_tokens"] = 5,
                ["cost_usd"] = 0.001m * number,
                ["duration_ms"] = 600,
                ["request_id"] = Id("req_", turn, number),
            }
        );

    private JsonObject Tool(int turn) =>
        Event(
            turn,
            1500,
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
        );

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

    /// <param name="after">Milliseconds since the turn began.</param>
    private JsonObject Event(int turn, int after, int sequence, string kind, Dictionary<string, object> own)
    {
        var time = Begin.AddSeconds(turn * 10).AddMilliseconds(after);
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
