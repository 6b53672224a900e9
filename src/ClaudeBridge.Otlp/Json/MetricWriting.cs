using System.Text.Json;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Writes the fields of an export request of metrics.</summary>
internal static class MetricWriting
{
    public static void Write(Utf8JsonWriter json, ExportMetricsServiceRequest request)
    {
        if (!json.BeginList("resourceMetrics"u8, request.ResourceMetrics))
        {
            return;
        }

        foreach (var resource in request.ResourceMetrics)
        {
            json.WriteStartObject();
            CommonWriting.Write(json, resource.Resource);
            if (json.BeginList("scopeMetrics"u8, resource.ScopeMetrics))
            {
                foreach (var scope in resource.ScopeMetrics)
                {
                    Write(json, scope);
                }

                json.WriteEndArray();
            }

            json.Field("schemaUrl"u8, resource.SchemaUrl);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ScopeMetrics scope)
    {
        json.WriteStartObject();
        CommonWriting.Write(json, scope.Scope);
        if (json.BeginList("metrics"u8, scope.Metrics))
        {
            foreach (var metric in scope.Metrics)
            {
                Write(json, metric);
            }

            json.WriteEndArray();
        }

        json.Field("schemaUrl"u8, scope.SchemaUrl);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Metric metric)
    {
        json.WriteStartObject();
        json.Field("name"u8, metric.Name);
        json.Field("description"u8, metric.Description);
        json.Field("unit"u8, metric.Unit);
        switch (metric.DataCase)
        {
            case Metric.DataOneofCase.Gauge:
                WriteData(json, "gauge"u8, metric.Gauge.DataPoints, PointWriting.Write, default);
                break;
            case Metric.DataOneofCase.Sum:
                WriteData(
                    json,
                    "sum"u8,
                    metric.Sum.DataPoints,
                    PointWriting.Write,
                    metric.Sum.AggregationTemporality,
                    metric.Sum.IsMonotonic
                );
                break;
            case Metric.DataOneofCase.Histogram:
                WriteData(json, "histogram"u8, metric.Histogram.DataPoints, PointWriting.Write, metric.Histogram.AggregationTemporality);
                break;
            case Metric.DataOneofCase.ExponentialHistogram:
                var exponential = metric.ExponentialHistogram;
                WriteData(json, "exponentialHistogram"u8, exponential.DataPoints, PointWriting.Write, exponential.AggregationTemporality);
                break;
            case Metric.DataOneofCase.Summary:
                WriteData(json, "summary"u8, metric.Summary.DataPoints, PointWriting.Write, default);
                break;
            default:
                break;
        }

        CommonWriting.Write(json, "metadata"u8, metric.Metadata);
        json.WriteEndObject();
    }

    private static void WriteData<TPoint>(
        Utf8JsonWriter json,
        ReadOnlySpan<byte> kind,
        RepeatedField<TPoint> points,
        Action<Utf8JsonWriter, TPoint> write,
        AggregationTemporality temporality,
        bool isMonotonic = false
    )
    {
        json.WriteStartObject(kind);
        if (json.BeginList("dataPoints"u8, points))
        {
            foreach (var point in points)
            {
                write(json, point);
            }

            json.WriteEndArray();
        }

        json.Field("aggregationTemporality"u8, (int)temporality);
        json.Field("isMonotonic"u8, isMonotonic);
        json.WriteEndObject();
    }
}
