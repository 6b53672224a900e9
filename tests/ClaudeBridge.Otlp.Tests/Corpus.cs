using Google.Protobuf;
using Google.Protobuf.Reflection;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Otlp.Tests;

/// <summary>How large the values of a generated message are.</summary>
public enum Size
{
    Min,
    Typical,
    Max,
}

/// <summary>Generated requests: for every field of every message one in which that field is set, and full ones.</summary>
internal static class Corpus
{
    // Request, resource, scope, record, attribute, value, list, value: enough to meet every message.
    private const int MaxDepth = 9;

    public static IEnumerable<CorpusEntry> Entries()
    {
        foreach (var (signal, descriptor) in Requests())
        {
            foreach (var size in Enum.GetValues<Size>())
            {
                yield return new CorpusEntry($"{signal}, full, {size}", signal, Full(descriptor, size, MaxDepth));
                foreach (var (name, message) in Single(descriptor, size, [], ""))
                {
                    yield return new CorpusEntry($"{name}, {size}", signal, message());
                }
            }
        }
    }

    public static IEnumerable<(Signal Signal, MessageDescriptor Descriptor)> Requests() =>
        [
            (Signal.Logs, ExportLogsServiceRequest.Descriptor),
            (Signal.Traces, ExportTraceServiceRequest.Descriptor),
            (Signal.Metrics, ExportMetricsServiceRequest.Descriptor),
        ];

    // One message for each field that can be reached: the path to it, with the required ids beside it.
    private static IEnumerable<(string Name, Func<IMessage> Message)> Single(
        MessageDescriptor descriptor,
        Size size,
        HashSet<MessageDescriptor> seen,
        string path
    )
    {
        foreach (var field in descriptor.Fields.InDeclarationOrder())
        {
            var name = $"{path}/{field.JsonName}";
            yield return (name, () => With(descriptor, field, field.FieldType == FieldType.Message ? New(field) : Scalar(field, size)));
            if (field.FieldType != FieldType.Message || seen.Contains(field.MessageType))
            {
                continue;
            }

            foreach (var (inner, message) in Single(field.MessageType, size, [.. seen, descriptor], name))
            {
                yield return (inner, () => With(descriptor, field, message()));
            }
        }
    }

    private static IMessage Full(MessageDescriptor descriptor, Size size, int depth)
    {
        var message = New(descriptor);
        foreach (var field in descriptor.Fields.InDeclarationOrder())
        {
            if (field.FieldType != FieldType.Message)
            {
                Set(message, field, Scalar(field, size));
            }
            else if (depth > 0 && (field.ContainingOneof is null || field.RealContainingOneof.Fields[(int)size % 2] != field))
            {
                Set(message, field, Full(field.MessageType, size, depth - 1));
            }
        }

        return message;
    }

    private static IMessage With(MessageDescriptor descriptor, FieldDescriptor field, object value)
    {
        var message = New(descriptor);
        Set(message, field, value);
        return message;
    }

    private static void Set(IMessage message, FieldDescriptor field, object value)
    {
        if (field.IsRepeated)
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(message);
            list.Add(value);
            list.Add(value);
        }
        else
        {
            field.Accessor.SetValue(message, value);
        }
    }

    private static object Scalar(FieldDescriptor field, Size size) =>
        field.FieldType switch
        {
            FieldType.String => Pick(size, "", "text ä \U0001F600 \"\\/\n\0", new string('x', 5000)),
            FieldType.Bool => size != Size.Min,
            FieldType.Bytes when field.Name.EndsWith("trace_id", StringComparison.Ordinal) => Id(16, size),
            FieldType.Bytes when field.Name.EndsWith("span_id", StringComparison.Ordinal) => Id(8, size),
            FieldType.Bytes => ByteString.CopyFrom(Pick<byte[]>(size, [], [0, 255, 62, 63], new byte[1000])),
            FieldType.Double => Pick(size, double.MinValue, 0.1, double.NaN),
            FieldType.Int64 or FieldType.SFixed64 => Pick(size, long.MinValue, -1, long.MaxValue),
            FieldType.UInt64 or FieldType.Fixed64 => Pick<ulong>(size, 0, 1795174987889000000, ulong.MaxValue),
            FieldType.Int32 or FieldType.SInt32 => Pick(size, int.MinValue, -7, int.MaxValue),
            FieldType.UInt32 or FieldType.Fixed32 => Pick<uint>(size, 0, 1, uint.MaxValue),
            FieldType.Enum => Pick(size, 0, 1, 99),
            _ => throw new NotSupportedException(field.FieldType.ToString()),
        };

    private static ByteString Id(int length, Size size) =>
        ByteString.CopyFrom([.. Enumerable.Repeat((byte)Pick(size, 1, 171, 255), length)]);

    private static T Pick<T>(Size size, T min, T typical, T max) =>
        size switch
        {
            Size.Min => min,
            Size.Typical => typical,
            _ => max,
        };

    private static IMessage New(FieldDescriptor field) => New(field.MessageType);

    private static IMessage New(MessageDescriptor descriptor) =>
        // A span without its ids would be left out.
        descriptor == Span.Descriptor
            ? new Span { TraceId = Id(16, Size.Typical), SpanId = Id(8, Size.Typical) }
            : descriptor.Parser.ParseFrom(ByteString.Empty);
}

internal sealed record CorpusEntry(string Name, Signal Signal, IMessage Message);
