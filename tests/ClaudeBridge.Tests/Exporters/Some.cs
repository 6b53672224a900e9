using ClaudeBridge.Sessions;

namespace ClaudeBridge.Tests.Exporters;

/// <summary>Valid traces and observations, to be varied with <c>with</c>.</summary>
internal static class Some
{
    private const ulong Second = 1_000_000_000;
    private const ulong Noon = 1_772_366_400 * Second;

    public static TraceId Trace(int number = 1) => new((UInt128)number << 64 | 7);

    public static TraceContext Context(string session = "session-1") =>
        new()
        {
            SessionId = session,
            UserId = "ada@example.com",
            Name = "claude-code",
            Tags = ["terminal:vscode"],
            Version = "2.1.0",
            Metadata = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["organization_id"] = "org-1" },
        };

    public static Observation Root(int number = 1) =>
        new()
        {
            Id = new ObservationId((ulong)number),
            Type = ObservationType.Agent,
            Name = "claude-code",
            StartUnixNano = Noon,
            EndUnixNano = Noon + 20 * Second,
            Input = "[prompt redacted, 213 chars]",
            Output = "done",
            Readiness = Readiness.Root,
        };

    public static Observation Generation(int number = 2, int parent = 1) =>
        new()
        {
            Id = new ObservationId((ulong)number),
            ParentId = new ObservationId((ulong)parent),
            Type = ObservationType.Generation,
            Name = "claude-opus-4-8",
            StartUnixNano = Noon + (ulong)number * Second,
            EndUnixNano = Noon + (ulong)number * Second + Second / 2,
            Model = "claude-opus-4-8",
            Usage = new Usage(12, 800, 15_000, 2_000),
            Cost = 0.06883m,
            Readiness = Readiness.Complete,
        };

    public static Observation Tool(int number = 3, int parent = 2) =>
        new()
        {
            Id = new ObservationId((ulong)number),
            ParentId = new ObservationId((ulong)parent),
            Type = ObservationType.Tool,
            Name = "Bash",
            StartUnixNano = Noon + (ulong)number * Second,
            EndUnixNano = Noon + (ulong)number * Second + Second / 4,
            Input = """{"command":"ls"}""",
            Readiness = Readiness.Complete,
        };

    public static SessionScores Scores(string session, params (string Name, decimal Value)[] scores) =>
        new()
        {
            SessionId = session,
            Timestamp = Clock.ToTime(Noon),
            FirstTrace = Trace(),
            Environment = "prod",
            Scores = [.. scores.Select(static score => new SessionScore(score.Name, score.Value))],
        };
}
