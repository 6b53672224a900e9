using System.Diagnostics;

namespace ClaudeBridge.Benchmarks.Load;

/// <summary>Waits until a process has finished what it was given: until it uses next to no CPU.</summary>
internal static class TargetRest
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    /// <summary>Of one core, over one step. Timers of an idle process stay below it.</summary>
    private const double IdleShare = 0.09;

    /// <param name="quiet">How long it must have been idle.</param>
    /// <param name="most">How long to wait at most.</param>
    /// <returns>How long it worked on, the quiet time left out, and whether it came to rest.</returns>
    public static async Task<(TimeSpan Waited, bool Rested)> WaitAsync(int id, TimeSpan quiet, TimeSpan most, CancellationToken cancel)
    {
        var start = Stopwatch.GetTimestamp();
        var busyUntil = TimeSpan.Zero;
        var last = ProcessFigures.Read(id).Cpu;
        using var timer = new PeriodicTimer(Step);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            var waited = Stopwatch.GetElapsedTime(start);
            var cpu = ProcessFigures.Read(id).Cpu;
            if ((cpu - last).TotalSeconds > IdleShare * Step.TotalSeconds)
            {
                busyUntil = waited;
            }

            last = cpu;
            if (waited - busyUntil >= quiet)
            {
                return (busyUntil, true);
            }

            if (waited >= most)
            {
                return (waited, false);
            }
        }

        throw new OperationCanceledException(cancel);
    }
}
