using System.Globalization;

namespace ClaudeBridge.Benchmarks.Load;

/// <summary>What the kernel says of a process. Linux only. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html</summary>
/// <param name="Cpu">User and system time of all its threads, to 10 ms.</param>
/// <param name="ResidentBytes">VmRSS.</param>
/// <param name="PeakBytes">VmHWM: the most that was resident since the process began.</param>
internal sealed record ProcessFigures(TimeSpan Cpu, long ResidentBytes, long PeakBytes)
{
    private const int TicksPerSecond = 100;

    /// <exception cref="BenchmarkException">There is no such process, or no /proc.</exception>
    public static ProcessFigures Read(int id)
    {
        try
        {
            return new ProcessFigures(ReadCpu(id), ReadStatus(id, "VmRSS:"), ReadStatus(id, "VmHWM:"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchmarkException($"Process {id} cannot be measured: {failure.Message}", failure);
        }
    }

    public static TimeSpan ReadCpu(int id)
    {
        var stat = File.ReadAllText($"/proc/{id}/stat");
        // The second field is the program's name in parentheses and may hold blanks; utime and stime are the 14th and 15th.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds((double)ticks / TicksPerSecond);
    }

    private static long ReadStatus(int id, string name)
    {
        var line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null
            ? 0
            : 1024 * long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
