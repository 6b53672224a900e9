using System.Buffers.Binary;
using System.Text;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>HTTP/2 by hand: frames as given, also those that no client would send. https://www.rfc-editor.org/rfc/rfc9113</summary>
internal static class Http2Frames
{
    public const byte EndStream = 0x1;
    public const byte EndHeaders = 0x4;

    public static readonly byte[] Preface = Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    /// <summary>What a client begins with.</summary>
    public static readonly byte[] Hello = [.. Preface, .. Settings()];

    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        frame[1] = (byte)(payload.Length >> 8);
        frame[2] = (byte)payload.Length;
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    public static byte[] Data(int stream, ReadOnlySpan<byte> data, byte flags = 0) => Frame(0, flags, stream, data);

    public static byte[] Headers(int stream, byte flags, ReadOnlySpan<byte> block) => Frame(1, flags, stream, block);

    public static byte[] Priority(int stream) => Frame(2, 0, stream, [0, 0, 0, 0, 16]);

    public static byte[] Reset(int stream) => Frame(3, 0, stream, [0, 0, 0, 8]);

    public static byte[] Settings(params (short Name, int Value)[] values)
    {
        var payload = new byte[6 * values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt16BigEndian(payload.AsSpan(6 * i), values[i].Name);
            BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(6 * i + 2), values[i].Value);
        }

        return Frame(4, 0, 0, payload);
    }

    public static byte[] Ping() => Frame(6, 0, 0, new byte[8]);

    public static byte[] WindowUpdate(int stream, int increment)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, increment);
        return Frame(8, 0, stream, payload);
    }

    public static byte[] Continuation(int stream, byte flags, ReadOnlySpan<byte> block) => Frame(9, flags, stream, block);

    /// <summary>Literals that go into no table (RFC 7541, section 6.2.2), names and values below 127 bytes.</summary>
    public static byte[] Block(params (string Name, string Value)[] headers)
    {
        List<byte> block = [];
        foreach (var (name, value) in headers)
        {
            block.Add(0);
            block.Add((byte)name.Length);
            block.AddRange(Encoding.ASCII.GetBytes(name));
            block.Add((byte)value.Length);
            block.AddRange(Encoding.ASCII.GetBytes(value));
        }

        return [.. block];
    }

    /// <summary>What a call of <c>Export</c> begins with.</summary>
    public static byte[] Call(params (string Name, string Value)[] more) =>
        Block([
            (":method", "POST"),
            (":scheme", "http"),
            (":authority", "localhost"),
            (":path", GrpcCaller.Logs),
            ("content-type", "application/grpc"),
            ("te", "trailers"),
            .. more,
        ]);
}
