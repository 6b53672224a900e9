using System.Buffers.Binary;
using System.Globalization;

namespace ClaudeBridge.Journal;

/// <summary>One file of the journal and the stretch of positions it holds.</summary>
/// <param name="Base">The position of its first entry.</param>
/// <param name="Follows">Where the journal ended when this file was begun: what an older file holds from there on was never part of it.</param>
/// <param name="End">Where its entries end.</param>
/// <param name="LastWritten">No entry in it is newer. For retention.</param>
internal sealed record Segment(string Path, long Base, long Follows, uint Mark, long End, DateTimeOffset LastWritten)
{
    public const string Extension = ".journal";

    public long Bytes => End - Base;

    public static string PathOf(string folder, long start) =>
        System.IO.Path.Combine(folder, start.ToString("D20", CultureInfo.InvariantCulture) + Extension);

    /// <summary>Where in the file a position stands.</summary>
    public static long OffsetOf(long start, long position) => position - start + SegmentHeader.Length;
}

/// <summary>The first bytes of a file of the journal.</summary>
/// <param name="Journal">The random number of the journal: a file that somebody copied here from another one is told apart by it.</param>
/// <remarks>
///  0 magic "CBRJRNL" and 1   8 version   12 length of this header   16 base (8 bytes)   24 follows (8 bytes)
/// 32 created, UTC ticks (8 bytes)       40 mark                    44 journal (8 bytes) 52 zeros   60 CRC-32C of bytes 0 to 59
/// </remarks>
internal readonly record struct SegmentHeader(long Base, long Follows, long CreatedTicks, uint Mark, long Journal)
{
    public const int Length = 64;
    private const uint Version = 1;

    private static ReadOnlySpan<byte> Magic => "CBRJRNL\u0001"u8;

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        var target = bytes.AsSpan();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(target[12..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], Base);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], Follows);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], CreatedTicks);
        BinaryPrimitives.WriteUInt32LittleEndian(target[40..], Mark);
        BinaryPrimitives.WriteInt64LittleEndian(target[44..], Journal);
        BinaryPrimitives.WriteUInt32LittleEndian(target[60..], Crc32C.Of(target[..60]));
        return bytes;
    }

    /// <summary>False when these bytes are no whole, undamaged header of a version that is known here.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out SegmentHeader header)
    {
        header = default;
        if (
            source.Length < Length
            || !source.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(source[60..]) != Crc32C.Of(source[..60])
            || BinaryPrimitives.ReadUInt32LittleEndian(source[8..]) != Version
        )
        {
            return false;
        }

        header = new SegmentHeader(
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[44..])
        );
        return header is { Base: >= 0, Follows: >= 0 } && header.Follows <= header.Base;
    }

    /// <summary>True for an undamaged header that only a later version of the program can read.</summary>
    public static bool IsOfNewerVersion(ReadOnlySpan<byte> source) =>
        source.Length >= Length
        && source.StartsWith(Magic)
        && BinaryPrimitives.ReadUInt32LittleEndian(source[60..]) == Crc32C.Of(source[..60])
        && BinaryPrimitives.ReadUInt32LittleEndian(source[8..]) > Version;
}
