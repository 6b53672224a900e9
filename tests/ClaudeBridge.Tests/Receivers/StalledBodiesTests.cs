using System.Diagnostics;
using System.Globalization;
using System.Text;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>Senders that really send half a body and then stall: they keep what they hold only while nobody else needs it.</summary>
[Collection(Undisturbed.Name)]
public sealed class StalledBodiesTests(ITestOutputHelper output)
{
    private const int Sent = 200_000;
    private const int InFlight = 8 * 1024 * 1024;

    [Fact]
    public async Task A_good_client_gets_in_when_half_bodies_of_stalled_ones_fill_all_that_may_be_in_flight()
    {
        await using var doors = await RunningDoors.StartAsync([
            ("MaxInFlightBytes", InFlight.ToString(CultureInfo.InvariantCulture)),
            ("MaxBodyBytes", "1000000"),
            ("ClientTimeout", "00:05:00"),
        ]);
        var stalls = new Slowness(
            "sends half and stalls",
            [
                .. Encoding.ASCII.GetBytes(
                    "POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: 250000\r\n\r\n"
                ),
                .. new byte[Sent],
            ],
            Encoding.ASCII.GetBytes("x")
        );
        List<SlowClient> stalled = [];
        for (var i = 0; i < 60; i++)
        {
            stalled.Add(await SlowClient.OpenAsync(doors.Ports.Http, stalls));
        }

        var body = Some.Logs(padding: Sent);
        var filling = Stopwatch.StartNew();
        while (doors.Budget.HasRoomFor(body.Length, body.Length))
        {
            filling.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(1), "they fill it");
            await Task.Delay(20);
        }

        var watch = Stopwatch.StartNew();
        var refused = 0;
        while (true)
        {
            using var answer = await doors.Http.PostAsync("/v1/logs", body, HttpSending.Protobuf);
            if (answer.IsSuccessStatusCode)
            {
                break;
            }

            ((int)answer.StatusCode).ShouldBe(503);
            refused++;
            watch.Elapsed.ShouldBeLessThan(
                TimeSpan.FromMinutes(1),
                "those that stall have five minutes; a good client does not wait for that"
            );
            await Task.Delay(100);
        }

        output.WriteLine($"in after {watch.Elapsed.TotalSeconds:0.0} s and {refused} refusals; {doors.Budget.Used} bytes in flight");
        doors.Budget.Used.ShouldBeGreaterThan(InFlight / 2, "no more give way than are needed");
        stalled.ForEach(static client => client.Dispose());
    }
}
