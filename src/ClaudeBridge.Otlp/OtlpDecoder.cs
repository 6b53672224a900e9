using System.Text.Json;
using ClaudeBridge.Otlp.Json;
using ClaudeBridge.Otlp.Wire;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace ClaudeBridge.Otlp;

/// <summary>Reads the body of an export request, protobuf or JSON, into the same messages.</summary>
/// <remarks>
/// A record that breaks the protocol's rules is left out and counted; the others are kept. Both encodings may nest a hundred messages deep,
/// counted from the request, which is what protobuf libraries read by default.
/// </remarks>
public static class OtlpDecoder
{
    // Fields that nothing here knows are left out, as they are of JSON: what nobody can read, nobody can mask.
    private static readonly MessageParser<ExportLogsServiceRequest> LogsParser = ExportLogsServiceRequest.Parser.WithDiscardUnknownFields(
        true
    );
    private static readonly MessageParser<ExportMetricsServiceRequest> MetricsParser =
        ExportMetricsServiceRequest.Parser.WithDiscardUnknownFields(true);
    private static readonly MessageParser<ExportTraceServiceRequest> TraceParser =
        ExportTraceServiceRequest.Parser.WithDiscardUnknownFields(true);

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <param name="body">The whole body after content decoding. Nothing of it is kept: the messages own their bytes.</param>
    /// <param name="maxMessages">The most messages that a body may hold, each of which takes some hundred bytes of memory.</param>
    /// <exception cref="MalformedPayloadException">The body as a whole cannot be read.</exception>
    public static DecodedExport Decode(Signal signal, OtlpEncoding encoding, ReadOnlyMemory<byte> body, int maxMessages = int.MaxValue) =>
        encoding == OtlpEncoding.Json ? DecodeJson(signal, body.Span, maxMessages) : DecodeProtobuf(signal, body, maxMessages);

    /// <summary>About how many messages a body holds, without making any. Of JSON also braces in texts are counted.</summary>
    public static int CountMessages(Signal signal, OtlpEncoding encoding, ReadOnlySpan<byte> body) =>
        encoding == OtlpEncoding.Json ? body.Count((byte)'{') : MessageCount.Of(body, Descriptor(signal));

    private static DecodedExport DecodeProtobuf(Signal signal, ReadOnlyMemory<byte> body, int maxMessages)
    {
        var message = Descriptor(signal);
        MessageCount.Refuse(body.Span, message, maxMessages);
        switch (signal)
        {
            case Signal.Logs:
                var (logs, deepLogs) = ProtobufExports.Read(signal, LogsParser, message, body);
                return Export(logs, deepLogs?.Rejected ?? 0, Reason(deepLogs));
            case Signal.Traces:
                var (traces, deepSpans) = ProtobufExports.Read(signal, TraceParser, message, body);
                return Export(traces, deepSpans?.Rejected ?? 0, Reason(deepSpans));
            default:
                var (metrics, deepPoints) = ProtobufExports.Read(signal, MetricsParser, message, body);
                return Export(metrics, deepPoints?.Rejected ?? 0, Reason(deepPoints));
        }
    }

    private static string? Reason(DeepRecordFilter? filter) =>
        filter?.FirstRejected is { } path
            ? $"{path} nests values deeper than {JsonCursor.MaxMessageDepth} messages. Send flatter values; the other records were kept."
            : null;

    private static MessageDescriptor Descriptor(Signal signal) =>
        signal switch
        {
            Signal.Logs => ExportLogsServiceRequest.Descriptor,
            Signal.Traces => ExportTraceServiceRequest.Descriptor,
            _ => ExportMetricsServiceRequest.Descriptor,
        };

    private static DecodedExport DecodeJson(Signal signal, ReadOnlySpan<byte> body, int maxMessages)
    {
        if (body.StartsWith(ByteOrderMark))
        {
            throw new MalformedPayloadException("The body begins with a byte order mark. Send UTF-8 without one.", "line 1, byte 1");
        }

        var path = new ExportPath(signal);
        var json = new JsonCursor(body, path, maxMessages);
        try
        {
            switch (signal)
            {
                case Signal.Logs:
                    return Export(LogMessages.Read(ref json), json.Rejected, json.RejectedReason);
                case Signal.Traces:
                    return Export(TraceMessages.Read(ref json), json.Rejected, json.RejectedReason);
                default:
                    return Export(MetricsMessages.Read(ref json), json.Rejected, json.RejectedReason);
            }
        }
        catch (JsonException damage)
        {
            // The reader's own message may quote the body.
            var place = $"line {damage.LineNumber + 1}, byte {damage.BytePositionInLine + 1}";
            throw new MalformedPayloadException(
                $"The body is not valid JSON at {place}. Send one export request as a JSON object, in UTF-8, without comments.",
                path.To("") is { Length: > 0 } where ? $"{where}, {place}" : place,
                damage
            );
        }
    }

    private static DecodedExport Export(ExportLogsServiceRequest logs, int rejected, string? reason)
    {
        var rules = ExportRules.Apply(logs);
        return new DecodedExport
        {
            Signal = Signal.Logs,
            Logs = logs,
            Accepted = rules.Accepted,
            Rejected = rejected + rules.Rejected,
            RejectedReason = reason ?? rules.Reason,
        };
    }

    private static DecodedExport Export(ExportTraceServiceRequest traces, int rejected, string? reason)
    {
        var rules = ExportRules.Apply(traces);
        return new DecodedExport
        {
            Signal = Signal.Traces,
            Traces = traces,
            Accepted = rules.Accepted,
            Rejected = rejected + rules.Rejected,
            RejectedReason = reason ?? rules.Reason,
        };
    }

    private static DecodedExport Export(ExportMetricsServiceRequest metrics, int rejected, string? reason)
    {
        var rules = ExportRules.Apply(metrics);
        return new DecodedExport
        {
            Signal = Signal.Metrics,
            Metrics = metrics,
            Accepted = rules.Accepted,
            Rejected = rejected + rules.Rejected,
            RejectedReason = reason ?? rules.Reason,
        };
    }
}
