using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Exporters;

/// <summary>Looks now and then whether somebody, in this process or in another, asked for dead letters to be sent again.</summary>
internal sealed partial class DeadLetterWatch(IEnumerable<DeliveryLoop> loops, TimeProvider clock, ILogger<DeadLetterWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Look();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the bridge.
        }
    }

    private void Look()
    {
        foreach (var loop in loops)
        {
            try
            {
                loop.TakeUpRequests();
            }
            catch (Exception failure) when (failure is SqliteException or ObjectDisposedException or InvalidOperationException)
            {
                // The loop says itself when its ledger is in trouble; requests are still there the next time.
                LogNotRead(failure, loop.Destination);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "It could not be seen whether dead letters of {Destination} are asked for; it is looked again soon.")]
    private partial void LogNotRead(Exception failure, string destination);
}
