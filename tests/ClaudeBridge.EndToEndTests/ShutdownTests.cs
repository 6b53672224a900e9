using System.Net.Sockets;
using System.Text;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>The end on request, with everything going on that could hold it up, and at every moment of a start.</summary>
[Trait(Soak.Category, Soak.Name)]
public sealed class ShutdownTests(ITestOutputHelper log)
{
    /// <summary>128 + SIGTERM, as shells have it: it came before anything of the bridge could take it, or a second time.</summary>
    private const int EndedBySigterm = 143;

    private const int Interrupted = 130;

    private static readonly TimeSpan TenSeconds = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Under_load_from_every_side_it_ends_in_time_and_nothing_answered_is_lost(bool isAskedTwice)
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        langfuse.Fail(LangfuseFault.Hang with { SparesProbes = true });
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(langfuse));
        TurnSender[] senders =
        [
            .. Enumerable
                .Range(1, 24)
                .Select(static number => new TurnSender(
                    $"sender-{number}",
                    TimeSpan.FromMilliseconds(5),
                    number % 2 == 0 ? Transport.Grpc : Transport.Http,
                    promptLength: 20_000
                )),
        ];
        List<TcpClient> others = [];
        try
        {
            using (var client = new OtlpClient(bridge))
            {
                var sending = Task.WhenAll(senders.Select(sender => sender.RunAsync(client, CancellationToken.None)));
                await Wait.UntilAsync(
                    "there is something to export, and Langfuse hangs",
                    () => senders.Sum(static sender => sender.Answered.Count) > 200 && langfuse.Exports > 0
                );
                for (var number = 0; number < 10; number++)
                {
                    others.Add(await StallInBodyAsync(bridge.HttpPort));
                    others.Add(await AskAndReadNothingAsync(bridge.DashboardPort, "/api/live"));
                    others.Add(await AskAndReadNothingAsync(bridge.DashboardPort, "/api/export/observations?format=csv"));
                }

                bridge.Signal(PosixSignals.Terminate);
                if (isAskedTwice)
                {
                    await Wait.UntilAsync("it is ending", () => senders.Any(static sender => sender.TurnedAway + sender.Broken > 0));
                    if (!bridge.HasExited)
                    {
                        bridge.Signal(PosixSignals.Terminate);
                    }
                }

                (await bridge.WaitForExitAsync(TenSeconds)).ShouldBeOneOf(isAskedTwice ? [0, EndedBySigterm] : [0], bridge.Errors);
                await sending;
            }
        }
        finally
        {
            others.ForEach(static other => other.Dispose());
        }

        log.WriteLine(
            $"{senders.Sum(static sender => sender.Answered.Count)} answered, {senders.Sum(static sender => sender.TurnedAway)} turned away, {senders.Sum(static sender => sender.Broken)} cut off"
        );
        bridge.Errors.ShouldNotContain("Unhandled exception");
        langfuse.Recover();
        await bridge.RestartAsync();
        using (var client = new OtlpClient(bridge))
        {
            await Task.WhenAll(senders.Select(sender => sender.FinishTurnAsync(client)));
        }

        var expected = await Shown.OfReplayAsync(senders.SelectMany(static sender => sender.Answered));
        await langfuse.MustHoldAsync(expected);
        await Shown.MustBecomeAsync(bridge.Folder, expected);
    }

    [Fact]
    public async Task Asked_to_end_at_any_moment_of_its_start_it_ends_and_says_so()
    {
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        using (var client = new OtlpClient(bridge))
        {
            await client.SendAllAsync(WireRequest.Of(Recording.Open("2.1.329-subagent-http-json")));
        }

        await bridge.KillAsync();
        var starts = Soak.Count(inSuite: 10, inSoak: 200);
        for (var start = 0; start < starts; start++)
        {
            bridge.LaunchAgain();
            // From before its first instruction to after it is ready, on a machine that is busy or not.
            await Task.Delay(TimeSpan.FromMilliseconds(900.0 * start / starts), CancellationToken.None);

            bridge.Signal(PosixSignals.Terminate);

            (await bridge.WaitForExitAsync(TenSeconds)).ShouldBeOneOf([0, Interrupted, EndedBySigterm], bridge.Errors);
        }

        bridge.Errors.ShouldNotContain("Unhandled exception");
        bridge.Errors.ShouldNotContain("   at ", customMessage: "a person reads one sentence, no trace");
        await bridge.RestartAsync();
        await Shown.MustBecomeAsync(bridge.Folder, await Shown.OfReplayAsync(Recording.Open("2.1.329-subagent-http-json")));
        Soak.Report("SIGTERM at every moment of a start", ("starts", starts), ("lost", 0));
    }

    private static async Task<TcpClient> StallInBodyAsync(int port)
    {
        var client = await ConnectAsync(port);
        await WriteAsync(
            client,
            $"POST /v1/logs HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"
        );
        return client;
    }

    /// <summary>A client that takes nothing of its answer beyond what the system takes for it.</summary>
    private static async Task<TcpClient> AskAndReadNothingAsync(int port, string path)
    {
        var client = await ConnectAsync(port);
        client.ReceiveBufferSize = 4096;
        await WriteAsync(client, $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
        return client;
    }

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        return client;
    }

    private static async Task WriteAsync(TcpClient client, string text) =>
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
}
