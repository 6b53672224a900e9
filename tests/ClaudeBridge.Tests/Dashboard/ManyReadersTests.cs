using System.Net;
using ClaudeBridge.Store.Pages;
using ClaudeBridge.Tests.Hosting;
using ClaudeBridge.Tests.Receivers;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Tests.Dashboard;

/// <summary>Those who look never keep those who send from their answers, however many they are and however long the store takes.</summary>
public sealed class ManyReadersTests : IDisposable
{
    private const int Readers = 60;

    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-readers-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/turns")]
    [InlineData("/?range=all")]
    [InlineData("/api/sessions")]
    public async Task A_crowd_that_waits_for_the_store_holds_up_no_export(string path)
    {
        var pages = new Query.FakePages();
        pages.Open.Reset();
        await using var bridge = await RunningBridge.StartAsync(
            _folder,
            [("Query:Concurrent", "2"), ("Query:MaxWaiting", "3"), ("Query:WaitAtMost", "1m")],
            services => services.AddSingleton<IStorePages>(pages)
        );
        var asked = Enumerable.Range(0, Readers).Select(_ => AskAsync(bridge, path)).ToList();
        try
        {
            // All but those who are answered and those who wait are sent away at once.
            for (var left = Readers - 5; left > 0; left--)
            {
                var first = await Task.WhenAny(asked).WaitAsync(TimeSpan.FromSeconds(20));
                asked.Remove(first);
                (await first).ShouldBe((HttpStatusCode.ServiceUnavailable, true));
            }

            using var export = await bridge
                .Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf)
                .WaitAsync(TimeSpan.FromSeconds(5));
            export.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
        finally
        {
            pages.Open.Set();
        }

        (await Task.WhenAll(asked)).ShouldAllBe(static answer => answer.Status == HttpStatusCode.OK);
    }

    private static async Task<(HttpStatusCode Status, bool SaysWhen)> AskAsync(RunningBridge bridge, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(path.StartsWith("/api", StringComparison.Ordinal) ? "*/*" : "text/html");
        using var answer = await bridge.Dashboard.SendAsync(request);
        return (answer.StatusCode, answer.Headers.RetryAfter is not null);
    }
}
