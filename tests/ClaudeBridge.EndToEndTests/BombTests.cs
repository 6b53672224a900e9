using System.Globalization;
using System.IO.Compression;
using System.Text;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.EndToEndTests;

/// <summary>Many gzip bombs at once, each just small enough to be taken when it is expanded.</summary>
public sealed class BombTests(ITestOutputHelper log)
{
    private const int Bombs = 40;
    private const long MaxInFlight = 48 * 1024 * 1024;

    private const int MaxBody = 16_000_000;

    /// <summary>Twice what may be in flight, 256 MiB beside it, ten times the largest body while what was taken goes into the store, and the program itself.</summary>
    private const long Bound = 2 * MaxInFlight + 256L * 1024 * 1024 + 10L * MaxBody + 100L * 1024 * 1024;

    /// <summary>What may stay of it: compiled code, caches, and what was taken.</summary>
    private const long Afterwards = 150L * 1024 * 1024;

    [Fact]
    public async Task Bombs_take_no_more_memory_than_the_options_say_and_all_of_it_comes_back()
    {
        await using var bridge = await BridgeProcess.StartAsync(
            new Dictionary<string, string>
            {
                ["ClaudeBridge__Receivers__MaxInFlightBytes"] = MaxInFlight.ToString(CultureInfo.InvariantCulture),
                ["ClaudeBridge__Receivers__MaxBodyBytes"] = MaxBody.ToString(CultureInfo.InvariantCulture),
            }
        );
        WireRequest[] bombs =
        [
            Bomb("of blanks", "{\"resourceLogs\":[" + new string(' ', 15_000_000) + "]}"),
            Bomb("of empty scopes", "{\"resourceLogs\":[{\"scopeLogs\":[" + string.Join(',', Enumerable.Repeat("{}", 900_000)) + "]}]}"),
            Bomb(
                "of one text",
                "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\""
                    + new string('x', 15_000_000)
                    + "\"}}]}]}]}"
            ),
        ];
        using var client = new OtlpClient(bridge);

        var answers = Task.WhenAll(Enumerable.Range(0, Bombs).Select(number => client.SendAsync(bombs[number % bombs.Length])));
        var most = 0L;
        while (!answers.IsCompleted)
        {
            most = Math.Max(most, bridge.HeldMemory);
            await Task.Delay(20);
        }

        var codes = (await answers).CountBy(static answer => answer.Code).ToDictionary();
        log.WriteLine($"{string.Join(", ", codes)}; at most {most >> 20} MiB");
        codes.Keys.ShouldBeSubsetOf([200, 503]);
        most.ShouldBeLessThan(Bound);
        var began = TimeProvider.System.GetTimestamp();
        await Wait.UntilAsync(
            "memory comes back",
            () => bridge.HeldMemory < Afterwards,
            TimeSpan.FromMinutes(2),
            state: () => $"{bridge.HeldMemory >> 20} MiB"
        );
        log.WriteLine($"{bridge.HeldMemory >> 20} MiB {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s later");
        (await client.SendAsync(new Turns("small").Requests(0).First())).IsAccepted.ShouldBeTrue();
    }

    private static WireRequest Bomb(string name, string json)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(json));
        }

        return new(Transport.Http, Signal.Logs, OtlpEncoding.Json, memory.ToArray(), IsGzip: true, name);
    }
}
