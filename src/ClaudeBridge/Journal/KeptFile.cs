using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ClaudeBridge.Journal;

/// <summary>Keeps what is damaged under another name, and puts something whole in its place, so that a crash at any moment leaves one of the two.</summary>
internal static class KeptFile
{
    public const string Damaged = ".damaged";

    /// <summary>The first free name: <c>FILE.damaged</c>, <c>FILE.damaged.2</c> …</summary>
    public static string NameFor(string path)
    {
        for (var i = 1; ; i++)
        {
            var name = path + Damaged + (i == 1 ? "" : "." + i.ToString(CultureInfo.InvariantCulture));
            if (!Path.Exists(name))
            {
                return name;
            }
        }
    }

    /// <summary>Gives a file a second name: the same file where the system can do that, so that not a byte of it is lost or moved; else a copy.</summary>
    /// <exception cref="IOException">Neither can be done.</exception>
    public static void Keep(string path, string name)
    {
        if (OperatingSystem.IsWindows() || Link(Bytes(path), Bytes(name)) != 0)
        {
            File.Copy(path, name);
            using var copy = new FileStream(name, FileMode.Open, FileAccess.ReadWrite);
            copy.Flush(flushToDisk: true);
        }

        Sync(path);
    }

    /// <summary>Puts a file that is safe on disk in the place of another.</summary>
    public static void Replace(string path, string with)
    {
        File.Move(with, path, overwrite: true);
        Sync(path);
    }

    public static void Sync(string path) => DiskFiles.Instance.SyncFolder(Path.GetDirectoryName(path)!);

    private static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path + '\0');

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link(byte[] path, byte[] name);
}
