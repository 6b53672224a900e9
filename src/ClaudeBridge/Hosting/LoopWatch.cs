using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Hosting;

/// <summary>Ends the program when work has ended that must not: whoever watches the process starts it again, and everything answered is on disk.</summary>
internal sealed partial class LoopWatch(
    IEnumerable<EndlessLoop> loops,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<LoopWatch> logger
) : BackgroundService, IHealthSource
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly EndlessLoop[] _loops = [.. loops];
    private volatile string? _ended;

    public string Name => "loops";

    /// <summary>What has ended; null while all runs, and when the program is ending anyway. From memory.</summary>
    public string? Ended => _ended ?? (lifetime.ApplicationStopping.IsCancellationRequested ? null : Find()?.Name);

    public HealthReport Check() =>
        Ended is null
            ? HealthReport.Ok
            : new(HealthState.Down, $"{Ended} ended by itself; the bridge ends, to be started again. Everything answered is on disk.");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (!lifetime.ApplicationStopping.IsCancellationRequested && Find() is { } ended)
                {
                    _ended = ended.Name;
                    LogEnded(ended.Work()?.Exception?.GetBaseException(), ended.Name);
                    lifetime.StopApplication();
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the program.
        }
    }

    private EndlessLoop? Find() => _loops.FirstOrDefault(static loop => loop.HasEnded);

    [LoggerMessage(
        LogLevel.Critical,
        "{Loop} ended by itself, which it must not. The bridge ends, so that whoever watches it can start it again; everything answered is on disk."
    )]
    private partial void LogEnded(Exception? cause, string loop);
}
