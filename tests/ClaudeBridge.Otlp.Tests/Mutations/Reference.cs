using Google.Protobuf;
using Google.Protobuf.Reflection;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Otlp.Tests.Mutations;

/// <summary>What the second decoder makes of a body; null where it refuses the whole of it.</summary>
/// <param name="MayBeRefused">The first decoder may refuse the body all the same.</param>
internal sealed record Reading(IMessage Message, int Accepted, int Rejected, bool MayBeRefused);

/// <summary>The second decoder refuses the body.</summary>
internal sealed class RefusedException(string why) : Exception(why);

/// <summary>
/// A second decoder, to compare the first one with: slow, short, and led by the descriptors of the messages where the first has code for each field.
/// Of the first it shares the message types (to be able to compare) and nothing that reads.
/// </summary>
internal static class Reference
{
    public const int MaxDepth = 100;

    private static readonly HashSet<MessageDescriptor> s_records =
    [
        LogRecord.Descriptor,
        Span.Descriptor,
        NumberDataPoint.Descriptor,
        HistogramDataPoint.Descriptor,
        ExponentialHistogramDataPoint.Descriptor,
        SummaryDataPoint.Descriptor,
    ];

    public static Reading? Read(Signal signal, OtlpEncoding encoding, byte[] body)
    {
        try
        {
            var descriptor = Corpus.Requests().First(request => request.Signal == signal).Descriptor;
            var protobuf = new ReferenceProtobuf();
            var (message, rejected) =
                encoding == OtlpEncoding.Json ? new ReferenceJson().Read(descriptor, body) : protobuf.Read(descriptor, body);
            var (kept, broken) = ApplyRules(message);
            return new Reading(message, kept, rejected + broken, protobuf.IsLax);
        }
        catch (RefusedException)
        {
            return null;
        }
    }

    public static bool IsRecord(MessageDescriptor? descriptor) => descriptor is not null && s_records.Contains(descriptor);

    public static IMessage New(MessageDescriptor descriptor) => descriptor.Parser.ParseFrom(ByteString.Empty);

    // The rules on ids: of the right length or absent; zeros are absent; a span has both.
    private static (int Kept, int Broken) ApplyRules(IMessage message)
    {
        var (kept, broken) = (0, 0);
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(field => field.FieldType == FieldType.Message))
        {
            if (field.Accessor.GetValue(message) is not { } value)
            {
                continue;
            }

            if (!field.IsRepeated || !IsRecord(field.MessageType))
            {
                foreach (var inner in field.IsRepeated ? ((System.Collections.IList)value).Cast<IMessage>() : [(IMessage)value])
                {
                    var (more, less) = ApplyRules(inner);
                    (kept, broken) = (kept + more, broken + less);
                }

                continue;
            }

            var list = (System.Collections.IList)value;
            for (var i = list.Count - 1; i >= 0; i--)
            {
                if (IsSound((IMessage)list[i]!))
                {
                    kept++;
                }
                else
                {
                    broken++;
                    list.RemoveAt(i);
                }
            }
        }

        return (kept, broken);
    }

    private static bool IsSound(IMessage record) =>
        record switch
        {
            LogRecord log => IsSound(log.TraceId, 16, id => log.TraceId = id) && IsSound(log.SpanId, 8, id => log.SpanId = id),
            Span span => IsSound(span.TraceId, 16, id => span.TraceId = id)
                && IsSound(span.SpanId, 8, id => span.SpanId = id)
                && IsSound(span.ParentSpanId, 8, id => span.ParentSpanId = id)
                && span is { TraceId.IsEmpty: false, SpanId.IsEmpty: false }
                && span.Links.All(link =>
                    IsSound(link.TraceId, 16, id => link.TraceId = id) && IsSound(link.SpanId, 8, id => link.SpanId = id)
                ),
            NumberDataPoint point => point.Exemplars.All(IsSoundExemplar),
            HistogramDataPoint point => point.Exemplars.All(IsSoundExemplar),
            ExponentialHistogramDataPoint point => point.Exemplars.All(IsSoundExemplar),
            _ => true,
        };

    private static bool IsSoundExemplar(Exemplar exemplar) =>
        IsSound(exemplar.TraceId, 16, id => exemplar.TraceId = id) && IsSound(exemplar.SpanId, 8, id => exemplar.SpanId = id);

    private static bool IsSound(ByteString id, int length, Action<ByteString> set)
    {
        if (id.Length == length && id.All(static digit => digit == 0))
        {
            set(ByteString.Empty);
        }

        return id.Length == 0 || id.Length == length;
    }
}
