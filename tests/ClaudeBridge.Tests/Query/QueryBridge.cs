using System.Net.Http.Headers;
using System.Text.Json;
using ClaudeBridge.Otlp;
using ClaudeBridge.Store.Pages;
using ClaudeBridge.Tests.Hosting;
using ClaudeBridge.Tests.Receivers;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Tests.Query;

/// <summary>A whole bridge on real sockets whose API answers from made-up pages, or from the recordings sent to it.</summary>
internal sealed class QueryBridge : IAsyncDisposable
{
    private readonly BridgeInAFolder _own;

    private QueryBridge(BridgeInAFolder own) => _own = own;

    public RunningBridge Bridge => _own.Running;

    public ValueTask DisposeAsync() => _own.DisposeAsync();

    /// <param name="pages">Null for the store's own.</param>
    public static async Task<QueryBridge> StartAsync(FakePages? pages, params (string Key, string? Value)[] settings)
    {
        return new(
            await BridgeInAFolder.StartAsync(
                settings,
                services =>
                {
                    if (pages is not null)
                    {
                        services.AddSingleton<IStorePages>(pages).AddSingleton<IStoreChanges>(pages);
                    }
                }
            )
        );
    }

    public async Task ReplayAsync(params IEnumerable<string> recordings)
    {
        foreach (var request in recordings.SelectMany(static name => Recording.Open(name).Requests))
        {
            using var answer = await Bridge.Http.PostAsync(
                "/v1/" + request.Signal.ToString().ToLowerInvariant(),
                request.Body,
                request.Encoding == OtlpEncoding.Json ? HttpSending.Json : HttpSending.Protobuf
            );
            answer.EnsureSuccessStatusCode();
        }

        await Bridge.FeedAsync();
    }

    public Task<HttpResponseMessage> SendAsync(string path, string? key = null, HttpMethod? method = null, string? accept = null) =>
        SendAsync(
            path,
            request =>
            {
                request.Method = method ?? HttpMethod.Get;
                if (key is not null)
                {
                    request.Headers.Add("x-api-key", key);
                }

                if (accept is not null)
                {
                    request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
                }
            }
        );

    public async Task<HttpResponseMessage> SendAsync(string path, Action<HttpRequestMessage> also)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        also(request);
        return await Bridge.Dashboard.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task<string> TextAsync(string path, string? key = null)
    {
        using var answer = await SendAsync(path, key);
        var text = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(200, $"{path}: {text}");
        return text;
    }

    public async Task<JsonElement> JsonAsync(string path, string? key = null) => Parse(await TextAsync(path, key));

    /// <summary>Problem details, which every refusal has.</summary>
    public async Task<(int Status, string Detail, string? Parameter)> ProblemAsync(
        string path,
        string? key = null,
        HttpMethod? method = null
    )
    {
        using var answer = await SendAsync(path, key, method);
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json", path);
        var problem = Parse(await answer.Content.ReadAsStringAsync());
        problem.GetProperty("type").GetString().ShouldBe("about:blank");
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("status").GetInt32().ShouldBe((int)answer.StatusCode);
        return (
            (int)answer.StatusCode,
            problem.GetProperty("detail").GetString()!,
            problem.TryGetProperty("parameter", out var parameter) ? parameter.GetString() : null
        );
    }

    /// <summary>Everything of a list, page by page.</summary>
    public async Task<List<JsonElement>> AllAsync(string path)
    {
        List<JsonElement> all = [];
        for (string? cursor = ""; cursor is not null; )
        {
            var page = await JsonAsync(
                path + (cursor.Length == 0 ? "" : (path.Contains('?') ? "&" : "?") + "cursor=" + Uri.EscapeDataString(cursor))
            );
            all.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
            all.Count.ShouldBeLessThan(100_000);
        }

        return all;
    }

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
