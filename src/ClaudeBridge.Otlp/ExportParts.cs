using System.Text.Json;
using ClaudeBridge.Otlp.Json;
using ClaudeBridge.Otlp.Wire;

namespace ClaudeBridge.Otlp;

/// <summary>Splits a large body into smaller ones without reading its records, so that never more than a part of it is in memory as messages.</summary>
/// <remarks>
/// <code>
///   { A: [ { resource, B: [ { scope, C: [ 1 2 3 4 ] } ] } ] }   ──▶   { A: [ { resource, B: [ { scope, C: [ 1 2 ] } ] } ] }
///                                                                     { A: [ { resource, B: [ { scope, C: [ 3 4 ] } ] } ] }
/// </code>
/// The parts, read one after the other, hold the records of the whole in the same order.
/// </remarks>
public static class ExportParts
{
    /// <param name="partBytes">About how large a part may be. One record that is larger is a part of its own.</param>
    /// <param name="maxMessages">A body that may hold more messages comes back whole: whoever reads it then says no.</param>
    /// <returns>The parts, each made when it is asked for. The body itself when it is small, damaged, or of an unusual shape.</returns>
    public static IEnumerable<ReadOnlyMemory<byte>> Split(
        Signal signal,
        OtlpEncoding encoding,
        ReadOnlyMemory<byte> body,
        int partBytes,
        int maxMessages = int.MaxValue
    )
    {
        if (body.Length <= partBytes)
        {
            return [body];
        }

        try
        {
            return encoding == OtlpEncoding.Json
                ? SplitJson(signal, body, partBytes, maxMessages)
                : ProtobufParts.Split(signal, body, partBytes, maxMessages);
        }
        catch (Exception unusual) when (unusual is JsonException or MalformedPayloadException)
        {
            return [body];
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> SplitJson(Signal signal, ReadOnlyMemory<byte> body, int partBytes, int maxMessages) =>
        // A message is an object; braces in texts count too, which does no harm.
        body.Span.Count((byte)'{') > maxMessages
            ? [body]
            : JsonParts.Split(signal, body, partBytes);
}
