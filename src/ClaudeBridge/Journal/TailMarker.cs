using System.Buffers.Binary;
using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Journal;

/// <summary>The small file beside the segments that keeps positions from being given twice, also when the newest segment is lost.</summary>
/// <param name="Journal">The random number of the journal, the same in every segment.</param>
/// <param name="Reserved">No position at or above this one was ever given.</param>
/// <param name="ClosedAt">Where the journal ended when it was closed in order; null while it is in use.</param>
internal readonly record struct TailMarker(long Journal, long Reserved, long? ClosedAt)
{
    public const string FileName = "tail";

    private const int Length = 36;

    private static ReadOnlySpan<byte> Magic => "CBRJTL\0\u0001"u8;

    /// <summary>Null when there is none or it is damaged: then nothing is known and positions start well above all that is found.</summary>
    public static TailMarker? Read(IJournalFiles files, string folder)
    {
        Span<byte> source = stackalloc byte[Length];
        if (
            !TryReadFile(files, Path.Combine(folder, FileName), source)
            || !source.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(source[32..]) != Crc32C.Of(source[..32])
        )
        {
            return null;
        }

        var closedAt = BinaryPrimitives.ReadInt64LittleEndian(source[16..]);
        return new TailMarker(
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
            closedAt < 0 ? null : closedAt
        );
    }

    public void Write(IJournalFiles files, string folder)
    {
        Span<byte> target = stackalloc byte[Length];
        target.Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], Reserved);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], ClosedAt ?? -1);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], Journal);
        BinaryPrimitives.WriteUInt32LittleEndian(target[32..], Crc32C.Of(target[..32]));
        CrashPoints.Pass(CrashPoints.Position);
        files.Replace(Path.Combine(folder, FileName), target);
        CrashPoints.Pass(CrashPoints.PositionReserved);
    }

    private static bool TryReadFile(IJournalFiles files, string path, Span<byte> target)
    {
        try
        {
            using var file = files.OpenRead(path);
            return file.Length == Length && file.Read(target, 0) == Length;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Not there, on a bad sector, or a folder.
            return false;
        }
    }
}
