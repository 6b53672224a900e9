using System.Diagnostics;
using System.Globalization;
using System.Text;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>Senders that say that much will come, begin, and go on slowly: what they claim takes no room from others.</summary>
[Collection(Undisturbed.Name)]
public sealed class SlowClaimTests(ITestOutputHelper output)
{
    private const int Begun = 20_000;

    [Theory]
    [InlineData(3, 64 * 1024 * 1024)]
    [InlineData(1000, 1_000_000)]
    public async Task A_good_client_with_200_KB_waits_less_than_50_ms_for_slow_claimers(int claimers, int claim)
    {
        await using var doors = await RunningDoors.StartAsync();
        await DelayAsync(doors, 20);
        var alone = await DelayAsync(doors, 20);
        var claiming = new Slowness(
            "claims much",
            [
                .. Encoding.ASCII.GetBytes(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {claim}\r\n\r\n"
                    )
                ),
                .. new byte[Begun],
            ],
            new byte[300]
        );
        List<SlowClient> slow = [];
        for (var i = 0; i < claimers; i++)
        {
            slow.Add(await SlowClient.OpenAsync(doors.Ports.Http, claiming));
        }

        var watch = Stopwatch.StartNew();
        while (doors.Budget.Used < (long)claimers * Begun && watch.Elapsed < TimeSpan.FromSeconds(10))
        {
            await Task.Delay(10);
        }

        var used = doors.Budget.Used;
        var among = await DelayAsync(doors, 20);
        slow.ForEach(static client => client.Dispose());

        output.WriteLine(
            $"{alone.TotalMilliseconds:0.0} ms alone, {among.TotalMilliseconds:0.0} ms among {claimers}, who hold {used} bytes"
        );
        used.ShouldBeInRange((long)claimers * Begun, 4L * claimers * Begun);
        (among - alone).ShouldBeLessThan(TimeSpan.FromMilliseconds(50));
    }

    /// <summary>The median of some exports of 200 KB.</summary>
    private static async Task<TimeSpan> DelayAsync(RunningDoors doors, int exports)
    {
        var body =
            $$$"""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"stringValue":"{{{new string('x', 200_000)}}}"}}]}]}]}""";
        List<TimeSpan> delays = [];
        for (var i = 0; i < exports; i++)
        {
            var watch = Stopwatch.StartNew();
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await doors.Http.PostAsync("/v1/logs", content);
            answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
            delays.Add(watch.Elapsed);
        }

        return delays.Order().ElementAt(exports / 2);
    }
}
