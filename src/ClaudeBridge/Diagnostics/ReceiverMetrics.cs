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
    private static readonly KeyValuePair<string, object?> Otlp = new("receiver", "otlp");

    private readonly Counter<long>[] _accepted;
    private readonly Counter<long>[] _refused;
    private readonly Counter<long> _refusedRequests;

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

    public void Accepted(Door door, RecordKind kind, long records) => Add(_accepted[(int)kind], door, records);

    /// <summary>Records that the sender was told are not taken, one by one or because the journal takes nothing.</summary>
    public void Refused(Door door, RecordKind kind, long records) => Add(_refused[(int)kind], door, records);

    /// <param name="status">The HTTP status, or the gRPC status code behind the gRPC door.</param>
    public void RefusedRequest(Door door, int status) => _refusedRequests.Add(1, Transport(door), new("status", status));

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
            $"otelcol_receiver_{verb}_{what}",
            $"{{{what}}}",
            $"Number of {what.Replace('_', ' ')} {verb} by the receiver."
        );
}
