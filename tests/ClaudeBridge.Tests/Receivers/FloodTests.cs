using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>More of something than any client sends: the process stays well, and a good client is served during it and after.</summary>
[Collection(Undisturbed.Name)]
public sealed class FloodTests(ITestOutputHelper output)
{
    /// <summary>Far above what a flood may leave behind, far below what it would need if its bytes were kept.</summary>
    private const long MemoryBound = 192 * 1024 * 1024;

    private static readonly TimeSpan FloodFor = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Http2Floods => [.. Floods.Keys];

    /// <summary>What is sent once, and what is sent again and again with the next odd stream id.</summary>
    private static readonly Dictionary<string, (byte[] First, Func<int, byte[]> Again)> Floods = new(StringComparer.Ordinal)
    {
        ["rapid reset"] = (
            Http2Frames.Hello,
            static stream => [.. Http2Frames.Headers(stream, Http2Frames.EndHeaders, Http2Frames.Call()), .. Http2Frames.Reset(stream)]
        ),
        ["resets made by the server"] = (
            Http2Frames.Hello,
            static stream =>
                [.. Http2Frames.Headers(stream, Http2Frames.EndHeaders, Http2Frames.Call()), .. Http2Frames.WindowUpdate(stream, 0)]
        ),
        ["continuations"] = (
            [.. Http2Frames.Hello, .. Http2Frames.Headers(1, 0, Http2Frames.Call())],
            static _ => Http2Frames.Continuation(1, 0, Http2Frames.Block(("x", new string('a', 100))))
        ),
        ["empty continuations"] = (
            [.. Http2Frames.Hello, .. Http2Frames.Headers(1, 0, Http2Frames.Call())],
            static _ => Http2Frames.Continuation(1, 0, [])
        ),
        ["pings"] = (Http2Frames.Hello, static _ => Http2Frames.Ping()),
        ["settings"] = (Http2Frames.Hello, static _ => Http2Frames.Settings((4, 65535))),
        ["header tables"] = (Http2Frames.Hello, static stream => Http2Frames.Settings((1, stream % 4 == 1 ? int.MaxValue : 0))),
        ["empty data"] = (
            [.. Http2Frames.Hello, .. Http2Frames.Headers(1, Http2Frames.EndHeaders, Http2Frames.Call())],
            static _ => Http2Frames.Data(1, [])
        ),
        ["windows of nothing"] = (Http2Frames.Hello, static _ => Http2Frames.WindowUpdate(0, 0)),
        ["windows"] = (
            [.. Http2Frames.Hello, .. Http2Frames.Headers(1, Http2Frames.EndHeaders, Http2Frames.Call())],
            static _ => Http2Frames.WindowUpdate(1, 1)
        ),
        ["priorities"] = (Http2Frames.Hello, static stream => Http2Frames.Priority(stream)),
        ["streams left open"] = (
            Http2Frames.Hello,
            static stream => Http2Frames.Headers(stream, Http2Frames.EndHeaders, Http2Frames.Call())
        ),
        ["a bomb in the header table"] = (
            [.. Http2Frames.Hello, .. Http2Frames.Headers(1, Http2Frames.EndHeaders, Http2Frames.Call())],
            // One large header into the table, then its index (62) again and again (RFC 7541, sections 6.1 and 6.2.1).
            static stream =>
                Http2Frames.Headers(
                    stream + 2,
                    Http2Frames.EndHeaders,
                    [
                        .. Http2Frames.Call(),
                        0x40,
                        1,
                        (byte)'x',
                        0x7f,
                        0xa1,
                        0x1e,
                        .. new byte[4000].Select(static _ => (byte)'a'),
                        .. Enumerable.Repeat((byte)0xbe, 10_000),
                    ]
                )
        ),
        ["frames of no known type"] = (Http2Frames.Hello, static _ => Http2Frames.Frame(77, 255, 0, new byte[100])),
    };

    [Theory]
    [Trait(Soak.Category, Soak.Name)]
    [MemberData(nameof(Http2Floods))]
    public async Task A_flood_over_HTTP_2_harms_nobody_else(string flood)
    {
        await using var doors = await RunningDoors.StartAsync();
        (await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs())).Code.ShouldBe(0);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (first, again) = Floods[flood];

        var flooding = FloodAsync(doors.Ports.Grpc, first, again);
        var (served, slowest) = await ServeAsync(doors, flooding);
        var frames = await flooding;

