using System.Runtime.InteropServices;
using System.Text;
using ClaudeBridge.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace ClaudeBridge.Journal;

/// <summary>The real file system.</summary>
internal sealed class DiskFiles : IJournalFiles
{
    public static readonly DiskFiles Instance = new();

    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    private const int WindowsSharingViolation = unchecked((int)0x8007_0020);

    private DiskFiles() { }

    public void CreateFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            OnlyForOwner(folder);
            return;
        }

        if (Path.GetDirectoryName(folder) is { Length: > 0 } parent && !Directory.Exists(parent))
        {
            CreateFolder(parent);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerFolder);
        }

        SyncFolder(Path.GetDirectoryName(folder) ?? folder);
    }

    public IDisposable Lock(string path)
    {
        try
        {
            // The system holds this lock for the process (flock on Unix), so it goes with the process, also after a kill.
            return new FileStream(path, OwnedBy(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            throw new JournalLockedException(
                $"Another process is using the journal in '{Path.GetDirectoryName(path)}'. Stop that process, or give this one a data folder of its own.",
                e
            );
        }
    }

    public IReadOnlyList<string> List(string folder) => Directory.GetFiles(folder);

    /// <remarks>A folder, or a link to nowhere, takes the name as well.</remarks>
    public bool Exists(string path) => Path.Exists(path) || File.Exists(path);

    public bool Holds(string path, long length) => new FileInfo(path) is { Exists: true } file && file.Length == length;

    public IJournalFile OpenRead(string path)
    {
        PlainFile.Check(path);
        return new DiskFile(new FileStream(path, OwnedBy(FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)));
    }

    public IJournalFile OpenWrite(string path) =>
        new DiskFile(new FileStream(path, OwnedBy(FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete)));

    public IJournalFile CreateNew(string path) =>
        new DiskFile(new FileStream(path, OwnedBy(FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete)));

    public void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        try
        {
            using var stream = new FileStream(temporary, OwnedBy(FileMode.Create, FileAccess.Write, FileShare.None));
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // On a full disk it would take the room that is missing.
            File.Delete(temporary);
            throw;
        }

        if (Directory.Exists(path))
        {
            // Somebody made a folder of that name: with it in the way nothing could be accepted any more.
            Directory.Move(path, path + ".folder");
        }

        CrashPoints.Pass(CrashPoints.PositionRename);
        File.Move(temporary, path, overwrite: true);
        SyncFolder(Path.GetDirectoryName(path)!);
    }

    public void Delete(string path) => File.Delete(path);

    public void SyncFolder(string folder)
    {
        // Windows keeps names safe by itself and cannot open a folder for this.
        if (!OperatingSystem.IsWindows())
        {
            UnixFolder.Sync(folder);
        }
    }

    private static FileStreamOptions OwnedBy(FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = access,
            Share = share,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows() && mode is not FileMode.Open)
        {
            options.UnixCreateMode = OwnerFile;
        }

        return options;
    }

    private static bool IsHeldByAnother(IOException e) =>
        OperatingSystem.IsWindows() ? e.HResult == WindowsSharingViolation : e.HResult == UnixFolder.WouldBlock;

    private static void OnlyForOwner(string folder)
    {
        if (OperatingSystem.IsWindows() || File.GetUnixFileMode(folder) == OwnerFolder)
        {
            return;
        }

        try
        {
            File.SetUnixFileMode(folder, OwnerFolder);
        }
        catch (UnauthorizedAccessException)
        {
            // Somebody else's folder, such as a mounted volume: the files in it are still for their owner alone.
        }
    }

    private sealed class DiskFile(FileStream stream) : IJournalFile
    {
        private readonly SafeFileHandle _handle = stream.SafeFileHandle;

        public long Length => RandomAccess.GetLength(_handle);

        public DateTimeOffset LastWritten => new(File.GetLastWriteTimeUtc(_handle), TimeSpan.Zero);

        public int Read(Span<byte> target, long offset) => RandomAccess.Read(_handle, target, offset);

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset) => RandomAccess.Write(_handle, buffers, offset);

        public void Sync() => RandomAccess.FlushToDisk(_handle);

        public void SetLength(long length) => RandomAccess.SetLength(_handle, length);

        public void Dispose() => stream.Dispose();
    }

    /// <summary>The base library cannot sync a folder, so this asks the C library.</summary>
    private static class UnixFolder
    {
        public static readonly int WouldBlock = OperatingSystem.IsMacOS() || OperatingSystem.IsFreeBSD() ? 35 : 11;

        public static void Sync(string folder)
        {
            var descriptor = Open(Encoding.UTF8.GetBytes(folder + '\0'), 0);
            if (descriptor < 0)
            {
                throw Failure(folder);
            }

            try
            {
                if (FSync(descriptor) != 0)
                {
                    throw Failure(folder);
                }
            }
            finally
            {
                _ = Close(descriptor);
            }
        }

        private static IOException Failure(string folder)
        {
            var error = Marshal.GetLastPInvokeError();
            return new IOException($"The folder '{folder}' could not be synced: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }

        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Open(byte[] path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int FSync(int descriptor);

        [DllImport("libc", EntryPoint = "close", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Close(int descriptor);
    }
}
