using ClaudeBridge.Hosting;
using ClaudeBridge.Journal;
using ClaudeBridge.Receivers;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.Receivers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>A whole bridge in this process: ports, journal, store, loop; no destination.</summary>
internal sealed class RunningBridge : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningBridge(WebApplication app, BridgePorts ports)
    {
        _app = app;
        Http = Client(ports.Http);
        Dashboard = Client(ports.Dashboard);
    }

    public HttpClient Http { get; }

    public HttpClient Dashboard { get; }

    public AssemblyLoop Loop => _app.Services.GetRequiredService<AssemblyLoop>();

    public IServiceProvider Services => _app.Services;

    public IStoreQueries Queries => Services.GetRequiredService<IStoreQueries>();

    /// <summary>One of its parts.</summary>
    public T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public IJournalReader Journal => _app.Services.GetRequiredService<IJournalReader>();

    public static async Task<RunningBridge> StartAsync(
        string folder,
        IEnumerable<(string Key, string? Value)>? settings = null,
        Action<IServiceCollection>? services = null
    )
    {
        var all = new Dictionary<string, string?>
        {
            [$"{ReceiverOptions.Section}:Host"] = "127.0.0.1",
            [$"{ReceiverOptions.Section}:GrpcPort"] = "0",
            [$"{ReceiverOptions.Section}:HttpPort"] = "0",
            [$"{ReceiverOptions.Section}:DashboardPort"] = "0",
            [$"{ReceiverOptions.Section}:ApiKey"] = "",
        };
        foreach (var (key, value) in settings ?? [])
        {
            all["ClaudeBridge:" + key] = value;
        }

        var builder = BridgeHost.CreateBuilder(folder, all).AddBridgePorts();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddBridge(builder.Configuration, folder, deliver: false);
        builder.Services.AddSharedHeap();
        services?.Invoke(builder.Services);
        var app = builder.Build();
        try
        {
            return new(app, await app.OpenAndStartAsync(provider => provider.OpenData(folder), CancellationToken.None));
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async Task SendAsync(byte[] logs)
    {
        using var answer = await Http.PostAsync("/v1/logs", logs, HttpSending.Protobuf);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Everything that a destination would get that begins after a revision: all that came is taken in and settled first.</summary>
    public async Task<IReadOnlyList<ObservationItem>> FeedAsync(long after = 0)
    {
        await Loop.CatchUpAsync(Journal.End, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        await Loop.SettleAllAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        return [.. _app.Services.GetRequiredService<StoreFeed>().Read(after, int.MaxValue).OfType<ObservationItem>()];
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Dashboard.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private static HttpClient Client(int port) =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
            }
        )
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
            Timeout = TimeSpan.FromSeconds(30),
        };
}
