using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Tests.Metrics;

/// <summary>Valid metrics with the differences that a test names.</summary>
internal static class Some
{
    /// <summary>2026-11-20, 12:00 UTC.</summary>
    public const ulong Noon = 1_795_176_000_000_000_000;

    public const ulong Second = 1_000_000_000;

    public static Resource Resource(params (string Key, string Value)[] attributes) =>
        new() { Attributes = { Attributes([("service.name", "claude-code"), .. attributes]) } };

    public static NumberDataPoint Point(double value, ulong time = Noon, ulong start = 0, params (string Key, string Value)[] attributes) =>
        new()
        {
            AsDouble = value,
            TimeUnixNano = time,
            StartTimeUnixNano = start,
            Attributes = { Attributes(attributes.Length == 0 ? [("session.id", "s1")] : attributes) },
        };

    public static Metric Sum(
        string name,
        AggregationTemporality temporality = AggregationTemporality.Delta,
        bool isMonotonic = true,
        params NumberDataPoint[] points
    ) =>
        new()
        {
            Name = name,
            Sum = new Sum
            {
                AggregationTemporality = temporality,
                IsMonotonic = isMonotonic,
                DataPoints = { points },
            },
        };

    public static Metric Delta(string name, params NumberDataPoint[] points) => Sum(name, points: points);

    public static Metric Cumulative(string name, params NumberDataPoint[] points) =>
        Sum(name, AggregationTemporality.Cumulative, points: points);

    public static DecodedExport Export(Resource resource, params Metric[] metrics) =>
        Export(resource, "com.anthropic.claude_code", metrics);

    public static DecodedExport Export(Resource resource, string scope, params Metric[] metrics) =>
        new()
        {
            Signal = Signal.Metrics,
            Accepted = metrics.Length,
            Metrics = new ExportMetricsServiceRequest
            {
                ResourceMetrics =
                {
                    new ResourceMetrics
                    {
                        Resource = resource,
                        ScopeMetrics =
                        {
                            new ScopeMetrics
                            {
                                Scope = new InstrumentationScope { Name = scope, Version = "2.1.329" },
                                Metrics = { metrics },
                            },
                        },
                    },
                },
            },
        };

    public static ReadExport Read(params Metric[] metrics) => Read(Resource(), metrics);

    public static ReadExport Read(Resource resource, params Metric[] metrics) =>
        RecordReader.Read(Export(resource, metrics), DateTimeOffset.UnixEpoch);

    public static IReadOnlyList<MetricPoint> Points(this ReadExport read) => [.. read.Points.SelectMany(static group => group.Value)];

    public static MetricPoint OnlyPoint(this ReadExport read) => read.Points().ShouldHaveSingleItem();

    public static IEnumerable<KeyValue> Attributes(IEnumerable<(string Key, string Value)> pairs) =>
        pairs.Select(static pair => new KeyValue
        {
            Key = pair.Key,
            Value = new AnyValue { StringValue = pair.Value },
        });
}
