using ClaudeBridge.Store;

namespace ClaudeBridge.Tests.Dashboard;

/// <summary>One turn with an agent inside, a wait for a person, a failure, an inferred place, and texts that are nasty.</summary>
internal static class FakeTrace
{
    public static IReadOnlyList<ObservationDetail> Observations(DateTimeOffset start) =>
        [
            One(
                "a000000000000001",
                null,
                "AGENT",
                "claude-code",
                start,
                0,
                28_000,
                input: "Find all routes and all tables.",
                output: "14 routes."
            ),
            One("a000000000000002", "a000000000000001", "GENERATION", "claude-opus-5-5", start, 60, 3_250, cost: 68_800),
            One("a000000000000003", "a000000000000002", "TOOL", "Agent", start, 3_430, 12_000, input: "{\"prompt\":\"find the routes\"}"),
            One("a000000000000004", "a000000000000003", "AGENT", "general-purpose", start, 3_440, 11_500),
            One("a000000000000005", "a000000000000004", "GENERATION", "claude-haiku-4-5", start, 4_000, 2_790, cost: 26_600),
            One("a000000000000006", "a000000000000005", "TOOL", "Read", start, 6_760, 480, inferred: true),
            One("a000000000000007", "a000000000000004", "GENERATION", "claude-haiku-4-5", start, 7_710, 7_130, cost: 2_400),
            One(
                "a000000000000008",
                "a000000000000001",
                "TOOL",
                "Bash",
                start,
                19_000,
                3_000,
                level: "ERROR",
                status: "Exit code 1: " + FakePages.Nasty,
                input: "{\"command\":\"dotnet test --filter 'Routes'\"}",
                output: FakePages.Nasty + new string('z', 5_000),
                waited: 3_500
            ),
            One("a000000000000009", "a000000000000001", "TOOL", "mcp__" + FakePages.LongWord, start, 22_500, 0, level: "WARNING"),
            One(
                "a00000000000000a",
                "a000000000000001",
                "EVENT",
                "hook_failed",
                start,
                23_000,
                0,
                level: "WARNING",
                status: "PostToolUse: " + FakePages.Nasty
            ),
            One("a00000000000000b", "a000000000000001", "SPAN", "compaction", start, 23_500, 900),
            One(
                "a00000000000000c",
                "a000000000000001",
                "GENERATION",
                "claude-opus-5-5",
                start,
                24_500,
                3_400,
                cost: 7_900,
                output: "14 routes."
            ),
        ];

    public static ObservationDetail One(
        string id,
        string? parent,
        string type,
        string name,
        DateTimeOffset start,
        int from,
        int length,
        long? cost = null,
        string level = "DEFAULT",
        string? status = null,
        string? input = null,
        string? output = null,
        int? waited = null,
        bool inferred = false
    )
    {
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["request_id"] = "req_" + id,
            ["note"] = FakePages.Nasty,
        };
        if (waited is { } milliseconds)
        {
            metadata["waited_ms"] = $"{milliseconds}";
        }

        if (inferred)
        {
            metadata["nesting"] = "inferred";
        }

        return new()
        {
            Id = id,
            ParentId = parent,
            Type = type,
            Name = name,
            StartTime = start.AddMilliseconds(from),
            EndTime = start.AddMilliseconds(from + length),
            Level = level,
            StatusMessage = status,
            Model = type == "GENERATION" ? name : null,
            Usage = type == "GENERATION" ? new(12, 240, 11_000, 1_800) : null,
            Cost = cost is { } micros ? $"{micros / 1_000_000m}" : null,
            CostMicros = cost,
            Input = input,
            Output = output,
            Metadata = metadata,
        };
    }
}
