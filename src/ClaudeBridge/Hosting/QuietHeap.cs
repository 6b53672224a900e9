using System.Runtime;

namespace ClaudeBridge.Hosting;

/// <summary>Gives memory back once it is quiet. The runtime keeps what a busy time needed until the next one, which may be tomorrow.</summary>
internal sealed class QuietHeap(TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    /// <summary>What is allocated from one look to the next when next to nothing is done; or an eighth of what the runtime keeps, if that is more.</summary>
    private const long QuietBytes = 8 * 1024 * 1024;

    /// <summary>Collecting pays only after something was done.</summary>
    private const long BusyBytes = 64 * 1024 * 1024;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, clock);
        var (before, collectedAt) = (GC.GetTotalAllocatedBytes(), 0L);
        while (await NextTickAsync(timer, stoppingToken))
        {
            var now = GC.GetTotalAllocatedBytes();
            if (now - before < Math.Max(QuietBytes, GC.GetGCMemoryInfo().TotalCommittedBytes / 8) && now - collectedAt > BusyBytes)
            {
                GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                collectedAt = now;
                NativeHeap.GiveBack();
            }
            else if (MemoryPlan.OfThisProcess.Scale < 1)
            {
                NativeHeap.GiveBack();
            }

            before = now;
        }
    }

    /// <summary>False at the end, also of a program that never came to run.</summary>
    private static async Task<bool> NextTickAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
