using System.Net;
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

    [Fact]
    public async Task While_it_answers_what_is_under_way_it_is_not_ready_and_turns_everyone_else_away()
    {
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        WireRequest[] requests = [.. new Turns("under way").Requests(0)];
        using var sender = await ConnectAsync(bridge.HttpPort);
        await WriteAsync(
            sender,
            $"POST /v1/logs HTTP/1.1\r\nHost: 127.0.0.1:{bridge.HttpPort}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {requests[0].Body.Length}\r\n\r\n"
        );
        (await LineAsync(sender)).ShouldBe("HTTP/1.1 100 Continue", "it waits for the body");

        bridge.Signal(PosixSignals.Terminate);

        await Wait.UntilAsync("it is not ready", async () => await bridge.ProbeAsync() == HttpStatusCode.ServiceUnavailable);
        (await bridge.ProbeAsync("/livez")).ShouldBe(HttpStatusCode.OK);
        (await bridge.HealthAsync()).GetProperty("status").GetString().ShouldBe("stopping");
        using (var other = new OtlpClient(bridge))
        {
            (await other.SendAsync(requests[1])).Code.ShouldBe(OtlpClient.HttpUnavailable);
            (await other.SendAsync(requests[1].OverGrpc())).Code.ShouldBe(OtlpClient.GrpcUnavailable);
        }

        await sender.GetStream().WriteAsync(requests[0].Body);
        await LineAsync(sender);
        (await LineAsync(sender)).ShouldBe("HTTP/1.1 200 OK");
        (await bridge.WaitForExitAsync(TenSeconds)).ShouldBe(0, bridge.Errors);
        var expected = await Shown.OfReplayAsync(requests[..1]);
        await bridge.RestartAsync();
        await Shown.MustBecomeAsync(bridge.Folder, expected);
    }

    [Fact]
    public async Task Asked_to_end_while_the_store_catches_up_it_ends_in_time_and_goes_on_at_the_next_start()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        var settings = BridgeProcess.Settings();
        settings["ClaudeBridge__Store__StepEntries"] = "1";
        settings["ClaudeBridge__Store__StopTimeout"] = "00:00:00.100";
        await using var bridge = await BridgeProcess.StartAsync(settings);
        WireRequest[] requests = [.. Enumerable.Range(0, 100).SelectMany(new Turns("backlog", promptLength: 20_000).Requests)];
        using (var client = new OtlpClient(bridge))
        {
            await client.SendAllAsync(requests);
        }

        await bridge.KillAsync();
        foreach (var file in Directory.GetFiles(bridge.Folder, "store.db*"))
        {
            File.Delete(file);
        }

        for (var start = 0; start < 2; start++)
        {
            await bridge.RestartAsync(BridgeProcess.Settings(langfuse));
            bridge.Signal(PosixSignals.Terminate);
            (await bridge.WaitForExitAsync(TenSeconds)).ShouldBe(0, bridge.Errors);
        }

        await bridge.RestartAsync();
        var expected = await Shown.OfReplayAsync(requests);
        await langfuse.MustHoldAsync(expected);
        await Shown.MustBecomeAsync(bridge.Folder, expected);
        langfuse.Table.ResentRows.Select(static row => $"{row.SessionId} {row.Name}").ShouldBeEmpty("nothing went before it was whole");
    }

    [Fact]
    public async Task It_ends_in_time_though_nobody_reads_what_it_prints()
    {
        const int PipeBytes = 64 * 1024;
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(), isHeard: false);
        // A line for every prompt, of more than 60 characters.
        WireRequest[] prompts = [.. Enumerable.Range(0, PipeBytes / 60).Select(static turn => new Turns("unheard").Requests(turn).First())];
        using (var client = new OtlpClient(bridge))
        {
            await Task.WhenAll(prompts.Chunk(prompts.Length / 4).Select(client.SendAllAsync));
        }

        var expected = await Shown.OfReplayAsync(prompts);
        await Shown.MustBecomeAsync(bridge.Folder, expected);

        bridge.Signal(PosixSignals.Terminate);

        (await bridge.WaitForExitAsync(TimeSpan.FromSeconds(15))).ShouldBe(0);
        await Shown.MustBecomeAsync(bridge.Folder, expected);
    }

    private static async Task<string> LineAsync(TcpClient client)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await client.GetStream().ReadAsync(one) > 0 && one[0] != '\n')
        {
            line.Append((char)one[0]);
        }

        return line.ToString().TrimEnd('\r');
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
