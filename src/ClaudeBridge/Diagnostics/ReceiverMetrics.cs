using System.Diagnostics.Metrics;

namespace ClaudeBridge.Diagnostics;

/// <summary>What is counted in an export of each signal.</summary>
internal enum RecordKind
{
    LogRecords,
    Spans,
    MetricPoints,
}

/// <summary>
/// What came in and what was turned away, under the OpenTelemetry Collector's names so that its dashboards fit.
/// https://opentelemetry.io/docs/collector/internal-telemetry/
/// </summary>
internal sealed class ReceiverMetrics : IDisposable
{
    public const string CollectorPrefix = "otelcol_";

    // What a sender is told when the journal takes nothing.
    private const int GrpcUnavailable = 14;
    private const int HttpUnavailable = 503;

    private static readonly KeyValuePair<string, object?> Otlp = new("receiver", "otlp");

    private readonly Counter<long>[] _accepted;
    private readonly Counter<long>[] _refused;
    private readonly Counter<long> _refusedRequests;
    private long _acceptedRecords;
    private long _refusedRecords;

    public ReceiverMetrics()
    {
        Meter = new Meter(BridgeMeter.Name);
        _accepted = [Records("accepted", "log_records"), Records("accepted", "spans"), Records("accepted", "metric_points")];
        _refused = [Records("refused", "log_records"), Records("refused", "spans"), Records("refused", "metric_points")];
        _refusedRequests = Meter.CreateCounter<long>(
            "claudebridge_receiver_refused_requests",
            "{requests}",
            "Whole requests that were refused; how many records they held may be unknown."
        );
    }

    public Meter Meter { get; }

    /// <summary>Of all kinds and doors, since the start.</summary>
    public long AcceptedRecords => Interlocked.Read(ref _acceptedRecords);

    /// <summary>Of all kinds and doors, since the start; those of requests that could not be read are not known.</summary>
    public long RefusedRecords => Interlocked.Read(ref _refusedRecords);

    public void Accepted(Door door, RecordKind kind, long records)
    {
        Interlocked.Add(ref _acceptedRecords, records);
        Add(_accepted[(int)kind], door, records);
    }

    /// <summary>Records that the sender was told are not taken, one by one or because the journal takes nothing.</summary>
    public void Refused(Door door, RecordKind kind, long records)
    {
        Interlocked.Add(ref _refusedRecords, records);
        Add(_refused[(int)kind], door, records);
    }

    /// <param name="status">The HTTP status, or the gRPC status code behind the gRPC door.</param>
    public void RefusedRequest(Door door, int status) => _refusedRequests.Add(1, Transport(door), new("status", status));

    /// <summary>Counts nothing of everything, so that whoever listens has all series from the start: an alert on a series that is not there never fires.</summary>
    public void Announce()
    {
        foreach (var counter in _accepted.Concat(_refused))
        {
            counter.Add(0, Otlp, Transport(Door.Grpc));
            counter.Add(0, Otlp, Transport(Door.Http));
        }

        _refusedRequests.Add(0, Transport(Door.Grpc), new("status", GrpcUnavailable));
        _refusedRequests.Add(0, Transport(Door.Http), new("status", HttpUnavailable));
    }

    public void Dispose() => Meter.Dispose();

    private static void Add(Counter<long> counter, Door door, long records)
    {
        if (records > 0)
        {
            counter.Add(records, Otlp, Transport(door));
        }
    }

    private static KeyValuePair<string, object?> Transport(Door door) => new("transport", door == Door.Grpc ? "grpc" : "http");

    private Counter<long> Records(string verb, string what) =>
        Meter.CreateCounter<long>(
            $"{CollectorPrefix}receiver_{verb}_{what}",
            $"{{{what}}}",
            $"Number of {what.Replace('_', ' ')} {verb} by the receiver."
        );
}
