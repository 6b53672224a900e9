using System.Buffers.Binary;
using System.IO.Compression;

namespace ClaudeBridge.Otlp.Compression;

/// <summary>Inflates gzip one member at a time and makes sure that each is whole and that nothing follows the last one.</summary>
/// <remarks>
/// The framework's inflater does not say where its input ended. It is fed in small pieces, so the end lies in the last piece, and there the
/// member's trailer (checksum and length of what came out) is looked for.
/// </remarks>
internal static class GzipMembers
{
    private const int PieceBytes = 4096;
    private const int HeaderBytes = 10;
    private const int TrailerBytes = 8;
    private const int MinDistinctBytes = 64;

    // Writers of many members make them of 64 KiB or so; a body of tiny ones is an attempt to cost time.
    private const int MaxMembers = 10_000;

    private const int HasHeaderChecksum = 2;
    private const int HasExtra = 4;
    private const int HasName = 8;
    private const int HasComment = 16;
    private const int ReservedFlags = 0xE0;

    public static byte[] Inflate(ReadOnlyMemory<byte> body, int maxBytes)
    {
        var output = new InflatedBuffer(0, maxBytes);
        var members = 0;
        for (var rest = body; rest.Length > 0; members++)
        {
            if (members == MaxMembers)
            {
                throw new MalformedGzipException($"The body has more than {MaxMembers} gzip members.");
            }

            rest = rest[HeaderLength(rest.Span)..];
            rest = rest[InflateMember(rest, output)..];
        }

        return output.ToArray();
    }

    // How long the deflated data and the trailer are.
    private static int InflateMember(ReadOnlyMemory<byte> rest, InflatedBuffer output)
    {
        var start = output.Length;
        var (to, from) = Inflate(rest, output, fineFrom: int.MaxValue);
        var content = output.Written[start..];
        if (content.Length < MinDistinctBytes)
        {
            // The checksum of next to nothing may be anywhere in the piece: feed the last piece byte by byte and know the end exactly.
            (to, _) = Inflate(rest, new InflatedBuffer(MinDistinctBytes, MinDistinctBytes), fineFrom: from);
            from = to;
        }

        Span<byte> trailer = stackalloc byte[TrailerBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, Crc32.Of(content));
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[sizeof(uint)..], (uint)content.Length);
        var at = rest.Span[from..Math.Min(rest.Length, to + TrailerBytes)].IndexOf(trailer);
        return at >= 0 ? from + at + TrailerBytes : throw new MalformedGzipException("The gzip body is cut or its checksum is wrong.");
    }

    // Where the last piece that was asked for ends and begins.
    private static (int End, int LastPiece) Inflate(ReadOnlyMemory<byte> rest, InflatedBuffer output, int fineFrom)
    {
        using var pieces = new PieceStream(Gzip.AsStream(rest), PieceBytes, fineFrom);
        try
        {
            using var deflate = new DeflateStream(pieces, CompressionMode.Decompress, leaveOpen: true);
            output.Fill(deflate);
        }
        catch (InvalidDataException damage)
        {
            throw new MalformedGzipException("The body is not sound gzip.", damage);
        }

        return (pieces.Given, pieces.LastPiece);
    }

    private static int HeaderLength(ReadOnlySpan<byte> member)
    {
        if (member.Length < HeaderBytes || !member.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 8]) || (member[3] & ReservedFlags) != 0)
        {
            throw new MalformedGzipException("The body is not gzip, or something that is not gzip follows it.");
        }

        var flags = member[3];
        var at = HeaderBytes;
        if ((flags & HasExtra) != 0)
        {
            at += member.Length >= at + 2 ? 2 + BinaryPrimitives.ReadUInt16LittleEndian(member[at..]) : member.Length;
        }

        at = SkipText(member, at, (flags & HasName) != 0);
        at = SkipText(member, at, (flags & HasComment) != 0);
        at += (flags & HasHeaderChecksum) != 0 ? 2 : 0;
        return at <= member.Length ? at : throw new MalformedGzipException("The gzip body is cut in its header.");
    }

    // Texts in the header end with a zero byte.
    private static int SkipText(ReadOnlySpan<byte> member, int at, bool present)
    {
        if (!present || at > member.Length)
        {
            return at;
        }

        var length = member[at..].IndexOf((byte)0);
        return length >= 0 ? at + length + 1 : member.Length + 1;
    }

    /// <summary>Gives its content in pieces, from some place on byte by byte, and says how much it has given.</summary>
    private sealed class PieceStream(Stream inner, int pieceBytes, int fineFrom) : Stream
    {
        public int Given { get; private set; }

        public int LastPiece { get; private set; }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var piece = Given >= fineFrom ? 1 : Math.Min(pieceBytes, fineFrom - Given);
            var read = inner.Read(buffer, offset, Math.Min(count, piece));
            LastPiece = read > 0 ? Given : LastPiece;
            Given += read;
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