        // The good client keeps its own.
        SpinWait
            .SpinUntil(() => doors.Connections.Count <= 1, TimeSpan.FromSeconds(10))
            .ShouldBeTrue($"{doors.Connections.Count} connections are kept");
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine(
            $"{flood}: {frames} frames; {served} good calls, the slowest took {slowest.TotalMilliseconds:0} ms; {kept / 1024} KiB kept"
        );
        Soak.Report($"HTTP/2 flood: {flood}", ("frames", frames), ("good calls", served), ("slowest, ms", (int)slowest.TotalMilliseconds));
        kept.ShouldBeLessThan(MemoryBound);
        served.ShouldBeGreaterThan(0);
        slowest.ShouldBeLessThan(TimeSpan.FromSeconds(10), "as long as an exporter waits");
        doors
            .Log.Lines.Where(static line => line.Level > LogLevel.Information)
            .Select(static line => line.Category + ": " + line.Text)
            .ShouldBeEmpty();
        doors.Journal.Entries.Count.ShouldBe(served + 1);
    }

    [Theory]
    [InlineData(100_000, 10)]
    [InlineData(1, 1024 * 1024)]
    [InlineData(1, 33 * 1024)]
    [InlineData(101, 1)]
    public async Task Too_many_headers_or_too_large_ones_are_431_at_both_HTTP_ports(int count, int size)
    {
        await using var doors = await RunningDoors.StartAsync();
        var header = $"x-more: {new string('a', size)}\r\n";

        foreach (var port in (int[])[doors.Ports.Http, doors.Ports.Dashboard])
        {
            using var connection = await RawConnection.OpenAsync(port);
            await SendWhatIsTakenAsync(
                connection,
                "GET /health HTTP/1.1\r\nHost: localhost\r\n" + string.Concat(Enumerable.Repeat(header, count)) + "\r\n"
            );
            (await StatusOrEndAsync(connection)).ShouldBeOneOf(431, 0);
        }

        (await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf)).IsSuccessStatusCode.ShouldBeTrue();
        doors.Log.Lines.ShouldNotContain(line => line.Level > LogLevel.Information);
    }

    [Fact]
    public async Task An_address_without_end_is_414()
    {
        await using var doors = await RunningDoors.StartAsync();

        foreach (var port in (int[])[doors.Ports.Http, doors.Ports.Dashboard])
        {
            using var connection = await RawConnection.OpenAsync(port);
            await SendWhatIsTakenAsync(connection, $"GET /{new string('a', 1024 * 1024)} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            (await StatusOrEndAsync(connection)).ShouldBeOneOf(414, 0);
        }
    }

    [Fact]
    public async Task Thousands_of_requests_in_one_write_are_answered_one_by_one()
    {
        await using var doors = await RunningDoors.StartAsync();
        using var connection = await RawConnection.OpenAsync(doors.Ports.Http);

        var sending = connection
            .SendAsync(string.Concat(Enumerable.Repeat("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 5000)))
            .AsTask();

        for (var i = 0; i < 5000; i++)
        {
            (await connection.ReadAnswerAsync()).Status.ShouldBe(200);
        }

        await sending;
    }

    [Fact]
    public async Task Many_bombs_at_once_take_no_more_memory_than_all_bodies_may()
    {
        // 64 MiB of zeros in 64 KiB, and the same packed once more.
        await using var doors = await RunningDoors.StartAsync();
        var zeros = new byte[64 * 1024 * 1024];
        var bomb = Some.Gzip([.. zeros, 1]);
        var nested = Some.Gzip(bomb);
        var most = 0L;

        var answers = Enumerable
            .Range(0, 60)
            .Select(async i =>
            {
                switch (i % 3)
                {
                    case 0:
                        using (var answer = await doors.Http.PostAsync("/v1/logs", bomb, HttpSending.Protobuf, "gzip"))
                        {
                            return (int)answer.StatusCode;
                        }
                    case 1:
                        using (var answer = await doors.Http.PostAsync("/v1/logs", nested, HttpSending.Protobuf, "gzip"))
                        {
                            return (int)answer.StatusCode;
                        }
                    default:
                        var frame = new ByteArrayContent(GrpcCaller.Frame(bomb, compressed: true));
                        return (await doors.Grpc.SendAsync(GrpcCaller.Logs, frame, ("grpc-encoding", "gzip"))).Code ?? -1;
                }
            })
            .ToArray();
        while (!Task.WhenAll(answers).IsCompleted)
        {
            most = Math.Max(most, doors.Budget.Used);
            await Task.Delay(5);
        }

        // Too large, not readable, or too much at once; over gRPC RESOURCE_EXHAUSTED or UNAVAILABLE.
        (await Task.WhenAll(answers)).ShouldAllBe(static code => code == 413 || code == 400 || code == 503 || code == 8 || code == 14);
        most.ShouldBeLessThanOrEqualTo(256 * 1024 * 1024);
        doors.Budget.Used.ShouldBe(0);
        doors.Journal.Entries.ShouldBeEmpty();
        (await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf)).IsSuccessStatusCode.ShouldBeTrue();
    }

    /// <summary>Sends until the server ends the connection, or the time is over; opens it again as an attacker would.</summary>
    private static async Task<int> FloodAsync(int port, byte[] first, Func<int, byte[]> again)
    {
        var watch = Stopwatch.StartNew();
        var limit = FloodFor * Soak.Count(1, 10);
        var frames = 0;
        while (watch.Elapsed < limit)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            var stream = client.GetStream();
            using var end = new CancellationTokenSource(limit);
            var reading = stream.CopyToAsync(Stream.Null, end.Token);
            try
            {
                await stream.WriteAsync(first, end.Token);
                for (var id = 1; watch.Elapsed < limit && id < 1_000_000; )
                {
                    List<byte> many = [];
                    for (var i = 0; i < 100; i++, id += 2, frames++)
                    {
                        many.AddRange(again(id));
                    }

                    await stream.WriteAsync(many.ToArray(), end.Token);
                }
            }
            catch (Exception ended) when (ended is IOException or OperationCanceledException)
            {
                // The server has had enough.
            }

            client.Close();
            await reading.ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        return frames;
    }

    private static async Task<(int Served, TimeSpan Slowest)> ServeAsync(RunningDoors doors, Task until)
    {
        var served = 0;
        var slowest = TimeSpan.Zero;
        do
        {
            var watch = Stopwatch.StartNew();
            (await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs())).Code.ShouldBe(0);
            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
            served++;
        } while (!until.IsCompleted);

        return (served, slowest);
    }

    /// <summary>The server may close before it has read all of it.</summary>
    private static async Task SendWhatIsTakenAsync(RawConnection connection, string text)
    {
        try
        {
            await connection.SendAsync(text);
        }
        catch (IOException)
        {
            // It has.
        }
    }

    /// <summary>Zero when the end of the connection overtook the answer.</summary>
    private static async Task<int> StatusOrEndAsync(RawConnection connection)
    {
        try
        {
            return (await connection.ReadAnswerAsync()).Status;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
