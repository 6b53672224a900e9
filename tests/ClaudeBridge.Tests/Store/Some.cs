using ClaudeBridge.Sessions;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Tests.Store;

/// <summary>Valid values for what a test does not care about.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Time = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public static readonly TraceId TraceId = new(new UInt128(1, 2));

    public static ulong Nano(DateTimeOffset time) => (ulong)(time - DateTimeOffset.UnixEpoch).Ticks * 100;

    public static Observation Observation(
        ulong id = 1,
        ObservationType type = ObservationType.Generation,
        Readiness readiness = Readiness.Complete,
        string name = "claude-sonnet-4-5",
        decimal? cost = null,
        Usage? usage = null,
        ObservationLevel level = ObservationLevel.Default,
        string? output = null,
        double atSecond = 0
    ) =>
        new()
        {
            Id = new ObservationId(id),
            ParentId = readiness == Readiness.Root ? null : new ObservationId(ulong.MaxValue),
            Type = type,
            Name = name,
            StartUnixNano = Nano(Time.AddSeconds(atSecond)),
            EndUnixNano = Nano(Time.AddSeconds(atSecond + 1)),
            Level = level,
            Cost = cost,
            Usage = usage,
            Output = output,
            Readiness = readiness,
            Metadata = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["request_id"] = $"req_{id}" },
        };

    public static Observation Root(string? output = null, double atSecond = 0) =>
        Observation(ulong.MaxValue, ObservationType.Agent, Readiness.Root, "claude-code", output: output, atSecond: atSecond);

    public static TraceContext Context(string sessionId = "session-1") =>
        new()
        {
            SessionId = sessionId,
            Name = "claude-code",
            UserId = "user-1",
            Version = "2.1.329",
            Tags = new List<string> { "terminal:vscode" },
            Metadata = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["team"] = "blue", ["organisation"] = "o" },
        };

    public static TraceView Trace(
        IReadOnlyList<Observation> observations,
        TraceId? id = null,
        TraceContext? context = null,
        bool isOver = false,
        bool isRootEnded = false,
        bool isOpened = true,
        string? input = "hello"
    ) =>
        new()
        {
            Id = id ?? TraceId,
            Context = context ?? Context(),
            PromptId = "prompt-1",
            StartUnixNano = observations.Min(static one => one.StartUnixNano),
            EndUnixNano = observations.Max(static one => one.EndUnixNano),
            Input = input,
            Output = "bye",
            Level = observations.Max(static one => one.Level),
            Observations = observations,
            IsOver = isOver,
            IsRootEnded = isRootEnded,
            IsOpened = isOpened,
        };

    public static SessionChange Change(params TraceView[] traces) =>
        new()
        {
            SessionKey = traces.Length == 0 ? "session-1" : traces[0].Context.SessionId,
            NewFacts = [],
            Buckets = [],
            Traces = traces,
            RemovedTraces = [],
            Duplicates = 0,
        };

    public static Origin Origin(string host = "laptop") =>
        new(
            new Resource
            {
                Attributes =
                {
                    new KeyValue
                    {
                        Key = "host.name",
                        Value = new AnyValue { StringValue = host },
                    },
                },
            },
            new InstrumentationScope { Name = "com.anthropic.claude_code.events", Version = "2.1.329" }
        );

    public static Fact Fact(ulong id, Origin? origin = null, string body = "claude_code.api_request") =>
        new()
        {
            Id = new RecordId(new UInt128(7, id)),
            Origin = origin ?? Origin(),
            Log = new LogRecord
            {
                TimeUnixNano = Nano(Time) + id,
                Body = new AnyValue { StringValue = body },
                Attributes =
                {
                    new KeyValue
                    {
                        Key = "session.id",
                        Value = new AnyValue { StringValue = "session-1" },
                    },
                },
            },
        };
}
