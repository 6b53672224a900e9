using ClaudeBridge.Sessions;
using ClaudeBridge.Store;

namespace ClaudeBridge.Tests.Cli;

/// <summary>Valid summaries with the differences that a test names.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Time = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public static SessionDetail Session(string id = "ba7d0de2-a043-4f55-82b9-acd0de0a49ad", params TraceDetail[] traces) =>
        new()
        {
            SessionId = id,
            StartTime = Time,
            EndTime = Time.AddSeconds(75),
            Traces = traces.Length,
            Generations = 2,
            Tools = 1,
            Errors = 1,
            Usage = new UsageSummary(1200, 34, 11_800, 0),
            Cost = "0.06883",
            CostMicros = 68_830,
            ClientVersion = "2.1.329",
            Completeness = "complete",
            CompletenessReasons = [],
            TraceList = traces,
        };

    public static TraceDetail Trace(string id, params ObservationDetail[] observations) =>
        new()
        {
            TraceId = id,
            PromptId = "9f1e9c3a-8c64-4e0c-9b35-5e7a3c7f6a01",
            Name = "claude-code",
            StartTime = Time,
            EndTime = Time.AddSeconds(4),
            Input = "How many?",
            Output = "Three.",
            Level = "DEFAULT",
            Observations = observations,
        };

    public static TotalsRow Row(string cost = "0", params (string Name, string Value)[] key) =>
        new()
        {
            Key = key.ToDictionary(static pair => pair.Name, static pair => pair.Value),
            Sessions = 1,
            Traces = 2,
            Generations = 3,
            Tools = 4,
            Errors = 0,
            Usage = new UsageSummary(1200, 34, 11_800, 0),
            Cost = cost,
            CostMicros = 0,
            Metrics = new ClaudeBridge.Sessions.Metrics.MetricSums { LinesAdded = 12, LinesRemoved = 2 },
        };

    public static ObservationDetail Observation(string id, string? parent = null, string type = "TOOL", string name = "Bash") =>
        new()
        {
            Id = id,
            ParentId = parent,
            Type = type,
            Name = name,
            StartTime = Time.AddMilliseconds(48),
            EndTime = Time.AddMilliseconds(111),
            Level = "DEFAULT",
            Metadata = new Dictionary<string, string>(),
        };
}

/// <summary>A store that holds what it is given.</summary>
internal sealed class SomeStore(params SessionDetail[] sessions) : IStoreQueries
{
    public TotalsRequest? Asked { get; private set; }

    public IReadOnlyList<TotalsRow> Rows { get; init; } = [];

    public TotalsRow? Rest { get; init; }

    public IReadOnlyList<SessionSummary> Sessions(int limit = int.MaxValue) => [.. sessions.Take(limit)];

    public SessionDetail? Session(string sessionId) =>
        sessions.Where(session => session.SessionId.StartsWith(sessionId, StringComparison.Ordinal)).ToList() is [var only] ? only : null;

    public TurnFigures? Turn(TraceId traceId, string sessionId, ObservationId root, string tenant = "") => null;

    public SessionDetail? SessionOfTrace(string traceId) =>
        sessions.FirstOrDefault(session => session.TraceList.Any(trace => trace.TraceId.StartsWith(traceId, StringComparison.Ordinal)));

    public TotalsReport Totals(TotalsRequest request)
    {
        Asked = request;
        return new()
        {
            By = request.By,
            From = request.From,
            To = request.To,
            Rows = Rows,
            Rest = Rest,
            Total = Some.Row(),
        };
    }
}
