using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;

namespace ClaudeBridge.Hosting;

/// <summary>Lets the journal go of what is old, now and then; never of what the store has not taken in yet.</summary>
internal sealed partial class JournalRetention(
    Journal.Journal journal,
    AssemblyLoop loop,
    AgingClock aging,
    TimeProvider clock,
    ILogger<JournalRetention> logger
) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            await ApplyAsync(stoppingToken);
        } while (await NextAsync(timer, stoppingToken));
    }

    private async Task ApplyAsync(CancellationToken stopping)
    {
        try
        {
            await journal.ApplyRetentionAsync(loop.Applied, stopping, aging.Read());
        }
        catch (Exception failure) when (failure is JournalUnavailableException or OperationCanceledException)
        {
            // It is closing.
        }
        // A disk that does not obey must not end the bridge.
        catch (Exception failure)
        {
            LogNotApplied(failure, Every.TotalMinutes);
        }
    }

    private static async ValueTask<bool> NextAsync(PeriodicTimer timer, CancellationToken stopping)
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

    [LoggerMessage(LogLevel.Warning, "Old journal files could not be removed. It is tried again in {Minutes:F0} minutes.")]
    private partial void LogNotApplied(Exception reason, double minutes);
}
