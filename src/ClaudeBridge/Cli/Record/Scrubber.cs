using System.Buffers;
using ClaudeBridge.Otlp;
using Google.Protobuf;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Resource.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Cli.Record;

/// <summary>Makes a recording that can be given away: ids, e-mails, paths, host names and contents become stand-ins; times, counts and the protocol's own words stay.</summary>
internal sealed class Scrubber(Pseudonyms pseudonyms)
{
    private const string EventPrefix = "claude_code.";

    private static readonly SearchValues<char> EventCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz_.");

    private readonly TextScrubber _texts = new(pseudonyms);

    /// <summary>A scrubbed copy; the export itself is shared with others and stays as it is.</summary>
    public DecodedExport Scrub(DecodedExport export)
    {
        var logs = export.Logs?.Clone();
        var metrics = export.Metrics?.Clone();
        var traces = export.Traces?.Clone();
        foreach (var resource in logs?.ResourceLogs ?? [])
        {
            Scrub(resource.Resource);
            foreach (var scope in resource.ScopeLogs)
            {
                ScrubScope(scope.Scope);
                Each(scope.LogRecords, Scrub);
            }
        }

        foreach (var resource in metrics?.ResourceMetrics ?? [])
        {
            Scrub(resource.Resource);
            foreach (var scope in resource.ScopeMetrics)
            {
                ScrubScope(scope.Scope);
                Each(scope.Metrics, Scrub);
            }
        }

        foreach (var resource in traces?.ResourceSpans ?? [])
        {
            Scrub(resource.Resource);
            foreach (var scope in resource.ScopeSpans)
            {
                ScrubScope(scope.Scope);
                Each(scope.Spans, Scrub);
            }
        }

        return new DecodedExport
        {
            Signal = export.Signal,
            Logs = logs,
            Metrics = metrics,
            Traces = traces,
            Accepted = export.Accepted,
        };
    }

    private void Scrub(Resource? resource)
    {
        if (resource is not null)
        {
            Scrub(resource.Attributes);
        }
    }

    private void ScrubScope(InstrumentationScope? scope)
    {
        if (scope is not null)
        {
            Scrub(scope.Attributes);
        }
    }

    private void Scrub(LogRecord record)
    {
        Scrub(record.Attributes);
        record.TraceId = Id(record.TraceId);
        record.SpanId = Id(record.SpanId);
        if (record.Body is { } body && !IsEventName(body.StringValue))
        {
            Scrub("body", body);
        }

        if (!IsEventName(EventPrefix + record.EventName))
        {
            record.EventName = _texts.Text(record.EventName);
        }
    }

    private void Scrub(Span span)
    {
        Scrub(span.Attributes);
        span.TraceId = Id(span.TraceId);
        span.SpanId = Id(span.SpanId);
        span.ParentSpanId = Id(span.ParentSpanId);
        span.TraceState = _texts.Text(span.TraceState);
        if (!IsEventName(span.Name))
        {
            span.Name = _texts.Text(span.Name);
        }

        foreach (var link in span.Links)
        {
            Scrub(link.Attributes);
            link.TraceId = Id(link.TraceId);
            link.SpanId = Id(link.SpanId);
            link.TraceState = _texts.Text(link.TraceState);
        }

        Each(span.Events, point => Scrub(point.Attributes));
        if (span.Status is { Message.Length: > 0 } status)
        {
            status.Message = _texts.Text(status.Message);
        }
    }

    private void Scrub(Metric metric)
    {
        Scrub(metric.Metadata);
        switch (metric.DataCase)
        {
            case Metric.DataOneofCase.Sum:
                Each(metric.Sum.DataPoints, Scrub);
                break;
            case Metric.DataOneofCase.Gauge:
                Each(metric.Gauge.DataPoints, Scrub);
                break;
            case Metric.DataOneofCase.Histogram:
                Each(metric.Histogram.DataPoints, point => ScrubPoint(point.Attributes, point.Exemplars));
                break;
            case Metric.DataOneofCase.ExponentialHistogram:
                Each(metric.ExponentialHistogram.DataPoints, point => ScrubPoint(point.Attributes, point.Exemplars));
                break;
            case Metric.DataOneofCase.Summary:
                Each(metric.Summary.DataPoints, point => Scrub(point.Attributes));
                break;
        }
    }

    private void Scrub(NumberDataPoint point) => ScrubPoint(point.Attributes, point.Exemplars);

    private void ScrubPoint(RepeatedField<KeyValue> attributes, RepeatedField<Exemplar> exemplars)
    {
        Scrub(attributes);
        foreach (var exemplar in exemplars)
        {
            Scrub(exemplar.FilteredAttributes);
            exemplar.TraceId = Id(exemplar.TraceId);
            exemplar.SpanId = Id(exemplar.SpanId);
        }
    }

    private void Scrub(RepeatedField<KeyValue> attributes) => Each(attributes, attribute => Scrub(attribute.Key, attribute.Value));

    private void Scrub(string key, AnyValue? value)
    {
        switch (value?.ValueCase)
        {
            case AnyValue.ValueOneofCase.StringValue:
                value.StringValue = _texts.Value(key, value.StringValue);
                break;
            case AnyValue.ValueOneofCase.IntValue when !KeptValues.IsNumberKey(key):
                value.IntValue = _texts.Number(value.IntValue);
                break;
            case AnyValue.ValueOneofCase.BytesValue:
                value.BytesValue = ByteString.CopyFrom(pseudonyms.Bytes(value.BytesValue.Span));
                break;
            case AnyValue.ValueOneofCase.ArrayValue:
                Each(value.ArrayValue.Values, item => Scrub(key, item));
                break;
            case AnyValue.ValueOneofCase.KvlistValue:
                Scrub(value.KvlistValue.Values);
                break;
        }
    }

    private ByteString Id(ByteString id) => id.IsEmpty ? id : ByteString.CopyFrom(pseudonyms.Bytes(id.Span));

    /// <summary><c>claude_code.api_request</c> and the like: words of the protocol.</summary>
    private static bool IsEventName(string text) =>
        text.StartsWith(EventPrefix, StringComparison.Ordinal)
        && text.Length < 80
        && text.AsSpan(EventPrefix.Length).IndexOfAnyExcept(EventCharacters) < 0;

    private static void Each<T>(RepeatedField<T> items, Action<T> action)
    {
        foreach (var item in items)
        {
            action(item);
        }
    }
}
