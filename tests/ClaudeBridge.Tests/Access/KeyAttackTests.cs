using System.Diagnostics;
using System.Net;
using ClaudeBridge.Access;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Tests.Receivers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Access;

/// <summary>Whoever tries keys learns nothing, slows nobody down, and leaves nothing behind.</summary>
public sealed class KeyAttackTests(ITestOutputHelper output)
{
    private const int Tries = 10_000;

    [Fact]
    public async Task Ten_thousand_wrong_keys_are_slowed_down_and_a_good_client_of_the_same_address_is_not()
    {
        var made = NewKey.Make();
        await using var doors = await RunningDoors.StartAsync([
            .. Keys.TwoTenants,
            ("ClaudeBridge:Access:Tenants:0:KeyHashes:2", Keys.HashOf(made)),
        ]);
        var alone = await MedianAsync(doors, made);
        var judged = 0;

        var guessing = Parallel.ForEachAsync(
            Enumerable.Range(0, Tries),
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (i, cancel) =>
            {
                using var request = Keys.Request(HttpMethod.Get, "/who", $"cb_guess-{i}");
                using var answer = await doors.Dashboard.SendAsync(request, cancel);
                if (answer.StatusCode == HttpStatusCode.Unauthorized)
                {
                    Interlocked.Increment(ref judged);
                }
                else
                {
                    answer.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
                    answer.Headers.RetryAfter.ShouldNotBeNull();
                }
            }
        );
        var among = await MedianAsync(doors, made);
        await guessing;

        output.WriteLine(
            $"{judged} of {Tries} were judged; a good client: {alone.TotalMilliseconds:0.0} ms alone, {among.TotalMilliseconds:0.0} ms among them"
        );
        judged.ShouldBeLessThanOrEqualTo(20 * 5, "20 a minute, and the test takes no five minutes");
        (among - alone).ShouldBeLessThan(TimeSpan.FromMilliseconds(50));
        doors.Services.GetRequiredService<WrongKeys>().Entries.ShouldBeLessThan(10);
        doors.Log.Lines.ShouldNotContain(line => line.Level > LogLevel.Information);
        doors.Log.Lines.ShouldNotContain(line => line.Text.Contains("guess-") || line.Text.Contains(made));
    }

    /// <summary>Hashes are compared, and all of them: no beginning of a right key takes longer than no beginning at all.</summary>
    [Fact]
    public void How_much_of_a_key_is_right_does_not_show_in_the_time_of_the_comparison()
    {
        var right = NewKey.Make();
        var ring = new KeyRing([right], new AccessOptions());
        var near = right[..^1] + (right[^1] == 'A' ? 'B' : 'A');
        var far = "xx" + new string('x', right.Length - 2);
        const int Rounds = 20_000;
        List<long> nears = new(Rounds);
        List<long> fars = new(Rounds);

        for (var i = 0; i < Rounds; i++)
        {
            nears.Add(Time(near));
            fars.Add(Time(far));
        }

        var ratio = (double)Median(nears) / Median(fars);
        output.WriteLine($"near to far: {ratio:0.000}");
        ratio.ShouldBeInRange(0.8, 1.25);

        long Time(string key)
        {
            var start = Stopwatch.GetTimestamp();
            ring.Find(key).ShouldBeNull();
            return Stopwatch.GetTimestamp() - start;
        }

        static long Median(List<long> times) => times.Order().ElementAt(times.Count / 2);
    }

    [Theory]
    [InlineData("Authorization: Bearer operator key\r\nAuthorization: Bearer operator key")]
    [InlineData("Authorization: Bearer wrong\r\nAuthorization: Bearer operator key")]
    [InlineData("x-api-key: wrong\r\nx-api-key: operator key")]
    [InlineData("x-api-key: operator key\r\nx-api-key: wrong")]
    [InlineData("Authorization: Bearer \u00ff\u00fe")]
    [InlineData("Authorization: Bearer b3BlcmF0b3Iga2V5")]
    [InlineData("Authorization: Basic b3BlcmF0b3I6a2V5")]
    [InlineData("Proxy-Authorization: Bearer operator key")]
    [InlineData("Cookie: x-api-key=operator key")]
    public async Task A_key_counts_once_as_it_is_and_in_its_place(string headers)
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);
        foreach (var port in (int[])[doors.Ports.Http, doors.Ports.Dashboard])
        {
            using var connection = await RawConnection.OpenAsync(port);

            await connection.SendAsync($"GET /who HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n");

            (await connection.ReadAnswerAsync()).Status.ShouldBeOneOf(401, 400);
        }
    }

    [Fact]
    public async Task A_key_in_an_address_is_none()
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);

        foreach (var name in (string[])["key", "api_key", "apikey", "x-api-key", "access_token", "token"])
        {
            using var answer = await doors.Dashboard.GetAsync($"/who?{name}={Keys.North}");
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task A_key_of_30_KB_is_wrong_like_any_other()
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);

        using var answer = await doors.Dashboard.SendAsync(Keys.Request(HttpMethod.Get, "/who", new string('k', 30_000)));

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("x-api-key-bin", "b3BlcmF0b3Iga2V5")]
    [InlineData("authorization-bin", "QmVhcmVyIG9wZXJhdG9yIGtleQ")]
    [InlineData("authorization", "operator key")]
    public async Task Over_gRPC_too(string name, string value)
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);

        (await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), (name, value))).Code.ShouldBe((int)RpcCode.Unauthenticated);
        doors.Journal.Entries.ShouldBeEmpty();
    }

    private static async Task<TimeSpan> MedianAsync(RunningDoors doors, string key)
    {
        List<TimeSpan> delays = [];
        for (var i = 0; i < 100; i++)
        {
            var watch = Stopwatch.StartNew();
            using var answer = await doors.Dashboard.SendAsync(Keys.Request(HttpMethod.Get, "/who", key));
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            delays.Add(watch.Elapsed);
        }

        return delays.Order().ElementAt(50);
    }
}
