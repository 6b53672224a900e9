using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ClaudeBridge.Benchmarks.InProcess;

/// <summary>CPU time of the calling thread: the honest clock on a machine that others use too. Collections of the young generations run on it as well.</summary>
internal static class ThreadCpu
{
    private const int ClockThreadCpu = 3;

    /// <summary>Since the thread began. Where the system does not tell it: time that passes.</summary>
    public static TimeSpan Now =>
        OperatingSystem.IsLinux() && ReadClock(ClockThreadCpu, out var time) == 0
            ? new TimeSpan((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanos / 100))
            : Stopwatch.GetElapsedTime(0);

    // https://man7.org/linux/man-pages/man3/clock_gettime.3.html
    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
#pragma warning disable SYSLIB1054 // The generated form needs unsafe code, which is not worth two numbers.
    private static extern int ReadClock(int clock, out TimeSpec time);
#pragma warning restore SYSLIB1054

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanos;
    }
}
