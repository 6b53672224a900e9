using ClaudeBridge.Tests.Cli;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>A whole bridge on real sockets in a folder of its own, which goes with it.</summary>
internal sealed class BridgeInAFolder : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private BridgeInAFolder(TemporaryFolder folder, RunningBridge running) => (_folder, Running) = (folder, running);

    public RunningBridge Running { get; }

    /// <param name="services">What takes the place of the bridge's own parts.</param>
    public static async Task<BridgeInAFolder> StartAsync((string Key, string? Value)[] settings, Action<IServiceCollection> services)
    {
        var folder = new TemporaryFolder();
        try
        {
            return new(folder, await RunningBridge.StartAsync(folder.Path, settings, services));
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Running.DisposeAsync();
        _folder.Dispose();
    }
}
