using System.Globalization;
using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Privacy;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Sessions.Metrics;

/// <summary>Takes the points out of a metrics export, by session.</summary>
internal sealed class PointReader(ContentPolicy policy, Sender sender)
{
    /// <summary>The largest value that is believed, either way. Tokens of a lifetime stay far below.</summary>
    private const decimal Most = 1_000_000_000_000_000m;

    private readonly CanonicalBytes _bytes = new();
    private readonly Dictionary<string, List<MetricPoint>> _bySession = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, IReadOnlyList<MetricPoint>>> _sessions = [];

    /// <summary>Points by session key, in the order of the export.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<MetricPoint>>> Sessions => _sessions;

    /// <summary>Points of metrics that are other programs'.</summary>
    public int Foreign { get; private set; }

    /// <summary>Points that say nothing that could be added: no value, no time, not a number, or one beyond belief.</summary>
    public int LeftOut { get; private set; }

    /// <param name="policy">What of the attributes is kept; identities do not depend on it.</param>
    /// <param name="sender">What the bridge knows of who sent it.</param>
    public static PointReader Read(ExportMetricsServiceRequest export, ContentPolicy policy, Sender sender)
    {
        var reader = new PointReader(policy, sender);
        foreach (var group in export.ResourceMetrics)
        {
            foreach (var scope in group.ScopeMetrics)
            {
                var origin = new Origin(sender.Stamp(group.Resource ?? new()), Sender.WithoutClaims(scope.Scope ?? new()));
                var source = reader.SourceOf(origin);
                foreach (var metric in scope.Metrics)
                {
                    reader.Add(source, metric);
                }
            }
        }

        return reader;
    }

    private Source SourceOf(Origin origin)
    {
        _bytes.Clear();
        _bytes.Write(origin.Resource.Attributes);
        _bytes.Write(origin.Scope.Name);
        return new Source(origin, new Origin(sender.WithTenant(policy.Apply(origin.Resource)), policy.Apply(origin.Scope)), _bytes.Hash());
    }

    private void Add(Source source, Metric metric)
    {
        var name = MetricName.Find(metric.Name, source.Origin.IsClaudeCode);
        switch (metric.DataCase)
        {
            case Metric.DataOneofCase.Sum:
                AddNumbers(Of(MetricShape.Sum, UseOf(metric.Sum.AggregationTemporality, metric.Sum.IsMonotonic)), metric.Sum.DataPoints);
                break;
            case Metric.DataOneofCase.Gauge:
                AddNumbers(Of(MetricShape.Gauge, PointUse.Latest), metric.Gauge.DataPoints);
                break;
            case Metric.DataOneofCase.Histogram:
                var histogram = Of(MetricShape.Histogram, UseOf(metric.Histogram.AggregationTemporality, isMonotonic: true));
                foreach (var p in metric.Histogram.DataPoints)
                {
                    Add(histogram, p.Attributes, p.StartTimeUnixNano, p.TimeUnixNano, p.Flags, Exact(p.Sum), p.Count);
                }

                break;
            case Metric.DataOneofCase.ExponentialHistogram:
                var exponential = Of(
                    MetricShape.ExponentialHistogram,
                    UseOf(metric.ExponentialHistogram.AggregationTemporality, isMonotonic: true)
                );
                foreach (var p in metric.ExponentialHistogram.DataPoints)
                {
                    Add(exponential, p.Attributes, p.StartTimeUnixNano, p.TimeUnixNano, p.Flags, Exact(p.Sum), p.Count);
                }

                break;
            case Metric.DataOneofCase.Summary:
                var summary = Of(MetricShape.Summary, PointUse.Cumulative);
                foreach (var p in metric.Summary.DataPoints)
                {
                    Add(summary, p.Attributes, p.StartTimeUnixNano, p.TimeUnixNano, p.Flags, Exact(p.Sum), p.Count);
                }

                break;
            default:
                break;
        }

        Kind Of(MetricShape shape, PointUse use) => new(source, name, metric.Unit, shape, use);
    }

