using Google.Protobuf;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Otlp.Wire;

/// <summary>The way from an export request down to its records: for each message the numbers of the fields that lead on.</summary>
/// <param name="Name">The JSON name of the field that holds this message.</param>
/// <param name="IsList">Whether that field is repeated.</param>
/// <param name="Parts">Field number to what it holds.</param>
/// <param name="Record">Set at the end of the way: reads a log record, span or data point.</param>
internal sealed record Envelope(string Name, bool IsList, IReadOnlyDictionary<uint, Envelope> Parts, MessageParser? Record = null)
{
    private static readonly Envelope s_logs = Request("resourceLogs", "scopeLogs", List("logRecords", LogRecord.Parser));
    private static readonly Envelope s_traces = Request("resourceSpans", "scopeSpans", List("spans", Span.Parser));
    private static readonly Envelope s_metrics = Request("resourceMetrics", "scopeMetrics", new Envelope("metrics", true, MetricKinds()));

    public static Envelope Of(Signal signal) =>
        signal switch
        {
            Signal.Logs => s_logs,
            Signal.Traces => s_traces,
            _ => s_metrics,
        };

    private static Envelope Request(string resources, string scopes, Envelope records) =>
        new("", false, Only(1, new Envelope(resources, true, Only(2, new Envelope(scopes, true, Only(2, records))))));

    private static Dictionary<uint, Envelope> MetricKinds() =>
        new()
        {
            [Metric.GaugeFieldNumber] = Kind("gauge", NumberDataPoint.Parser),
            [Metric.SumFieldNumber] = Kind("sum", NumberDataPoint.Parser),
            [Metric.HistogramFieldNumber] = Kind("histogram", HistogramDataPoint.Parser),
            [Metric.ExponentialHistogramFieldNumber] = Kind("exponentialHistogram", ExponentialHistogramDataPoint.Parser),
            [Metric.SummaryFieldNumber] = Kind("summary", SummaryDataPoint.Parser),
        };

    private static Envelope Kind(string name, MessageParser points) => new(name, false, Only(1, List("dataPoints", points)));

    private static Envelope List(string name, MessageParser record) => new(name, true, Only(0, null), record);

    private static Dictionary<uint, Envelope> Only(uint field, Envelope? part) => part is null ? [] : new() { [field] = part };
}
