using System.Net.Http.Headers;
using ClaudeBridge.Store.Pages;
using ClaudeBridge.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Tests.Dashboard;

/// <summary>A whole bridge on real sockets whose pages show a made-up store, or the real one.</summary>
internal sealed class DashboardBridge : IAsyncDisposable
{
    private readonly BridgeInAFolder _own;

    private DashboardBridge(BridgeInAFolder own) => _own = own;

    public RunningBridge Bridge => _own.Running;

    public ValueTask DisposeAsync() => _own.DisposeAsync();

    /// <param name="pages">Null for the store's own.</param>
    public static async Task<DashboardBridge> StartAsync(FakePages? pages, params (string Key, string? Value)[] settings)
    {
        return new(
            await BridgeInAFolder.StartAsync(
                settings,
                services =>
                {
                    if (pages is not null)
                    {
                        services.AddSingleton<IStorePages>(pages);
                    }
                }
            )
        );
    }

    /// <summary>Asks as a browser does.</summary>
    public async Task<HttpResponseMessage> GetAsync(string path, Action<HttpRequestMessage>? also = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        also?.Invoke(request);
        return await Bridge.Dashboard.SendAsync(request);
    }

    public async Task<string> PageAsync(string path, int status = 200, Action<HttpRequestMessage>? also = null)
    {
        using var answer = await GetAsync(path, also);
        var text = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(status, path);
        return text;
    }
}
