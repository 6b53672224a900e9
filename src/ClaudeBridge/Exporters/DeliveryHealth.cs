using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Exporters;

/// <summary>What health says of a destination. Never worse than degraded: the bridge takes and keeps everything without it.</summary>
internal sealed class DeliveryHealth(DeliveryLoop loop) : IHealthSource
{
    public string Name { get; } = DestinationName.Of(loop.Destination);

    public HealthReport Check()
    {
        var progress = loop.Progress;
        return progress.State switch
        {
            DeliveryState.Paused => new HealthReport(
                HealthState.Degraded,
                $"Delivery is paused: {progress.PausedReason}. Everything is kept and delivered when that is put right."
            ),
            DeliveryState.Waiting => new HealthReport(
                HealthState.Degraded,
                $"It takes nothing at the moment ({Answer(progress)}); up to {progress.Undelivered} {progress.Things} wait, and it is tried again until it does."
            ),
            _ when progress.DeadLetters > 0 => new HealthReport(
                HealthState.Degraded,
                $"It refused {progress.DeadLetters} {progress.Things} for good; they are kept: 'claudebridge queue list' has the reasons, 'claudebridge queue retry' sends them again."
            ),
            _ when progress.Route is { } route => new HealthReport(HealthState.Ok, $"It is sent everything by {route}."),
            _ => HealthReport.Ok,
        };
    }

    private static string Answer(DeliveryProgress progress) => progress.LastStatus is { } status ? $"status {status}" : "no answer";
}
