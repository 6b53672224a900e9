using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace ClaudeBridge.Otlp.Compression;

/// <summary>A body that is marked as gzip is not sound gzip: malformed, damaged, cut, or followed by something else.</summary>
public sealed class MalformedGzipException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A body would be larger than allowed once inflated.</summary>
/// <param name="limit">The limit, in bytes.</param>
public sealed class InflatedTooLargeException(int limit) : Exception($"The body is larger than {limit} bytes once inflated.")
{
    public int Limit { get; } = limit;
}

/// <summary>Inflates gzip bodies within a limit that is checked while inflating. https://www.rfc-editor.org/rfc/rfc1952</summary>
public static class Gzip
{
    private const int MinMemberBytes = 18;

    // Deflate cannot do better than this, so the size that a body claims is believed no further.
    private const int MaxRatio = 1032;

    /// <summary>The inflated content of one gzip member or of several in a row.</summary>
    /// <exception cref="MalformedGzipException">Not gzip, a wrong checksum or length, cut, or something follows the last member.</exception>
    /// <exception cref="InflatedTooLargeException">More than <paramref name="maxBytes"/> would come out; inflating stopped there.</exception>
    public static byte[] Inflate(ReadOnlyMemory<byte> body, int maxBytes)
    {
        if (body.Length < MinMemberBytes)
        {
            throw new MalformedGzipException("The body is too short to be gzip.");
        }

        var claimed = BinaryPrimitives.ReadUInt32LittleEndian(body.Span[^sizeof(uint)..]);
        var output = new InflatedBuffer((int)Math.Min(Math.Min(claimed, (long)maxBytes), (long)body.Length * MaxRatio), maxBytes);
        try
        {
            using var gzip = new GZipStream(AsStream(body), CompressionMode.Decompress);
            output.Fill(gzip);
        }
        catch (InvalidDataException damage)
        {
            throw new MalformedGzipException("The body is not sound gzip.", damage);
        }

        // The stream checks each trailer that it meets but takes a missing one, or bytes after it, in silence. The length in the last four
        // bytes tells a single whole member; whatever else there is, several members or damage, is looked at closely.
        return claimed > 0 && output.Length == claimed ? output.ToArray() : GzipMembers.Inflate(body, maxBytes);
    }

    internal static Stream AsStream(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(bytes.ToArray(), writable: false);
}
