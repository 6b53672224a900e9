using ClaudeBridge.Tests.Cli;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>A whole bridge on real sockets in a folder of its own, which goes with it.</summary>
internal abstract class BridgeInAFolder : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private RunningBridge? _bridge;

    public RunningBridge Bridge => _bridge ?? throw new InvalidOperationException("The bridge was never started.");

    public async ValueTask DisposeAsync()
    {
        if (_bridge is not null)
        {
            await _bridge.DisposeAsync();
        }

        _folder.Dispose();
    }

    /// <param name="services">What takes the place of the bridge's own parts.</param>
    protected async Task OpenAsync((string Key, string? Value)[] settings, Action<IServiceCollection> services)
    {
        try
        {
            _bridge = await RunningBridge.StartAsync(_folder.Path, settings, services);
        }
        catch
        {
            _folder.Dispose();
            throw;
        }
    }
}
