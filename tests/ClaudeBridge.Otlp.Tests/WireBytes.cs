using System.Buffers.Binary;

namespace ClaudeBridge.Otlp.Tests;

/// <summary>Protobuf written field by field, also in ways that no library writes it.</summary>
internal static class WireBytes
{
    public static readonly byte[] TraceId = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];
    public static readonly byte[] SpanId = [.. Enumerable.Range(1, 8).Select(i => (byte)i)];

    public static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    public static byte[] Tag(int field, int wireType) => Varint((uint)((field << 3) | wireType));

    public static byte[] Number(int field, ulong value) => [.. Tag(field, 0), .. Varint(value)];

    public static byte[] Fixed64(int field, ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return [.. Tag(field, 1), .. bytes];
    }

    public static byte[] Fixed32(int field, uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return [.. Tag(field, 5), .. bytes];
    }

    public static byte[] Bytes(int field, params byte[] content) => [.. Tag(field, 2), .. Varint((uint)content.Length), .. content];

    public static byte[] Text(int field, string text) => Bytes(field, System.Text.Encoding.UTF8.GetBytes(text));

    public static byte[] Group(int field, params byte[] content) => [.. Tag(field, 3), .. content, .. Tag(field, 4)];

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    /// <summary>An export request around records (log records, spans or metrics): the three signals have one shape.</summary>
    public static byte[] Request(params byte[][] records) => Bytes(1, Bytes(2, Join([.. records.Select(record => Bytes(2, record))])));

    /// <summary>An attribute of a log record (6), span (9) or number data point (7).</summary>
    public static byte[] Attribute(int field, string key, byte[] value) => Bytes(field, [.. Text(1, key), .. Bytes(2, value)]);

    /// <summary>An AnyValue with the given number of lists around a text.</summary>
    public static byte[] NestedLists(int levels)
    {
        // Written from the inside out, into the end of a buffer, so that 100 000 levels stay linear.
        var buffer = new byte[(levels * 12) + 16];
        var at = buffer.Length;
        Put(Text(1, "deep"));
        for (var i = 0; i < levels; i++)
        {
            Put([.. Tag(1, 2), .. Varint((uint)(buffer.Length - at))]);
            Put([.. Tag(5, 2), .. Varint((uint)(buffer.Length - at))]);
        }

        return buffer[at..];

        void Put(byte[] bytes)
        {
            at -= bytes.Length;
            bytes.CopyTo(buffer, at);
        }
    }
}
