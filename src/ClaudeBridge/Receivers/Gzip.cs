using System.Buffers;
using System.IO.Compression;

namespace ClaudeBridge.Receivers;

/// <summary>Undoes gzip and knows whether all of it was there.</summary>
/// <remarks>
/// <see cref="GZipStream"/> ends without a word where its input ends, so a cut body would pass for a short one. Hence a tiny gzip
/// member of our own goes behind the body: members may follow each other (RFC 1952, section 2.2), and the mark comes out at the very
/// end exactly when everything before it was whole.
/// </remarks>
internal static class Gzip
{
    /// <summary>What comes out at the very end of a whole body that <see cref="MarkMember"/> follows.</summary>
    internal static readonly byte[] Mark = "end of the body."u8.ToArray();

    /// <summary>The mark as a gzip member.</summary>
    internal static readonly byte[] MarkMember = Compress(Mark);

    private const int ScratchBytes = 64 * 1024;

    /// <summary>What a buffer with a compressed body must be able to hold beyond the body.</summary>
    public static int TailBytes => MarkMember.Length;

    /// <param name="compressed">The body as it came. The mark is written behind it.</param>
    /// <param name="limit">The most bytes that may come out.</param>
    /// <param name="body">What came out, for the caller to dispose of whatever the outcome.</param>
    public static BodyOutcome Expand(BodyBuffer compressed, InFlightBudget budget, int limit, out BodyBuffer body)
    {
        body = new BodyBuffer(budget, limit + Mark.Length);
        if (compressed.Length == 0)
        {
            return BodyOutcome.Malformed;
        }

        var outcome = compressed.Append(new(MarkMember));
        if (outcome != BodyOutcome.Complete || !body.TryStart(4L * compressed.Length))
        {
            return BodyOutcome.Overloaded;
        }

        try
        {
            outcome = ReadAll(compressed, body);
        }
        catch (InvalidDataException)
        {
            return BodyOutcome.Malformed;
        }

        return outcome == BodyOutcome.Complete && !TryTakeMarkOff(body) ? BodyOutcome.Malformed : outcome;
    }

    /// <remarks>What turns out to be large is expanded twice, the first time without keeping it: so memory is taken once, for as much as there is.</remarks>
    private static BodyOutcome ReadAll(BodyBuffer compressed, BodyBuffer body)
    {
        using var gzip = Open(compressed);
        while (true)
        {
            if (body.IsFull)
            {
                return gzip.ReadByte() < 0 ? BodyOutcome.Complete : BodyOutcome.TooLarge;
            }

            if (body.Free.IsEmpty)
            {
                if (body.IsLarge)
                {
                    return ReadLarge(compressed, body, body.Length + CountRest(gzip, body.MostMore));
                }

                if (!body.TryMakeRoom(1))
                {
                    return BodyOutcome.Overloaded;
                }
            }

            var read = gzip.Read(body.Free);
            if (read == 0)
            {
                return BodyOutcome.Complete;
            }

            body.Advance(read);
        }
    }

    private static BodyOutcome ReadLarge(BodyBuffer compressed, BodyBuffer body, int length)
    {
        if (length > body.Length + body.MostMore)
        {
            return BodyOutcome.TooLarge;
        }

        if (!body.TryStartAgain(length))
        {
            return BodyOutcome.Overloaded;
        }

        using var gzip = Open(compressed);
        gzip.ReadExactly(body.Free[..length]);
        body.Advance(length);
        return BodyOutcome.Complete;
    }

    /// <returns>How many bytes follow; more than <paramref name="most"/> are not counted to their end.</returns>
    private static int CountRest(GZipStream gzip, int most)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(ScratchBytes);
        try
        {
            var count = 0;
            while (count <= most && gzip.Read(scratch) is > 0 and var read)
            {
                count += read;
            }

            return count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private static GZipStream Open(BodyBuffer compressed) =>
        new(new MemoryStream(compressed.Array, 0, compressed.Length, writable: false), CompressionMode.Decompress);

    private static bool TryTakeMarkOff(BodyBuffer body)
    {
        if (!body.Written.Span.EndsWith(Mark))
        {
            return false;
        }

        body.Advance(-Mark.Length);
        return true;
    }

    private static byte[] Compress(byte[] data)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(data);
        }

        return result.ToArray();
    }
}
