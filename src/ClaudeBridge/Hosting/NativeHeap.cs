using System.Runtime.InteropServices;

namespace ClaudeBridge.Hosting;

/// <summary>The memory that SQLite, compression and the runtime itself take from the C library, beside the runtime's heap. Settings of glibc; another library goes its own ways.</summary>
internal static class NativeHeap
{
    // malloc.h
    private const int MmapThreshold = -3;
    private const int ArenaMax = -8;

    private const int MmapThresholdBytes = 64 * 1024;

    /// <summary>Keeps it small: one heap for all threads instead of one for each, and large pieces go back as soon as they are free.</summary>
    public static void KeepSmall()
    {
        TryCall(static () => Glibc.Set(ArenaMax, 1));
        TryCall(static () => Glibc.Set(MmapThreshold, MmapThresholdBytes));
    }

    /// <summary>Gives free memory back to the system.</summary>
    public static void GiveBack() => TryCall(static () => Glibc.Trim(0));

    private static void TryCall(Func<int> call)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = call();
        }
        catch (Exception missing) when (missing is EntryPointNotFoundException or DllNotFoundException)
        {
            // Not glibc: nothing depends on it.
        }
    }

    private static class Glibc
    {
        [DllImport("libc", EntryPoint = "mallopt")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Set(int parameter, int value);

        [DllImport("libc", EntryPoint = "malloc_trim")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Trim(nuint keep);
    }
}
