using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters;

namespace ClaudeBridge.Hosting;

/// <summary>How delivery is. A destination that is down does not make the bridge unready: what arrives is kept and delivered later.</summary>
internal sealed class DeliveryHealth(IEnumerable<DeliveryLoop> destinations) : IHealthSource
{
    private readonly DeliveryLoop[] _destinations = [.. destinations];

    public string Name => "delivery";

    public HealthReport Check()
    {
        foreach (var progress in _destinations.Select(static destination => destination.Progress))
        {
            if (progress is { State: DeliveryState.Paused, PausedReason: { } reason })
            {
                return new HealthReport(HealthState.Degraded, $"{progress.Destination} takes nothing: {reason}");
            }

            if (progress.State == DeliveryState.Waiting)
            {
                return new HealthReport(
                    HealthState.Degraded,
                    $"{progress.Destination} does not answer; {progress.Undelivered} observations wait for it."
                );
            }

            if (progress.DeadLetters > 0)
            {
                return new HealthReport(
                    HealthState.Degraded,
                    $"{progress.Destination} refused {progress.DeadLetters} observations for good; they are kept with the reason."
                );
            }
        }

        return HealthReport.Ok;
    }
}
