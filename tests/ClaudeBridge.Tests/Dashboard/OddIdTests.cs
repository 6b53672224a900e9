using System.Net;
using System.Text.Json;
using ClaudeBridge.Dashboard;
using ClaudeBridge.Tests.Hosting;
using ClaudeBridge.Tests.Receivers;

namespace ClaudeBridge.Tests.Dashboard;

/// <summary>Clients choose the ids of sessions. Whatever they are, each is found by its link, and no other in its place.</summary>
public sealed class OddIdTests : IDisposable
{
    private static readonly string[] Ids =
    [
        "a/b",
        "a%2Fb",
        "a%2fb",
        "a%252Fb",
        "%",
        "%41",
        "A",
        "%00",
        ".",
        "..",
        "../..",
        "//evil.example",
        "a\\b",
        "a b",
        "a+b",
        "a?b=c#d",
        "javascript:alert(1)",
        "<script>alert(1)</script>",
        "\"quoted'",
        "a\r\nSet-Cookie: x=1",
        "\u001b[31m",
        "\u202eback",
        "\ud83d\ude00",
        "nul\0mid",
        "=1+1",
        new string('x', 5_000),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-odd-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_id_has_a_link_to_its_own_turns()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);
        await SendAllAsync(bridge);

        for (var i = 0; i < Ids.Length; i++)
        {
            // As a browser reads it: dots are taken away.
            var link = new Uri(bridge.Dashboard.BaseAddress!, Paths.Session(Ids[i]));
            using var request = new HttpRequestMessage(HttpMethod.Get, link);
            request.Headers.Accept.ParseAdd("text/html");
            using var answer = await bridge.Dashboard.SendAsync(request);
            var page = await answer.Content.ReadAsStringAsync();

            answer.StatusCode.ShouldBe(HttpStatusCode.OK, Ids[i]);
            page.ShouldContain($"Prompt number {i}.", Case.Sensitive, Ids[i]);
            page.ShouldNotContain("<script>alert");
            page.ShouldNotContain("href=\"javascript:");
            page.ShouldNotContain("href=\"//");
        }
    }

    [Fact]
    public async Task The_API_takes_every_id_that_a_path_can_hold()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);
        await SendAllAsync(bridge);

        foreach (var id in Ids.Where(static id => id is not ("." or "..") && id.Length < 4_000 && !id.Contains('\0')))
        {
            using var answer = await bridge.Dashboard.GetAsync("/api/sessions/" + Uri.EscapeDataString(id));
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, id);
            using var session = JsonDocument.Parse(await answer.BytesAsync());
            session.RootElement.GetProperty("sessionId").GetString().ShouldBe(id);
        }
    }

    [Theory]
    [InlineData("/api/sessions")]
    [InlineData("/api/traces")]
    [InlineData("/api/export/sessions")]
    public async Task Pages_of_one_lead_through_all_of_them(string path)
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);
        await SendAllAsync(bridge);
        List<string> walked = [];

        for (string? cursor = ""; cursor is not null; )
        {
            using var answer = await bridge.Dashboard.GetAsync($"{path}?limit=1{(cursor.Length == 0 ? "" : "&cursor=" + cursor)}");
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, $"after {walked.Count}");
            using var page = JsonDocument.Parse(await answer.BytesAsync());
            walked.AddRange(
                page.RootElement.GetProperty("items").EnumerateArray().Select(static row => row.GetProperty("sessionId").GetString()!)
            );
            cursor = page.RootElement.GetProperty("next").GetString();
        }

        walked.Order(StringComparer.Ordinal).ShouldBe(Ids.Order(StringComparer.Ordinal));
    }

    private static async Task SendAllAsync(RunningBridge bridge)
    {
        for (var i = 0; i < Ids.Length; i++)
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    resourceLogs = new[]
                    {
                        new
                        {
                            resource = new { attributes = new[] { Attribute("service.name", "claude-code") } },
                            scopeLogs = new[] { new { logRecords = new[] { Prompt(Ids[i], i) } } },
                        },
                    },
                }
            );
            using var answer = await bridge.Http.PostAsync("/v1/logs", body, HttpSending.Json);
            answer.EnsureSuccessStatusCode();
        }

        await bridge.FeedAsync();
    }

    private static object Prompt(string session, int number) =>
        new
        {
            timeUnixNano = $"{1_700_000_000 + number}000000000",
            attributes = new[]
            {
                Attribute("event.name", "user_prompt"),
                Attribute("prompt", $"Prompt number {number}."),
                Attribute("session.id", session),
                Attribute("prompt.id", $"p{number}"),
            },
        };

    private static object Attribute(string key, string value) => new { key, value = new { stringValue = value } };
}