    private void AddNumbers(Kind kind, RepeatedField<NumberDataPoint> points)
    {
        foreach (var point in points)
        {
            decimal? value = point.ValueCase switch
            {
                NumberDataPoint.ValueOneofCase.AsDouble => Exact(point.AsDouble),
                NumberDataPoint.ValueOneofCase.AsInt => point.AsInt,
                _ => null,
            };
            Add(kind, point.Attributes, point.StartTimeUnixNano, point.TimeUnixNano, point.Flags, value, count: 0);
        }
    }

    private void Add(Kind kind, RepeatedField<KeyValue> attributes, ulong start, ulong time, uint flags, decimal? value, ulong count)
    {
        if (kind.Metric is null)
        {
            Foreign++;
            return;
        }

        // A point without a time could not be told from its own repetition.
        if (
            value is not { } sum
            || sum is > Most or < -Most
            || count > long.MaxValue
            || time is 0 or > long.MaxValue
            || start > long.MaxValue
            || (flags & (uint)DataPointFlags.NoRecordedValueMask) != 0
        )
        {
            LeftOut++;
            return;
        }

        attributes = Sender.WithoutClaims(attributes);
        var kept = policy.Apply(attributes);
        var point = new MetricPoint
        {
            Series = SeriesOf(kind, attributes, kept),
            StartUnixNano = kind.Use == PointUse.Latest ? 0 : start,
            TimeUnixNano = time,
            Value = new PointValue(sum, (long)count),
        };
        var key = SessionKey.Within(sender.Tenant, SessionKeyOf(kind.Source, new Attributes(kept)));
        if (!_bySession.TryGetValue(key, out var points))
        {
            _bySession[key] = points = [];
            _sessions.Add(new(key, points));
        }

        points.Add(point);
    }

    private MetricSeries SeriesOf(Kind kind, RepeatedField<KeyValue> attributes, RepeatedField<KeyValue> kept)
    {
        _bytes.Clear();
        _bytes.WriteRaw(kind.Source.Hash);
        _bytes.WriteRaw([(byte)kind.Shape, (byte)kind.Use]);
        _bytes.Write(kind.Metric!);
        _bytes.Write(kind.Unit);
        _bytes.Write(attributes);
        return new MetricSeries(_bytes.Id(), kind.Source.Kept, kept)
        {
            Metric = policy.Plain(kind.Metric!),
            Unit = policy.Plain(kind.Unit),
            Shape = kind.Shape,
            Use = kind.Use,
        };
    }

    /// <summary>The session's own id, else whose client it is, else who sent it: points have neither prompt nor trace.</summary>
    private static string SessionKeyOf(Source source, Attributes attributes)
    {
        var resource = source.Kept.ResourceAttributes;
        return (attributes.Text(Names.SessionId) ?? resource.Text(Names.SessionId)) is { } id ? SessionKey.OfSession(id)
            : (attributes.Text(Names.UserId) ?? resource.Text(Names.UserId)) is { } user ? SessionKey.OfUser(user)
            : SessionKey.OfOrigin(source.Hash);
    }

    private static PointUse UseOf(AggregationTemporality temporality, bool isMonotonic) =>
        temporality switch
        {
            AggregationTemporality.Delta => PointUse.Delta,
            AggregationTemporality.Cumulative => isMonotonic ? PointUse.Cumulative : PointUse.CumulativeUpDown,
            _ => PointUse.InferredDelta,
        };

    /// <summary>By its shortest text, so that 0.1 stays 0.1; null for what is no number.</summary>
    private static decimal? Exact(double value) =>
        double.IsFinite(value)
        && decimal.TryParse(
            value.ToString("R", CultureInfo.InvariantCulture),
            NumberStyles.Float,
            CultureInfo.InvariantCulture,
            out var exact
        )
            ? exact
            : null;

    /// <param name="Origin">As it came.</param>
    /// <param name="Kept">As it is kept.</param>
    private sealed record Source(Origin Origin, Origin Kept, byte[] Hash);

    /// <param name="Metric">Null for one of another program.</param>
    private readonly record struct Kind(Source Source, string? Metric, string Unit, MetricShape Shape, PointUse Use);
}
