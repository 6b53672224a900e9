using System.Diagnostics;
using ClaudeBridge.Hosting.Connections;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>Clients that keep the bridge waiting: how long they may, and that nobody else waits for them.</summary>
public sealed class SlowClientTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    [Trait(Soak.Category, Soak.Name)]
    public async Task A_thousand_slow_clients_delay_a_good_one_by_less_than_50_ms_and_are_closed_within_30_s()
    {
        await using var doors = await RunningDoors.StartAsync();
        var table = doors.Services.GetRequiredService<ConnectionTable>();
        await DelayOfGoodClientAsync(doors, 50);
        var alone = await DelayOfGoodClientAsync(doors, 100);
        var before = table.Count;
        (int Port, Slowness How)[] ways =
        [
            .. Slowness.OverHttp.Select(how => (doors.Ports.Http, how)),
            .. Slowness.OverHttp.Select(how => (doors.Ports.Dashboard, how)),
            .. Slowness.OverGrpc.Select(how => (doors.Ports.Grpc, how)),
            (doors.Ports.Http, Slowness.TakesNothing("/v1/logs")),
        ];

        List<SlowClient> slow = [];
        for (var i = 0; i < Soak.Count(1000, 3000); i++)
        {
            slow.Add(await SlowClient.OpenAsync(ways[i % ways.Length].Port, ways[i % ways.Length].How));
        }

        var among = await DelayOfGoodClientAsync(doors, 100);
        var waited = Stopwatch.StartNew();
        while (table.Count > before && waited.Elapsed < TimeSpan.FromSeconds(60))
        {
            await Task.WhenAll(slow.Select(static client => client.DripAsync()));
            await Task.Delay(Second);
        }

        foreach (var way in slow.GroupBy(static client => client.Slowness.Name))
        {
            output.WriteLine($"{way.Key}: closed after {way.Max(static client => client.ClosedAfter?.TotalSeconds):0.0} s");
        }

        output.WriteLine(
            $"a good client: {alone.TotalMilliseconds:0.0} ms alone, {among.TotalMilliseconds:0.0} ms among {slow.Count} slow ones"
        );
        Soak.Report(
            "slow clients on three ports",
            ("clients", slow.Count),
            ("delay of a good client, ms", (among - alone).TotalMilliseconds),
            ("closed after, s, at most", slow.Max(static client => client.ClosedAfter?.TotalSeconds ?? 0))
        );
        (among - alone).ShouldBeLessThan(TimeSpan.FromMilliseconds(50));
        table.Count.ShouldBeLessThanOrEqualTo(before);
        foreach (var client in slow.Where(static client => client.Slowness.Reads))
        {
            client.ClosedAfter.ShouldNotBeNull(client.Slowness.Name);
            client.ClosedAfter.Value.ShouldBeLessThan(TimeSpan.FromSeconds(30), client.Slowness.Name);
        }

        slow.ForEach(static client => client.Dispose());
        doors.Journal.Entries.Count.ShouldBe(500, "nothing of the slow ones is kept");
    }

    /// <summary>Bytes come all the time, so that for some of these clients they come at the very moment at which their time is over.</summary>
    [Fact]
    public async Task Bodies_that_are_late_while_they_still_flow_are_answered_408_and_nothing_is_logged()
    {
        const int Clients = 200;
        await using var doors = await RunningDoors.StartAsync([("ClientTimeout", "00:00:01")]);

        var statuses = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => FlowAsync(doors.Ports.Http)));

        statuses.ShouldContain(408);
        statuses.ShouldAllBe(static status => status == 408 || status == 0);
        doors.Log.Lines.Where(static line => line.Level > LogLevel.Warning).Select(static line => line.Text).ShouldBeEmpty();
        (await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf)).IsSuccessStatusCode.ShouldBeTrue();

        // Zero: the end of the connection overtook the answer.
        static async Task<int> FlowAsync(int port)
        {
            using var connection = await RawConnection.OpenAsync(port);
            await connection.SendAsync(
                "POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: 1000000\r\n\r\n"
            );
            var answer = connection.ReadAnswerAsync();
            try
            {
                while (!answer.IsCompleted)
                {
                    await connection.SendAsync("aaaaaaaa");
                    await Task.Delay(1);
                }

                return (await answer).Status;
            }
            catch (IOException)
            {
                return answer.IsCompletedSuccessfully ? (await answer).Status : 0;
            }
        }
    }

    /// <summary>The median of exports over HTTP and gRPC, each over a connection that is open already.</summary>
    private static async Task<TimeSpan> DelayOfGoodClientAsync(RunningDoors doors, int exports)
    {
        List<TimeSpan> delays = [];
        for (var i = 0; i < exports; i++)
        {
            var watch = Stopwatch.StartNew();
            using var answer = await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf);
            answer.IsSuccessStatusCode.ShouldBeTrue();
            (await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs())).Code.ShouldBe(0);
            delays.Add(watch.Elapsed);
        }

        return delays.Order().ElementAt(exports / 2);
    }
}
