using System.Runtime.InteropServices;

namespace ClaudeBridge.Benchmarks;

/// <summary>Two calls that .NET has no name for. Linux only.</summary>
internal static class Libc
{
    private const int ClockThreadCpu = 3;

    /// <summary>CPU time of the calling thread since it began; null when the system does not tell. https://man7.org/linux/man-pages/man3/clock_gettime.3.html</summary>
    public static TimeSpan? ThreadCpuTime =>
        OperatingSystem.IsLinux() && ReadClock(ClockThreadCpu, out var time) == 0
            ? new TimeSpan((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanos / 100))
            : null;

    /// <summary>Sleeps to within some 60 microseconds, where .NET's own waits take a millisecond more. https://man7.org/linux/man-pages/man3/usleep.3.html</summary>
    /// <param name="micros">Below a million.</param>
    public static void Sleep(uint micros) => _ = USleep(micros);

#pragma warning disable SYSLIB1054 // The generated form needs unsafe code, which is not worth two numbers.
    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ReadClock(int clock, out TimeSpec time);

    [DllImport("libc", EntryPoint = "usleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int USleep(uint micros);
#pragma warning restore SYSLIB1054

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanos;
    }
}
