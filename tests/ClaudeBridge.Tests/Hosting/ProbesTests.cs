using System.Net;
using System.Text.Json;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Hosting;
using ClaudeBridge.Tests.Receivers;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>What a container platform, or a person with curl, may ask without a key.</summary>
public sealed class ProbesTests
{
    [Fact]
    public async Task Health_tells_status_version_and_the_parts()
    {
        await using var doors = await RunningDoors.StartAsync(
            services: With(new Part("disk", new(HealthState.Degraded, "The disk is nearly full.")))
        );

        var (status, json) = await GetAsync(doors.Http, "/health");

        status.ShouldBe(HttpStatusCode.OK);
        json.GetProperty("status").GetString().ShouldBe("degraded");
        json.GetProperty("version").GetString().ShouldBe(BridgeVersion.Text);
        var disk = json.GetProperty("components").EnumerateArray().Single(part => part.GetProperty("name").GetString() == "disk");
        disk.GetProperty("status").GetString().ShouldBe("degraded");
        disk.GetProperty("detail").GetString().ShouldBe("The disk is nearly full.");
    }

    [Fact]
    public async Task Without_the_key_a_probe_is_answered_and_says_no_more_than_how_the_parts_are()
    {
        await using var doors = await RunningDoors.StartAsync([("ApiKey", "k")], With(new Part("disk", new(HealthState.Degraded, "why"))));

        var (status, json) = await GetAsync(doors.Http, "/health");
        var (withKeyStatus, withKey) = await GetAsync(doors.Http, "/health", "k");

        status.ShouldBe(HttpStatusCode.OK);
        json.GetRawText().ShouldNotContain("why");
        withKeyStatus.ShouldBe(HttpStatusCode.OK);
        withKey.GetRawText().ShouldContain("why");
        foreach (var path in new[] { "/livez", "/readyz", "/version", "/health" })
        {
            (await GetAsync(doors.Dashboard, path)).Status.ShouldBe(HttpStatusCode.OK, path);
            (await GetAsync(doors.Http, path)).Status.ShouldBe(HttpStatusCode.OK, path);
        }
    }

    [Fact]
    public async Task A_part_that_is_down_or_breaks_when_asked_makes_the_bridge_not_ready_but_alive()
    {
        await using var doors = await RunningDoors.StartAsync(services: With(new Part("store", null)));

        (await GetAsync(doors.Dashboard, "/readyz")).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        var (status, json) = await GetAsync(doors.Http, "/health");
        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        json.GetProperty("status").GetString().ShouldBe("down");
        (await GetAsync(doors.Dashboard, "/livez")).Status.ShouldBe(HttpStatusCode.OK);
        (await GetAsync(doors.Dashboard, "/version")).Json.GetProperty("version").GetString().ShouldBe(BridgeVersion.Text);
    }

    [Fact]
    public async Task A_loop_that_ended_and_must_not_makes_the_bridge_not_alive()
    {
        await using var doors = await RunningDoors.StartAsync(services: static services =>
            services.AddSingleton(new EndlessLoop("A loop", static () => Task.CompletedTask)).AddSingleton<LoopWatch>()
        );

        var (status, json) = await GetAsync(doors.Dashboard, "/livez");

        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        json.GetProperty("status").GetString().ShouldBe("down");
    }

    [Fact]
    public async Task A_bridge_that_shuts_down_is_not_ready_but_alive()
    {
        await using var doors = await RunningDoors.StartAsync();

        doors.BeginShutdown();

        var (status, json) = await GetAsync(doors.Dashboard, "/readyz");
        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        json.GetProperty("status").GetString().ShouldBe("stopping");
        (await GetAsync(doors.Dashboard, "/livez")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("POST", 405)]
    [InlineData("HEAD", 200)]
    public async Task Only_reading_is_understood(string method, int expected)
    {
        await using var doors = await RunningDoors.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/health");

        using var response = await doors.Http.SendAsync(request);

        ((int)response.StatusCode).ShouldBe(expected);
    }

    [Fact]
    public async Task What_is_mapped_beside_the_doors_is_served_on_the_dashboard_port_alone()
    {
        await using var doors = await RunningDoors.StartAsync();

        (await doors.Dashboard.GetStringAsync("/page")).ShouldBe("the page");
        (await doors.Http.GetAsync("/page")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await doors.Dashboard.GetAsync("/page")).Headers.Server.ShouldBeEmpty();
    }

    private static Action<IServiceCollection> With(IHealthSource part) => services => services.AddSingleton(part);

    private static async Task<(HttpStatusCode Status, JsonElement Json)> GetAsync(HttpClient client, string path, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
        {
            request.Headers.Add("x-api-key", key);
        }

        using var response = await client.SendAsync(request);
        return (response.StatusCode, JsonDocument.Parse(await response.BytesAsync()).RootElement);
    }

    private sealed class Part(string name, HealthReport? report) : IHealthSource
    {
        public string Name => name;

        public HealthReport Check() => report ?? throw new InvalidOperationException("broken");
    }
}
