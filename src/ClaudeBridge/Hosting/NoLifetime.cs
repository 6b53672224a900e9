namespace ClaudeBridge.Hosting;

/// <summary>Leaves signals alone: the commands turn them into cancellation, and a second one must end the process at once.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
