using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace ClaudeBridge.Otlp.Wire;

/// <summary>Splits protobuf bodies. The three signals have the same field numbers down to their records.</summary>
internal sealed class ProtobufParts(int partBytes) : PartSplitter(partBytes)
{
    private const uint ResourcesField = 1;
    private const uint ItemsField = 2;
    private const int LongestPrefix = 10;

    /// <exception cref="MalformedPayloadException">The body is damaged, or cannot be split.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Split(Signal signal, ReadOnlyMemory<byte> body, int partBytes, int maxMessages)
    {
        var descriptor = signal switch
        {
            Signal.Logs => ExportLogsServiceRequest.Descriptor,
            Signal.Traces => ExportTraceServiceRequest.Descriptor,
            _ => ExportMetricsServiceRequest.Descriptor,
        };
        MessageCount.Refuse(body.Span, descriptor, maxMessages);
        return Bodies(new ProtobufParts(partBytes).Split(body));
    }

    /// <remarks>An item is a whole field, tag and length included; so is the message that is opened, but for the outermost.</remarks>
    protected override (List<ReadOnlyMemory<byte>> Own, List<ReadOnlyMemory<byte>> Items) Open(ReadOnlyMemory<byte> message, int level)
    {
        if (level > 0)
        {
            var outer = new WireReader(message.Span, 0);
            _ = outer.Next();
            message = message[^outer.Content.Length..];
        }

        List<ReadOnlyMemory<byte>> own = [];
        List<ReadOnlyMemory<byte>> items = [];
        var fields = new WireReader(message.Span, 0);
        var at = 0;
        while (fields.Next())
        {
            var isItem = fields.IsLengthDelimited && fields.Field == (level == 0 ? ResourcesField : ItemsField);
            (isItem ? items : own).Add(message.Slice(at, fields.Raw.Length));
            at += fields.Raw.Length;
        }

        return (own, items);
    }

    protected override List<ReadOnlyMemory<byte>> Join(ReadOnlyMemory<byte> message, List<ReadOnlyMemory<byte>> items) => items;

    protected override List<ReadOnlyMemory<byte>> Wrap(int level, List<ReadOnlyMemory<byte>> own, List<ReadOnlyMemory<byte>> items)
    {
        List<ReadOnlyMemory<byte>> all = [.. own, .. items];
        if (level > 0)
        {
            all.Insert(0, Prefix(level == 1 ? ResourcesField : ItemsField, all.Sum(static piece => piece.Length)));
        }

        return all;
    }

    private static ReadOnlyMemory<byte> Prefix(uint field, int length)
    {
        var prefix = new byte[LongestPrefix];
        using var output = new CodedOutputStream(prefix);
        output.WriteTag((int)field, WireFormat.WireType.LengthDelimited);
        output.WriteLength(length);
        return prefix.AsMemory(0, (int)output.Position);
    }
}
