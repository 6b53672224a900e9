using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;

namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>The log records of one session in the order in which the client counts them, and the requests that carry them.</summary>
internal sealed class SessionLog(SessionIdentity identity)
{
    /// <summary>As the client's exporter sends at most.</summary>
    private const int RecordsPerRequest = 512;

    private const string Cost = "cost_usd_micros";

    private readonly List<LogRecord> _waiting = [];
    private int _sequence;

    /// <summary>Of those that were not lost.</summary>
    public long Records { get; private set; }

    /// <summary>What the records that were not lost say in millionths of a US dollar.</summary>
    public long CostMicros { get; private set; }

    public void Add(DateTimeOffset time, string name, string? promptId, params IEnumerable<(string Key, object? Value)> own)
    {
        var nanos = Otel.Nanos(time);
        var record = new LogRecord
        {
            TimeUnixNano = nanos,
            ObservedTimeUnixNano = nanos,
            Body = new AnyValue { StringValue = "claude_code." + name },
        };
        record.Attributes.Add(identity.Common);
        record.Attributes.Add(
            Otel.All(("event.name", name), ("event.timestamp", SessionIdentity.Timestamp(time)), ("prompt.id", promptId))
        );
        record.Attributes.Add(Otel.All(own));
        _waiting.Add(record);
    }

    /// <summary>What waits, by time, as request bodies.</summary>
    /// <param name="loses">One of them is lost on its way: its number is used up.</param>
    public IEnumerable<byte[]> TakeRequests(bool loses = false)
    {
        var ordered = _waiting.OrderBy(static record => record.TimeUnixNano).ToList();
        foreach (var record in ordered)
        {
            record.Attributes.Add(Otel.Of("event.sequence", _sequence++));
        }

        if (loses)
        {
            ordered.RemoveAt(ordered.Count / 2);
        }

        Records += ordered.Count;
        CostMicros += ordered
            .SelectMany(static record => record.Attributes)
            .Where(static one => one.Key == Cost)
            .Sum(static one => one.Value.IntValue);
        foreach (var chunk in ordered.Chunk(RecordsPerRequest))
        {
            var scope = new ScopeLogs
            {
                Scope = new InstrumentationScope { Name = "com.anthropic.claude_code.events", Version = identity.Person.Version },
            };
            scope.LogRecords.Add(chunk);
            var resource = new ResourceLogs { Resource = identity.Resource };
            resource.ScopeLogs.Add(scope);
            var request = new ExportLogsServiceRequest();
            request.ResourceLogs.Add(resource);
            yield return request.ToByteArray();
        }

        _waiting.Clear();
    }
}
