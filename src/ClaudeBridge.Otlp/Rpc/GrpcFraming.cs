using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ClaudeBridge.Otlp.Rpc;

/// <summary>The prefix of a gRPC message: five bytes before each. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md</summary>
/// <param name="IsCompressed">The message is compressed as the header <c>grpc-encoding</c> says.</param>
/// <param name="Length">How many bytes of message follow; a claim of the sender, up to 2^32-1.</param>
public readonly record struct GrpcPrefix(bool IsCompressed, uint Length);

/// <summary>The small rules of unary gRPC over HTTP/2 that a receiver needs.</summary>
public static class GrpcFraming
{
    public const int PrefixLength = 5;

    // A grpc-timeout has at most eight digits.
    private const int MaxTimeoutDigits = 8;

    /// <returns>False: fewer than five bytes, or a compressed flag that is neither 0 nor 1.</returns>
    public static bool TryReadPrefix(ReadOnlySpan<byte> bytes, out GrpcPrefix prefix)
    {
        if (bytes.Length < PrefixLength || bytes[0] > 1)
        {
            prefix = default;
            return false;
        }

        prefix = new GrpcPrefix(bytes[0] == 1, BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]));
        return true;
    }

    /// <inheritdoc cref="TryReadPrefix(ReadOnlySpan{byte}, out GrpcPrefix)"/>
    public static bool TryReadPrefix(in ReadOnlySequence<byte> bytes, out GrpcPrefix prefix)
    {
        Span<byte> first = stackalloc byte[PrefixLength];
        var length = (int)Math.Min(bytes.Length, PrefixLength);
        bytes.Slice(0, length).CopyTo(first);
        return TryReadPrefix(first[..length], out prefix);
    }

    /// <summary>Writes the prefix of an uncompressed message of that length into the first five bytes of <paramref name="destination"/>.</summary>
    public static void WritePrefix(Span<byte> destination, int messageLength)
    {
        destination[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], (uint)messageLength);
    }

    /// <summary>An uncompressed message with its prefix.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        var framed = new byte[PrefixLength + message.Length];
        WritePrefix(framed, message.Length);
        message.CopyTo(framed.AsSpan(PrefixLength));
        return framed;
    }

    /// <summary>The form of a text in the trailer <c>grpc-message</c>: UTF-8, everything but visible ASCII (and the percent sign) as <c>%XX</c>.</summary>
    public static string EncodeMessage(string message)
    {
        var encoded = new StringBuilder(message.Length + 16);
        foreach (var b in Encoding.UTF8.GetBytes(message))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%')
            {
                encoded.Append((char)b);
            }
            else
            {
                encoded.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return encoded.ToString();
    }

    /// <summary>The form of a <c>google.rpc.Status</c> in the trailer <c>grpc-status-details-bin</c>: base64 without padding.</summary>
    public static string EncodeBinary(ReadOnlySpan<byte> value) => Convert.ToBase64String(value).TrimEnd('=');

    /// <summary>Reads a <c>grpc-timeout</c>: up to eight digits and a unit (H, M, S, m, u, n).</summary>
    /// <returns>False: absent or not of that form. The longest possible one, 99 999 999 hours, is returned as it is.</returns>
    public static bool TryParseTimeout(ReadOnlySpan<char> header, out TimeSpan timeout)
    {
        timeout = default;
        if (
            header.Length is < 2 or > MaxTimeoutDigits + 1
            || !int.TryParse(header[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var amount)
        )
        {
            return false;
        }

        long? ticks = header[^1] switch
        {
            'H' => TimeSpan.TicksPerHour * amount,
            'M' => TimeSpan.TicksPerMinute * amount,
            'S' => TimeSpan.TicksPerSecond * amount,
            'm' => TimeSpan.TicksPerMillisecond * amount,
            'u' => TimeSpan.TicksPerMicrosecond * amount,
            'n' => amount / TimeSpan.NanosecondsPerTick,
            _ => null,
        };
        timeout = new TimeSpan(ticks ?? 0);
        return ticks is not null;
    }
}
