using System.Buffers.Binary;
using System.Text;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Journal;

/// <summary>What stands before the attributes and the body of an entry.</summary>
/// <param name="Mark">The random number of the segment: what a client sends cannot pass for an entry.</param>
/// <param name="Length">The whole entry in bytes, this header included.</param>
/// <param name="ContentCrc">Over the attributes and the body.</param>
internal readonly record struct EntryHeader(
    uint Mark,
    long Position,
    int Length,
    int AttributesLength,
    long ReceivedTicks,
    JournalEntryKind Kind,
    Signal Signal,
    OtlpEncoding Encoding,
    uint ContentCrc
)
{
    public int ContentLength => Length - EntryFormat.HeaderLength;

    public int BodyLength => ContentLength - AttributesLength;
}

/// <summary>An entry on disk, little-endian.</summary>
/// <remarks>
///  0 magic "CBJE"   4 mark            8 position (8 bytes)   16 length   20 length of attributes
/// 24 received, UTC ticks (8 bytes)   32 kind, signal, encoding, 0       36 CRC-32C of attributes and body
/// 40 CRC-32C of bytes 0 to 39        44 attributes, body
/// The header has a checksum of its own so that a damaged body still says where the next entry begins.
/// </remarks>
internal static class EntryFormat
{
    public const int HeaderLength = 44;
    public const int MaxAttributesLength = 64 * 1024;

    public const uint Magic = 0x454A_4243;
    public const int MagicAndMarkLength = 8;

    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    public static void WriteMagicAndMark(Span<byte> target, uint mark)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], mark);
    }

    public static void WriteHeader(Span<byte> target, in EntryHeader header)
    {
        WriteMagicAndMark(target, header.Mark);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], header.Position);
        BinaryPrimitives.WriteInt32LittleEndian(target[16..], header.Length);
        BinaryPrimitives.WriteInt32LittleEndian(target[20..], header.AttributesLength);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], header.ReceivedTicks);
        target[32] = (byte)header.Kind;
        target[33] = (byte)header.Signal;
        target[34] = (byte)header.Encoding;
        target[35] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(target[36..], header.ContentCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(target[40..], Crc32C.Of(target[..40]));
    }

    /// <summary>False when these bytes are no whole, undamaged header. Says nothing about the content behind it.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> source, out EntryHeader header)
    {
        header = default;
        if (
            source.Length < HeaderLength
            || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[40..]) != Crc32C.Of(source[..40])
        )
        {
            return false;
        }

        header = new EntryHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[20..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            (JournalEntryKind)source[32],
            (Signal)source[33],
            (OtlpEncoding)source[34],
            BinaryPrimitives.ReadUInt32LittleEndian(source[36..])
        );
        return header is { Position: >= 0, AttributesLength: >= 0, BodyLength: >= 0, Length: >= HeaderLength }
            && header.ReceivedTicks >= 0
            && header.ReceivedTicks <= DateTimeOffset.MaxValue.UtcTicks;
    }

    public static JournalEntry ToEntry(in EntryHeader header, ReadOnlyMemory<byte> content) =>
        new()
        {
            Kind = header.Kind,
            Signal = header.Signal,
            Encoding = header.Encoding,
            ReceivedAt = new DateTimeOffset(header.ReceivedTicks, TimeSpan.Zero),
            Attributes = ReadAttributes(content.Span[..header.AttributesLength]),
            Body = content[header.AttributesLength..],
        };

    /// <summary>Each attribute as length and UTF-8 of its key, then of its value; lengths are four bytes.</summary>
    /// <exception cref="ArgumentException">They are longer than <see cref="MaxAttributesLength"/>.</exception>
    public static byte[] WriteAttributes(IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        if (attributes.Count == 0)
        {
            return [];
        }

        var length = attributes.Sum(attribute => 8L + _utf8.GetByteCount(attribute.Key) + _utf8.GetByteCount(attribute.Value));
        if (length > MaxAttributesLength)
        {
            throw new ArgumentException(
                $"The attributes of an entry take {length} bytes; {MaxAttributesLength} are allowed.",
                nameof(attributes)
            );
        }

        var bytes = new byte[length];
        var rest = bytes.AsSpan();
        foreach (var (key, value) in attributes)
        {
            rest = WriteText(WriteText(rest, key), value);
        }

        return bytes;
    }

    private static Span<byte> WriteText(Span<byte> target, string text)
    {
        var written = _utf8.GetBytes(text, target[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(target, written);
        return target[(4 + written)..];
    }

    private static List<KeyValuePair<string, string>> ReadAttributes(ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty)
        {
            return [];
        }

        var attributes = new List<KeyValuePair<string, string>>();
        while (TryReadText(ref source, out var key) && TryReadText(ref source, out var value))
        {
            attributes.Add(new(key, value));
        }

        return attributes;
    }

    private static bool TryReadText(ref ReadOnlySpan<byte> source, out string text)
    {
        text = "";
        if (source.Length < 4 || BinaryPrimitives.ReadInt32LittleEndian(source) is var length && (uint)length > (uint)(source.Length - 4))
        {
            return false;
        }

        text = _utf8.GetString(source.Slice(4, length));
        source = source[(4 + length)..];
        return true;
    }
}
