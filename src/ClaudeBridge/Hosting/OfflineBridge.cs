using ClaudeBridge.Exporters;
using ClaudeBridge.Receivers;
using ClaudeBridge.Store;

namespace ClaudeBridge.Hosting;

/// <summary>A whole bridge without ports: what <c>replay</c> sends through is received, kept, assembled and delivered as live traffic is.</summary>
internal sealed class OfflineBridge : IAsyncDisposable
{
    private readonly IHost _host;

    private OfflineBridge(IHost host) => _host = host;

    public ExportHandler Handler => _host.Services.GetRequiredService<ExportHandler>();

    public Journal.Journal Journal => _host.Services.GetRequiredService<Journal.Journal>();

    public AssemblyLoop Loop => _host.Services.GetRequiredService<AssemblyLoop>();

    public IStoreQueries Queries => _host.Services.GetRequiredService<IStoreQueries>();

    /// <summary>Empty when none is configured or delivery is not wanted.</summary>
    public IReadOnlyList<DeliveryLoop> Destinations { get; private init; } = [];

    /// <param name="settingsFolder">Where a person keeps settings; the data may be elsewhere.</param>
    /// <param name="deliver">Whether destinations are started.</param>
    /// <exception cref="StartupException">It cannot start, in plain words and with an exit code.</exception>
    public static async Task<OfflineBridge> StartAsync(
        string settingsFolder,
        string dataFolder,
        bool deliver,
        IReadOnlyList<KeyValuePair<string, string?>> overrides,
        bool verbose,
        CancellationToken cancel
    )
    {
        var builder = Host.CreateEmptyApplicationBuilder(
            new HostApplicationBuilderSettings { ApplicationName = "claudebridge", ContentRootPath = dataFolder }
        );
        // Nothing is listened on, so what the environment says of it does not matter.
        builder.AddJudgedSettings(
            settingsFolder,
            [.. overrides, KeyValuePair.Create<string, string?>($"{ReceiverOptions.Section}:{nameof(ReceiverOptions.Host)}", "localhost")]
        );
        builder.Logging.AddBridgeLogging(builder.Configuration, verbose);
        builder.Services.AddBridge(builder.Configuration, dataFolder, deliver);

        var host = builder.Build();
        try
        {
            StartupChecks.Validate(host.Services);
            host.Services.OpenData(dataFolder);
            await host.StartAsync(cancel);
            return new OfflineBridge(host) { Destinations = [.. host.Services.GetServices<DeliveryLoop>()] };
        }
        catch
        {
            await DisposeAsync(host);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        await DisposeAsync(_host);
    }

    private static async ValueTask DisposeAsync(IHost host)
    {
        if (host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
        else
        {
            host.Dispose();
        }
    }
}
