using System.Runtime.InteropServices;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>Signals to a process that a test started.</summary>
internal static partial class PosixSignals
{
    public const int Interrupt = 2;
    public const int Terminate = 15;

    /// <summary>The terminal was closed.</summary>
    public const int HangUp = 1;

    /// <summary>A file came to the limit of the process.</summary>
    public const int FileLimit = 25;

    public static void Send(int processId, int signal) => Kill(processId, signal).ShouldBe(0, "the process must be there");

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);
}
