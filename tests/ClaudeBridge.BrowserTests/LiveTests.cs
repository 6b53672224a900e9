using System.Net.Http.Headers;
using ClaudeBridge.BrowserTests.Fixtures;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Otlp;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Playwright;

namespace ClaudeBridge.BrowserTests;

/// <summary>A bridge that somebody watches while something comes in, and one that asks who is there.</summary>
public sealed class LiveTests(Browser browser)
{
    private const string Key = "a-key-for-this-test-alone-0123456789";

    private static readonly HttpClient s_client = new(new SocketsHttpHandler { UseProxy = false });

    [BrowserTheory]
    [InlineData("/sessions")]
    [InlineData("/turns")]
    public async Task What_comes_in_appears_while_one_watches(string path)
    {
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        await using var visit = await browser.VisitAsync(AddressOf(bridge));
        await visit.GoAsync(path);
        await visit.PictureAsync("empty" + path.Replace('/', '-'));
        (await visit.Page.Locator("main table tbody tr").CountAsync()).ShouldBe(0);

        await SendAsync(bridge, Recording.Open("2.1.329-subagent-http-json"));

        await Assertions
            .Expect(visit.Page.Locator("main table tbody tr").First)
            .ToContainTextAsync("Find all routes", new() { Timeout = 30_000 });
        visit.Troubles.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task A_newcomer_with_an_empty_bridge_is_told_what_to_set()
    {
        await using var bridge = await BridgeProcess.StartAsync();
        await using var visit = await browser.VisitAsync(AddressOf(bridge));

        await visit.GoAsync("/");
        await visit.PictureAsync("empty-overview");
        (await visit.AccessibilityAsync()).ShouldBeEmpty();
        await visit.GoAsync("/status");
        await visit.PictureAsync("empty-status");

        (await visit.Page.Locator("main").InnerTextAsync()).ShouldContain("CLAUDE_CODE_ENABLE_TELEMETRY");
        (await visit.Page.Locator("main").InnerTextAsync()).ShouldContain($"{bridge.HttpPort}");
        (await visit.AccessibilityAsync()).ShouldBeEmpty();
        visit.Troubles.ShouldBeEmpty();
    }

    [BrowserTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_logs_in_with_a_key_by_a_form(bool withScript)
    {
        await using var bridge = await BridgeProcess.StartAsync(new Dictionary<string, string> { ["API_KEY"] = Key });
        await using var visit = await browser.VisitAsync(AddressOf(bridge), Look.Light with { WithScript = withScript });

        await visit.GoAsync("/turns?q=x");
        visit.Address.ShouldStartWith("/login");
        await visit.PictureAsync("login");
        await visit.Page.GetByLabel("Key").FillAsync("not the key");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await visit.PictureAsync("login-wrong");
        if (withScript)
        {
            (await visit.AccessibilityAsync()).ShouldBeEmpty();
        }

        await visit.Page.GetByLabel("Key").FillAsync(Key);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await visit.Page.WaitForURLAsync("**/turns?q=x");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await visit.GoAsync("/turns");

        visit.Address.ShouldStartWith("/login");
        visit.Troubles.ShouldBeEmpty();
    }

    private static Uri AddressOf(BridgeProcess bridge) => new($"http://127.0.0.1:{bridge.DashboardPort}");

    private static async Task SendAsync(BridgeProcess bridge, Recording recording)
    {
        foreach (var request in recording.Requests)
        {
            using var content = new ByteArrayContent(request.Body);
            content.Headers.ContentType = new MediaTypeHeaderValue(
                request.Encoding == OtlpEncoding.Json ? "application/json" : "application/x-protobuf"
            );
            using var answer = await s_client.PostAsync(
                new Uri($"http://127.0.0.1:{bridge.HttpPort}/v1/{request.Signal.ToString().ToLowerInvariant()}"),
                content
            );
            answer.EnsureSuccessStatusCode();
        }
    }
}
