using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;

namespace ClaudeBridge.Store.Snapshots;

/// <summary>The files in the folder <c>snapshots</c>: listed, sealed, copied back, deleted. Readable by their owner alone.</summary>
internal sealed class SnapshotFolder(string folder)
{
    private const string Prefix = "store-";
    private const string Extension = ".snapshot";
    private const int CopyBytes = 1024 * 1024;

    /// <summary>A file that is not finished yet; what a crash left of one is deleted when the next is begun.</summary>
    public string Unfinished => Path.Combine(folder, "making.tmp");

    /// <summary>Every file that ends as a snapshot should, the latest position first. Others are left alone.</summary>
    public IReadOnlyList<Snapshot> List() =>
        [.. Files().Select(TryOpen).OfType<Snapshot>().OrderByDescending(static snapshot => snapshot.Position)];

    /// <summary>Every file that has the name of a snapshot, whatever is in it.</summary>
    public IReadOnlyList<string> Files()
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, Prefix + "*" + Extension).Order(StringComparer.Ordinal)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>An empty file to write the next snapshot into.</summary>
    /// <exception cref="IOException">The folder or the file cannot be made.</exception>
    public void Begin()
    {
        DiskFiles.Instance.CreateFolder(folder);
        File.Delete(Unfinished);
        DiskFiles.Instance.CreateNew(Unfinished).Dispose();
    }

    /// <summary>Makes a snapshot of the finished file: its end is written, all of it synced, and only then it gets its name.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public Snapshot Seal(JournalPosition position, long journal, DateTimeOffset taken, CancellationToken cancel)
    {
        var name = Prefix + position.Value.ToString("D20", CultureInfo.InvariantCulture) + Extension;
        var path = Path.Combine(folder, name);
        Snapshot snapshot;
        using (var file = new FileStream(Unfinished, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0))
        {
            var bytes = file.Length;
            var hash = Copy(file, bytes, Stream.Null, null, cancel);
            snapshot = new Snapshot(path, position, journal, StoreSchema.Version, taken, bytes, hash);
            file.Write(SnapshotTrailer.Write(snapshot));
            file.Flush(flushToDisk: true);
        }

        File.Move(Unfinished, path, overwrite: true);
        DiskFiles.Instance.SyncFolder(folder);
        return snapshot;
    }

    /// <summary>Whether the bytes of a snapshot are still those that were written. Reads them all.</summary>
    public static bool IsGood(Snapshot snapshot, CancellationToken cancel) => TryCopyTo(snapshot, Stream.Null, null, cancel);

    /// <summary>Copies the store out of a snapshot under another name, synced. False when its bytes cannot be read or are not those that were written.</summary>
    /// <param name="progress">Told how many bytes are copied.</param>
    /// <exception cref="IOException">The copy cannot be written: the disk is full, or refused.</exception>
    public static bool TryCopyTo(Snapshot snapshot, string path, Action<long> progress)
    {
        File.Delete(path);
        DiskFiles.Instance.CreateNew(path).Dispose();
        using var target = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0);
        var isWhole = TryCopyTo(snapshot, target, progress, CancellationToken.None);
        target.Flush(flushToDisk: true);
        return isWhole;
    }

    private static bool TryCopyTo(Snapshot snapshot, Stream target, Action<long>? progress, CancellationToken cancel)
    {
        try
        {
            using var source = OpenRead(snapshot.Path);
            return Copy(source, snapshot.Bytes, target, progress, cancel).AsSpan().SequenceEqual(snapshot.Hash);
        }
        catch (Exception failure) when (failure is UnreadableException or FileNotFoundException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static FileStream OpenRead(string path)
    {
        PlainFile.Check(path);
        return new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
    }

    /// <summary>Null for a file that does not end as a snapshot should, or cannot be read.</summary>
    public static Snapshot? TryOpen(string path)
    {
        try
        {
            using var file = OpenRead(path);
            if (file.Length <= SnapshotTrailer.Length)
            {
                return null;
            }

            Span<byte> end = stackalloc byte[SnapshotTrailer.Length];
            file.Seek(-SnapshotTrailer.Length, SeekOrigin.End);
            file.ReadExactly(end);
            return SnapshotTrailer.Read(end, path, file.Length);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <returns>The hash of what was copied; of less than the length when the file is shorter.</returns>
    private static byte[] Copy(Stream from, long length, Stream to, Action<long>? progress, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            var copied = 0L;
            while (copied < length)
            {
                cancel.ThrowIfCancellationRequested();
                var read = Read(from, buffer, (int)Math.Min(CopyBytes, length - copied));
                if (read == 0)
                {
                    break;
                }

                hash.AppendData(buffer, 0, read);
                to.Write(buffer, 0, read);
                copied += read;
                progress?.Invoke(copied);
            }

            return hash.GetHashAndReset();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int Read(Stream from, byte[] buffer, int length)
    {
        try
        {
            return from.Read(buffer, 0, length);
        }
        catch (IOException failure)
        {
            throw new UnreadableException(failure);
        }
    }

    /// <summary>The disk cannot give back what stands in a snapshot: told apart from one that cannot take the copy.</summary>
    private sealed class UnreadableException(IOException failure) : Exception(failure.Message, failure);
}
