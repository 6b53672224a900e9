using System.ComponentModel;
using System.Diagnostics;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>A file system of its own, small enough to be filled. It takes the right to mount one, which root has, also in most containers.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const string Ballast = "ballast";

    private readonly TemporaryFolder _folder;

    private SmallDisk(TemporaryFolder folder) => _folder = folder;

    public string this[string name] => _folder[name];

    /// <summary>Skips the test where nothing can be mounted; the same faults are put under the journal and SQLite by tests that need no mount.</summary>
    public static SmallDisk MountOrSkip(int megabytes)
    {
        var folder = new TemporaryFolder();
        if (Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=700", "tmpfs", folder.Path) is { } problem)
        {
            folder.Dispose();
            Assert.Skip($"a small file system cannot be mounted here: {problem}");
        }

        return new SmallDisk(folder);
    }

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        var piece = new byte[1024 * 1024];
        for (var size = piece.Length; size >= 4096; size /= 4)
        {
            while (TryAppend(piece.AsSpan(0, size)))
            {
                // More.
            }
        }
    }

    /// <summary>Gives the room back.</summary>
    public void Free() => File.Delete(this[Ballast]);

    public void Dispose()
    {
        _ = Run("umount", "-l", _folder.Path);
        _folder.Dispose();
    }

    private bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        using var file = new FileStream(this[Ballast], FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var length = file.Length;
        try
        {
            file.Write(bytes);
            return true;
        }
        catch (IOException)
        {
            file.SetLength(length);
            return false;
        }
    }

    /// <returns>Null when it did what it should.</returns>
    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments)
                {
                    RedirectStandardError = true,
                    RedirectStandardOutput = true,
                    UseShellExecute = false,
                }
            )!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : errors.Trim();
        }
        catch (Win32Exception missing)
        {
            return missing.Message;
        }
    }
}
