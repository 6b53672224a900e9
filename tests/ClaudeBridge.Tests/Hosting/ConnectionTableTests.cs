using System.Net;
using ClaudeBridge.Hosting.Connections;
using ClaudeBridge.Tests.Receivers;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>Who keeps his place, and who gives it up, when all are taken.</summary>
public sealed class ConnectionTableTests
{
    private static readonly Slowness Silent = Slowness.OverHttp[0];

    [Fact]
    public async Task Connections_that_never_asked_make_room_and_one_that_did_keeps_its_place()
    {
        await using var doors = await RunningDoors.StartAsync([("MaxConnections", "20")]);
        using var regular = await RawConnection.OpenAsync(doors.Ports.Http);
        await AskAsync(regular);
        List<SlowClient> silent = [];
        for (var i = 0; i < 60; i++)
        {
            silent.Add(await SlowClient.OpenAsync(doors.Ports.Http, Silent));
            silent.Add(await SlowClient.OpenAsync(doors.Ports.Dashboard, Silent));
        }

        using var late = await doors.Dashboard.GetAsync("/page");
        late.StatusCode.ShouldBe(HttpStatusCode.OK);
        await AskAsync(regular);

        var table = doors.Services.GetRequiredService<ConnectionTable>();
        table.Count.ShouldBeLessThanOrEqualTo(20 + 3, "each listening socket may hold one more that it has just taken");
        silent.Count(static client => client.ClosedAfter is not null).ShouldBeGreaterThan(60, "as many made room");
        silent.ForEach(static client => client.Dispose());
    }

    [Fact]
    public async Task Among_those_that_asked_the_one_that_idles_the_longest_makes_room()
    {
        await using var doors = await RunningDoors.StartAsync([("MaxConnections", "2")]);
        using var idle = await RawConnection.OpenAsync(doors.Ports.Http);
        await AskAsync(idle);
        using var busy = await RawConnection.OpenAsync(doors.Ports.Http);
        await AskAsync(busy);

        List<RawConnection> more = [];
        for (var i = 0; i < 6; i++)
        {
            more.Add(await RawConnection.OpenAsync(doors.Ports.Dashboard));
        }

        (await idle.IsClosedAsync()).ShouldBeTrue();
        more.ForEach(static connection => connection.Dispose());
    }

    private static async Task AskAsync(RawConnection connection)
    {
        await connection.SendAsync("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        (await connection.ReadAnswerAsync()).Status.ShouldBe(200);
    }
}
