using ClaudeBridge.Tests.Hosting;

namespace ClaudeBridge.Tests.Access;

/// <summary>Whatever the dashboard port answers, browsers keep, frame and guess nothing of it.</summary>
public sealed class AnswerHeadersTests : IAsyncLifetime
{
    private static readonly string[] Paths =
    [
        "/",
        "/turns",
        "/sessions/s",
        "/login",
        "/logout",
        "/status",
        "/metrics",
        "/health",
        "/version",
        "/assets/none",
        "/nothing",
        "/api/sessions",
        "/api/sessions?limit=x",
        "/api/sessions/s/context",
        "/api/export/events",
        "/api/openapi.json",
        "/api/nothing",
        "/api/v1/integrations/claude",
        "/v1/logs",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-headers-").FullName;
    private RunningBridge _bridge = null!;

    public async ValueTask InitializeAsync() =>
        _bridge = await RunningBridge.StartAsync(
            _folder,
            Keys.TwoTenants.Select(static pair => (pair.Item1["ClaudeBridge:".Length..], (string?)pair.Item2))
        );

    public async ValueTask DisposeAsync()
    {
        await _bridge.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("GET", Keys.North)]
    [InlineData("GET", "wrong")]
    [InlineData("GET", null)]
    [InlineData("HEAD", Keys.North)]
    [InlineData("POST", Keys.North)]
    [InlineData("PUT", null)]
    [InlineData("OPTIONS", Keys.North)]
    [InlineData("TRACE", Keys.North)]
    public async Task Every_answer_says_so(string method, string? key)
    {
        foreach (var path in Paths)
        {
            using var request = Keys.Request(new HttpMethod(method), path, key, ("Accept", "text/html, */*"));
            using var answer = await _bridge.Dashboard.SendAsync(request);

            var about = $"{method} {path} {(int)answer.StatusCode}";
            ((int)answer.StatusCode).ShouldBeLessThan(500, about);
            answer.Headers.GetValues("X-Frame-Options").ShouldBe(["DENY"], about);
            answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"], about);
            answer.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem(about).ShouldContain("frame-ancestors 'none'");
            var cache = answer.Headers.CacheControl.ShouldNotBeNull(about);
            (cache.NoStore || cache.NoCache && cache.Private).ShouldBeTrue(about);
            answer.Headers.ShouldNotContain(header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase), about);
        }
    }
}
