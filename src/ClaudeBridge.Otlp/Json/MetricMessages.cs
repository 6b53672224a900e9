using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Metrics.V1;
using Case = OpenTelemetry.Proto.Metrics.V1.Metric.DataOneofCase;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Reads one metric of any kind. What is wrong in a data point costs the point; what is wrong around its points costs the metric.</summary>
internal static class MetricMessages
{
    private delegate TPoint ReadPoint<out TPoint>(ref JsonCursor json);

    /// <summary>Reads the current list item; null when it was rejected.</summary>
    public static Metric? ReadMetric(ref JsonCursor json)
    {
        var rejected = json.Rejected;
        json.BeginRecord();
        var metric = new Metric();
        if (json.BeginItemObject())
        {
            ReadFields(ref json, metric);
        }

        var points = ExportRules.CountPoints(metric);
        var nothingToCount = points == 0 && json.Rejected == rejected;
        return json.EndRecord(nothingToCount ? 1 : points) ? metric : null;
    }

    private static void ReadFields(ref JsonCursor json, Metric metric)
    {
        var rejected = json.Rejected;
        while (json.NextField())
        {
            if (json.Is("name"u8))
            {
                metric.Name = json.SharedText();
            }
            else if (json.Is("description"u8))
            {
                metric.Description = json.SharedText();
            }
            else if (json.Is("unit"u8))
            {
                metric.Unit = json.SharedText();
            }
            else if (json.Is("metadata"u8))
            {
                CommonMessages.ReadAttributes(ref json, metric.Metadata);
            }
            else if (Kind(ref json) is var kind and not Case.None)
            {
                ReadData(ref json, metric, kind, rejected);
            }
            else
            {
                json.SkipField();
            }
        }
    }

    private static Case Kind(ref JsonCursor json) =>
        json.Is("sum"u8) ? Case.Sum
        : json.Is("gauge"u8) ? Case.Gauge
        : json.Is("histogram"u8) ? Case.Histogram
        : json.Is("exponentialHistogram"u8) ? Case.ExponentialHistogram
        : json.Is("summary"u8) ? Case.Summary
        : Case.None;

    private static void ReadData(ref JsonCursor json, Metric metric, Case kind, int rejected)
    {
        if (!json.BeginObject())
        {
            // Another kind that says nothing leaves the points that were read, and those that were rejected.
            if (metric.DataCase == kind)
            {
                metric.ClearData();
                json.ForgetRejectedSince(rejected);
            }

            return;
        }

        json.ForgetRejectedSince(rejected);

        switch (kind)
        {
            case Case.Gauge:
                metric.Gauge = new Gauge();
                ReadDataFields(ref json, metric.Gauge.DataPoints, PointMessages.ReadNumber, rejected);
                break;
            case Case.Summary:
                metric.Summary = new Summary();
                ReadDataFields(ref json, metric.Summary.DataPoints, PointMessages.ReadSummary, rejected);
                break;
            case Case.Sum:
                var sum = metric.Sum = new Sum();
                (sum.AggregationTemporality, sum.IsMonotonic) = ReadDataFields(
                    ref json,
                    sum.DataPoints,
                    PointMessages.ReadNumber,
                    rejected,
                    temporality: true,
                    monotonic: true
                );
                break;
            case Case.Histogram:
                var histogram = metric.Histogram = new Histogram();
                (histogram.AggregationTemporality, _) = ReadDataFields(
                    ref json,
                    histogram.DataPoints,
                    PointMessages.ReadHistogram,
                    rejected,
                    temporality: true
                );
                break;
            default:
                var exponential = metric.ExponentialHistogram = new ExponentialHistogram();
                (exponential.AggregationTemporality, _) = ReadDataFields(
                    ref json,
                    exponential.DataPoints,
                    ExponentialPointMessages.Read,
                    rejected,
                    temporality: true
                );
                break;
        }
    }

    // A field that the kind does not have is an unknown field, whatever it holds.
    private static (AggregationTemporality Temporality, bool IsMonotonic) ReadDataFields<TPoint>(
        ref JsonCursor json,
        RepeatedField<TPoint> points,
        ReadPoint<TPoint> read,
        int rejected,
        bool temporality = false,
        bool monotonic = false
    )
    {
        var (readTemporality, readMonotonic) = (AggregationTemporality.Unspecified, false);
        while (json.NextField())
        {
            if (json.Is("dataPoints"u8))
            {
                points.Clear();
                json.ForgetRejectedSince(rejected);
                ReadPoints(ref json, points, read);
            }
            else if (temporality && json.Is("aggregationTemporality"u8))
            {
                readTemporality = (AggregationTemporality)json.Enum();
            }
            else if (monotonic && json.Is("isMonotonic"u8))
            {
                readMonotonic = json.Bool();
            }
            else
            {
                json.SkipField();
            }
        }

        return (readTemporality, readMonotonic);
    }

    private static void ReadPoints<TPoint>(ref JsonCursor json, RepeatedField<TPoint> points, ReadPoint<TPoint> read)
    {
        if (!json.BeginList())
        {
            return;
        }

        var metricProblem = json.Suspend();
        for (var index = 0; json.NextItem(); index++)
        {
            json.Path.Point = index;
            json.BeginRecord();
            var point = json.BeginItemObject() ? read(ref json) : default;
            if (json.EndRecord() && point is not null)
            {
                points.Add(point);
            }
        }

        json.Path.Point = -1;
        json.Resume(metricProblem);
    }
}
