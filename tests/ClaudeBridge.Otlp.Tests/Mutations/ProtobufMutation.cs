using static ClaudeBridge.Otlp.Tests.WireBytes;

namespace ClaudeBridge.Otlp.Tests.Mutations;

/// <summary>Changes one field of a protobuf message, wherever it stands; the lengths around it are mended, or lie.</summary>
internal static class ProtobufMutation
{
    public static byte[] Apply(Random random, byte[] body)
    {
        var fields = Split(body);
        if (fields is null or [])
        {
            return body;
        }

        var at = random.Next(fields.Count);
        var (number, wire, content) = fields[at];
        // Mostly further down: the upper levels have few fields.
        if (wire == 2 && random.Next(6) > 0 && Split(content) is { Count: > 0 })
        {
            fields[at] = (number, wire, Apply(random, content));
            return Write(random, fields);
        }

        switch (random.Next(9))
        {
            case 0:
                fields[at] = (random.Next(4) == 0 ? random.Next(1, 1 << 29) : random.Next(1, 18), wire, content);
                break;
            case 1:
                fields[at] = (number, random.Next(8), content);
                break;
            case 2:
                fields.RemoveAt(at);
                break;
            case 3:
                fields.Insert(random.Next(fields.Count), fields[at]);
                break;
            case 4 when wire == 2:
                fields[at] = (number, wire, Deep(random, content));
                break;
            case 5:
                fields[at] = (number, 0, Strange(random));
                break;
            case 6:
                fields.InsertRange(at, Enumerable.Repeat(fields[at], random.Next(1, 30)));
                break;
            case 7:
                fields[at] = (number, 3, [.. content, .. Tag(random.Next(3) == 0 ? number + 1 : number, 4)]);
                break;
            default:
                return
                [
                    .. Write(random, fields[..at]),
                    .. Tag(number, 2),
                    .. Lie(random, content.Length),
                    .. content,
                    .. Write(random, fields[at..]),
                ];
        }

        return Write(random, fields);
    }

    private static byte[] Deep(Random random, byte[] content)
    {
        // A list in a value in a list, or the same field in itself.
        var (outer, inner) = random.Next(2) == 0 ? (5, 1) : (6, 1);
        for (var i = random.Next(1, 70); i > 0 && content.Length < 4000; i--)
        {
            content = Bytes(outer, Bytes(inner, content));
        }

        return content;
    }

    private static byte[] Strange(Random random) =>
        random.Next(5) switch
        {
            0 => Varint(ulong.MaxValue),
            1 => Varint(1UL << 63),
            2 => [.. Enumerable.Repeat((byte)0xFF, random.Next(1, 12)), 1],
            3 => [.. Enumerable.Repeat((byte)0x80, random.Next(1, 11)), 0],
            _ => Varint((ulong)random.NextInt64()),
        };

    private static byte[] Lie(Random random, int length) =>
        random.Next(6) switch
        {
            0 => Varint((ulong)length + 1),
            1 => Varint((ulong)length * 2),
            2 => Varint(int.MaxValue),
            3 => Varint(ulong.MaxValue),
            4 => Varint(1UL << 32),
            _ => Varint((ulong)Math.Max(0, length - 1)),
        };

    private static byte[] Write(Random random, List<(int Number, int Wire, byte[] Content)> fields)
    {
        var output = new List<byte>();
        foreach (var (number, wire, content) in fields)
        {
            output.AddRange(Tag(number, wire));
            if (wire == 2)
            {
                output.AddRange(random.Next(400) == 0 ? Lie(random, content.Length) : Varint((ulong)content.Length));
            }

            output.AddRange(content);
        }

        return [.. output];
    }

    // The fields of a message, or null when it is none: text, most of the time.
    private static List<(int Number, int Wire, byte[] Content)>? Split(byte[] message)
    {
        var fields = new List<(int, int, byte[])>();
        for (var at = 0; at < message.Length; )
        {
            if (!TryVarint(message, ref at, out var tag) || tag >> 3 is 0 or > 1 << 29)
            {
                return null;
            }

            var start = at;
            long length;
            switch (tag & 7)
            {
                case 0 when TryVarint(message, ref at, out _):
                    length = at - start;
                    break;
                case 1:
                    length = 8;
                    break;
                case 2 when TryVarint(message, ref at, out var claimed):
                    (start, length) = (at, (long)Math.Min(claimed, int.MaxValue));
                    break;
                case 5:
                    length = 4;
                    break;
                default:
                    return null;
            }

            if (start + length > message.Length)
            {
                return null;
            }

            fields.Add(((int)(tag >> 3), (int)(tag & 7), message[start..(int)(start + length)]));
            at = (int)(start + length);
        }

        return fields;
    }

    private static bool TryVarint(byte[] message, ref int at, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && at < message.Length; shift += 7)
        {
            var digit = message[at++];
            value |= (ulong)(digit & 0x7F) << shift;
            if (digit < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
