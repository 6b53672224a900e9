using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ClaudeBridge.Diagnostics;

/// <summary>Tells files from what only has the name of one: opening a pipe that nobody writes to, or a terminal, waits for ever.</summary>
internal static class PlainFile
{
    private const int NoSuchDevice = 6;
    private const int FromHere = 1;
    private const int ReadWithoutWaiting = 0x800;
    private const int ReadWithoutWaitingOnBsd = 0x4;

    private static readonly int Flags =
        OperatingSystem.IsMacOS() || OperatingSystem.IsFreeBSD() ? ReadWithoutWaitingOnBsd : ReadWithoutWaiting;

    /// <summary>False for a pipe, a socket or a device. True for all else, also for what is not there or may not be read: opening that fails at once.</summary>
    /// <remarks>Opens the file for a moment, so never one that SQLite has open in this process: closing it would let go of SQLite's locks.</remarks>
    public static bool IsOrMissing(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return true;
        }

        var descriptor = Open(Encoding.UTF8.GetBytes(path + '\0'), Flags);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError() != NoSuchDevice;
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        return Seek(descriptor, 0, FromHere) >= 0;
    }

    /// <exception cref="IOException">It is a pipe, a socket or a device.</exception>
    public static void Check(string path)
    {
        if (!IsOrMissing(path))
        {
            throw new IOException($"'{path}' is a pipe, a socket or a device and no file");
        }
    }

    /// <summary>For writing a file that its owner alone may read; what is there already keeps its rights.</summary>
    public static FileStreamOptions ForOwner(FileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "lseek", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long Seek(int descriptor, long offset, int whence);
}
