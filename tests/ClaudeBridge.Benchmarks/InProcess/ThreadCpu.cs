using System.Diagnostics;

namespace ClaudeBridge.Benchmarks.InProcess;

/// <summary>CPU time of the calling thread: the honest clock on a machine that others use too. Collections of the young generations run on it as well.</summary>
internal static class ThreadCpu
{
    /// <summary>Since the thread began. Where the system does not tell it: time that passes.</summary>
    public static TimeSpan Now => Libc.ThreadCpuTime ?? Stopwatch.GetElapsedTime(0);
}
