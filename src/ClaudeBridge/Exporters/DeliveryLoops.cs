namespace ClaudeBridge.Exporters;

/// <summary>Starts and stops all loops together: stopping takes as long as the slowest of them, not as all of them one after another.</summary>
internal sealed class DeliveryLoops(IEnumerable<DeliveryLoop> loops) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.WhenAll(loops.Select(loop => loop.StartAsync(cancellationToken)));

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(loops.Select(loop => loop.StopAsync(cancellationToken)));
}
