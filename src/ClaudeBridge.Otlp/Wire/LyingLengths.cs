using Google.Protobuf.Reflection;

namespace ClaudeBridge.Otlp.Wire;

/// <summary>Finds lengths that reach beyond their message where the protobuf library does not notice.</summary>
/// <remarks>
/// The library (3.25) adds a claimed length to its position in 32 bits. Close below 2^31 the sum is negative, the check passes, and a field that is
/// skipped takes the rest of the body with it: the sender would be told that records were kept which are gone. Others take hundreds of megabytes before
/// they fail. So this comes first.
/// </remarks>
internal static class LyingLengths
{
    private const int LengthBytes = 5;

    /// <exception cref="MalformedPayloadException">A field claims more than its message has.</exception>
    public static void Refuse(ReadOnlySpan<byte> body, MessageDescriptor message)
    {
        if (MayHold(body))
        {
            Walk(body, message, 0);
        }
    }

    // Five bytes of a varint with bits 26 to 30 set and bit 31 clear, which bodies as a rule do not have.
    private static bool MayHold(ReadOnlySpan<byte> body)
    {
        for (var at = 0; at < body.Length; at++)
        {
            var next = body[at..].IndexOfAnyInRange((byte)0xE0, (byte)0xFF);
            if (next < 0)
            {
                return false;
            }

            at += next;
            if (
                at >= LengthBytes - 2
                && at + 1 < body.Length
                && (body[at + 1] & 0x0F) == 0x07
                && (body[at - 1] & body[at - 2] & body[at - 3] & 0x80) != 0
            )
            {
                return true;
            }
        }

        return false;
    }

    private static void Walk(ReadOnlySpan<byte> content, MessageDescriptor message, int origin, int depth = 0)
    {
        // The library goes no deeper.
        if (depth > Json.JsonCursor.MaxMessageDepth)
        {
            return;
        }

        var fields = new WireReader(content, origin);
        while (fields.Next())
        {
            if (fields.IsLengthDelimited && message.FindFieldByNumber((int)fields.Field) is { FieldType: FieldType.Message } field)
            {
                Walk(fields.Content, field.MessageType, fields.ContentOrigin, depth + 1);
            }
        }
    }
}
