using System.Buffers.Binary;
using System.Security.Cryptography;
using ClaudeBridge.Journal;

namespace ClaudeBridge.Store.Snapshots;

/// <summary>The last bytes of a snapshot: they are written after all others, so a copy that broke off has none.</summary>
/// <remarks>
///  0 magic "CBRSNAP" and 1   8 schema   12 zeros   16 position (8 bytes)   24 taken, UTC ticks (8 bytes)
/// 32 length of the store (8 bytes)     40 SHA-256 of the store (32 bytes)  72 journal (8 bytes)   80 zeros   84 CRC-32C of bytes 0 to 83
/// </remarks>
internal static class SnapshotTrailer
{
    public const int Length = 88;
    private const int CrcOffset = Length - sizeof(uint);

    private static ReadOnlySpan<byte> Magic => "CBRSNAP\u0001"u8;

    public static byte[] Write(Snapshot snapshot)
    {
        var bytes = new byte[Length];
        var target = bytes.AsSpan();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], snapshot.Schema);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], snapshot.Position.Value);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], snapshot.Taken.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], snapshot.Bytes);
        snapshot.Hash.CopyTo(target[40..]);
        BinaryPrimitives.WriteInt64LittleEndian(target[72..], snapshot.Journal);
        BinaryPrimitives.WriteUInt32LittleEndian(target[CrcOffset..], Crc32C.Of(target[..CrcOffset]));
        return bytes;
    }

    /// <summary>Null when these bytes are no whole, undamaged end of a file of that length.</summary>
    public static Snapshot? Read(ReadOnlySpan<byte> source, string path, long fileLength)
    {
        if (
            source.Length != Length
            || !source.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(source[CrcOffset..]) != Crc32C.Of(source[..CrcOffset])
        )
        {
            return null;
        }

        var position = BinaryPrimitives.ReadInt64LittleEndian(source[16..]);
        var ticks = BinaryPrimitives.ReadInt64LittleEndian(source[24..]);
        var bytes = BinaryPrimitives.ReadInt64LittleEndian(source[32..]);
        return position < 0 || bytes != fileLength - Length || ticks < 0 || ticks > DateTimeOffset.MaxValue.UtcTicks
            ? null
            : new Snapshot(
                path,
                new JournalPosition(position),
                BinaryPrimitives.ReadInt64LittleEndian(source[72..]),
                BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
                new DateTimeOffset(ticks, TimeSpan.Zero),
                bytes,
                source.Slice(40, SHA256.HashSizeInBytes).ToArray()
            );
    }
}
