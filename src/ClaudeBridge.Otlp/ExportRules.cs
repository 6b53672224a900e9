using Google.Protobuf;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Otlp;

/// <summary>The protocol's rules on ids, the same for both encodings: takes out the records that break them and counts the rest.</summary>
/// <remarks>
/// An id is absent, or 16 (trace) or 8 bytes (span) long; one of zeros counts as absent and is cleared. A span must have both of its own.
/// https://opentelemetry.io/docs/specs/otel/trace/api/#spancontext
/// </remarks>
internal static class ExportRules
{
    public const int TraceIdLength = 16;
    public const int SpanIdLength = 8;

    private const string WrongLength =
        "an id has a wrong length. Send 16 bytes for a trace id and 8 bytes for a span id (32 and 16 hexadecimal digits in JSON), or none.";

    private const string NoIds =
        "a span needs a trace id of 16 bytes and a span id of 8 bytes that are not all zeros. Correct the sender; the other spans were kept.";

    private static ReadOnlySpan<byte> Zeros => new byte[TraceIdLength];

    public static RuleResult Apply(ExportLogsServiceRequest request)
    {
        var result = new RuleResult(Signal.Logs);
        foreach (var resource in request.ResourceLogs)
        {
            result.NextResource();
            foreach (var scope in resource.ScopeLogs)
            {
                result.Path.Scope++;
                Keep(scope.LogRecords, Check, result);
            }
        }

        return result;
    }

    public static RuleResult Apply(ExportTraceServiceRequest request)
    {
        var result = new RuleResult(Signal.Traces);
        foreach (var resource in request.ResourceSpans)
        {
            result.NextResource();
            foreach (var scope in resource.ScopeSpans)
            {
                result.Path.Scope++;
                Keep(scope.Spans, Check, result);
            }
        }

        return result;
    }

    public static RuleResult Apply(ExportMetricsServiceRequest request)
    {
        var result = new RuleResult(Signal.Metrics);
        foreach (var resource in request.ResourceMetrics)
        {
            result.NextResource();
            foreach (var scope in resource.ScopeMetrics)
            {
                result.Path.Scope++;
                for (var i = 0; i < scope.Metrics.Count; i++)
                {
                    result.Path.Record = i;
                    Keep(scope.Metrics[i], result);
                }
            }
        }

        return result;
    }

    public static int CountPoints(Metric metric) =>
        metric.DataCase switch
        {
            Metric.DataOneofCase.Gauge => metric.Gauge.DataPoints.Count,
            Metric.DataOneofCase.Sum => metric.Sum.DataPoints.Count,
            Metric.DataOneofCase.Histogram => metric.Histogram.DataPoints.Count,
            Metric.DataOneofCase.ExponentialHistogram => metric.ExponentialHistogram.DataPoints.Count,
            Metric.DataOneofCase.Summary => metric.Summary.DataPoints.Count,
            _ => 0,
        };

    private static void Keep(Metric metric, RuleResult result)
    {
        switch (metric.DataCase)
        {
            case Metric.DataOneofCase.Gauge:
                Keep(metric.Gauge.DataPoints, static point => Check(point.Exemplars), result);
                break;
            case Metric.DataOneofCase.Sum:
                Keep(metric.Sum.DataPoints, static point => Check(point.Exemplars), result);
                break;
            case Metric.DataOneofCase.Histogram:
                Keep(metric.Histogram.DataPoints, static point => Check(point.Exemplars), result);
                break;
            case Metric.DataOneofCase.ExponentialHistogram:
                Keep(metric.ExponentialHistogram.DataPoints, static point => Check(point.Exemplars), result);
                break;
            case Metric.DataOneofCase.Summary:
                Keep(metric.Summary.DataPoints, static _ => null, result);
                break;
            default:
                break;
        }
    }

    private static void Keep<T>(RepeatedField<T> records, Func<T, string?> check, RuleResult result)
    {
        List<T>? kept = null;
        for (var i = 0; i < records.Count; i++)
        {
            if (check(records[i]) is { } problem)
            {
                kept ??= [.. records.Take(i)];
                result.Reject(i, problem);
            }
            else
            {
                kept?.Add(records[i]);
            }
        }

        if (kept is not null)
        {
            records.Clear();
            records.AddRange(kept);
        }

        result.Accepted += records.Count;
    }

    private static string? Check(LogRecord record)
    {
        if (!IsSound(record.TraceId, TraceIdLength, out var noTrace) || !IsSound(record.SpanId, SpanIdLength, out var noSpan))
        {
            return WrongLength;
        }

        if (noTrace)
        {
            record.TraceId = ByteString.Empty;
        }

        if (noSpan)
        {
            record.SpanId = ByteString.Empty;
        }

        return null;
    }

    private static string? Check(Span span)
    {
        if (
            !IsSound(span.TraceId, TraceIdLength, out var noTrace)
            || !IsSound(span.SpanId, SpanIdLength, out var noSpan)
            || noTrace
            || noSpan
            || span.TraceId.IsEmpty
            || span.SpanId.IsEmpty
        )
        {
            return NoIds;
        }

        if (!IsSound(span.ParentSpanId, SpanIdLength, out var noParent))
        {
            return WrongLength;
        }

        if (noParent)
        {
            span.ParentSpanId = ByteString.Empty;
        }

        foreach (var link in span.Links)
        {
            if (!IsSound(link.TraceId, TraceIdLength, out noTrace) || !IsSound(link.SpanId, SpanIdLength, out noSpan))
            {
                return "in a link " + WrongLength;
            }

            link.TraceId = noTrace ? ByteString.Empty : link.TraceId;
            link.SpanId = noSpan ? ByteString.Empty : link.SpanId;
        }

        return null;
    }

    private static string? Check(RepeatedField<Exemplar> exemplars)
    {
        foreach (var exemplar in exemplars)
        {
            if (!IsSound(exemplar.TraceId, TraceIdLength, out var noTrace) || !IsSound(exemplar.SpanId, SpanIdLength, out var noSpan))
            {
                return "in an exemplar " + WrongLength;
            }

            exemplar.TraceId = noTrace ? ByteString.Empty : exemplar.TraceId;
            exemplar.SpanId = noSpan ? ByteString.Empty : exemplar.SpanId;
        }

        return null;
    }

    private static bool IsSound(ByteString id, int length, out bool zeros)
    {
        zeros = id.Length == length && id.Span.SequenceEqual(Zeros[..length]);
        return id.Length == 0 || id.Length == length;
    }

    /// <summary>What <see cref="ExportRules"/> kept and took out.</summary>
    public sealed class RuleResult(Signal signal)
    {
        public int Accepted { get; set; }

        public int Rejected { get; private set; }

        /// <summary>Where and why, of the first one that was taken out.</summary>
        public string? Reason { get; private set; }

        public ExportPath Path { get; } = new(signal);

        public void NextResource()
        {
            Path.Resource++;
            Path.Scope = -1;
        }

        public void Reject(int index, string problem)
        {
            Rejected++;
            if (Reason is null)
            {
                var place = new ExportPath(signal) { Resource = Path.Resource, Scope = Path.Scope };
                (place.Record, place.Point) = signal == Signal.Metrics ? (Path.Record, index) : (index, -1);
                Reason = $"{place} was left out: {problem}";
            }
        }
    }
}
