using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ClaudeBridge.Otlp.Wire;

/// <summary>Reads protobuf bodies. The usual way parses the body at once; only a body that fails is walked by hand.</summary>
internal static class ProtobufExports
{
    /// <exception cref="MalformedPayloadException">The body is damaged in another way than by a record that nests too deep.</exception>
    public static (T Request, DeepRecordFilter? Filter) Read<T>(
        Signal signal,
        MessageParser<T> parser,
        MessageDescriptor message,
        ReadOnlyMemory<byte> body
    )
        where T : IMessage<T>
    {
        LyingLengths.Refuse(body.Span, message);
        try
        {
            return (parser.ParseFrom(body.Span), null);
        }
        catch (Exception failure) when (DeepRecordFilter.IsDamage(failure))
        {
            var filter = new DeepRecordFilter(signal);
            var rest = filter.Apply(body);
            try
            {
                return (parser.ParseFrom(rest.Span), filter);
            }
            catch (Exception damage) when (DeepRecordFilter.IsDamage(damage))
            {
                throw DeepRecordFilter.Explain(damage);
            }
        }
    }
}
