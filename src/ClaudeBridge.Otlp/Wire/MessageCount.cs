using Google.Protobuf.Reflection;

namespace ClaudeBridge.Otlp.Wire;

/// <summary>Counts the messages in a protobuf body before any of them is made: an empty one is two bytes on the wire and a hundred times that in memory.</summary>
internal static class MessageCount
{
    private const int LeastMessageBytes = 2;

    /// <summary>The elements of a packed list of small numbers that weigh as much as a message.</summary>
    private const int ElementsAMessage = 8;

    /// <exception cref="MalformedPayloadException">There are more than <paramref name="max"/>.</exception>
    public static void Refuse(ReadOnlySpan<byte> body, MessageDescriptor message, int max)
    {
        if (body.Length / LeastMessageBytes <= max)
        {
            return;
        }

        var left = max;
        if (!Walk(body, message, 0, ref left))
        {
            throw TooMany(max);
        }
    }

    /// <summary>How many there are, up to where the body is damaged.</summary>
    public static int Of(ReadOnlySpan<byte> body, MessageDescriptor message)
    {
        var left = int.MaxValue;
        _ = Walk(body, message, 0, ref left);
        return int.MaxValue - left;
    }

    public static MalformedPayloadException TooMany(int max) =>
        new($"The body holds more than {max} messages (records, attributes, values). Send smaller exports.", "");

    // Damage ends the count: the reader finds it and says where.
    private static bool Walk(ReadOnlySpan<byte> content, MessageDescriptor message, int depth, ref int left)
    {
        var fields = new WireReader(content, 0);
        try
        {
            while (fields.Next())
            {
                if (!fields.IsLengthDelimited || message.FindFieldByNumber((int)fields.Field) is not { } field)
                {
                    continue;
                }

                if (field.FieldType != FieldType.Message)
                {
                    left -= field is { IsRepeated: true, FieldType: FieldType.UInt64 } ? fields.Content.Length / ElementsAMessage : 0;
                    continue;
                }

                if (--left < 0)
                {
                    return false;
                }

                if (depth < Json.JsonCursor.MaxMessageDepth && !Walk(fields.Content, field.MessageType, depth + 1, ref left))
                {
                    return false;
                }
            }
        }
        catch (MalformedPayloadException)
        {
            return true;
        }

        return left >= 0;
    }
}
