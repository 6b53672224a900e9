using System.Net;
using System.Text.Json;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>The client is never disturbed, whatever the backend does; and views need no backend at all.</summary>
public sealed class OutageTests
{
    private static readonly string[] Names =
    [
        "2.1.329-subagent-http-json",
        "2.1.329-bash-tool-gzip-grpc",
        "2.1.119-bash-tool-http-protobuf",
    ];

    [Fact]
    public async Task A_Langfuse_that_is_not_there_yet_gets_everything_once_when_it_comes()
    {
        var port = FreePorts.Take();
        // Longer than it takes to send a recording, so that every observation is complete when it is first tried.
        var settings = BridgeProcess.Settings(quiet: TimeSpan.FromSeconds(3));
        settings["LANGFUSE_PUBLIC_KEY"] = "pk-lf-stand-in";
        settings["LANGFUSE_SECRET_KEY"] = "sk-lf-stand-in";
        settings["LANGFUSE_BASE_URL"] = $"http://127.0.0.1:{port}";
        await using var bridge = await BridgeProcess.StartAsync(settings);
        using (var client = new OtlpClient(bridge))
        {
            foreach (var name in Names)
            {
                await client.SendAllAsync(WireRequest.Of(Recording.Open(name)));
            }
        }

        var expected = await Shown.OfReplayAsync([.. Names.Select(static name => Recording.Open(name).Folder)]);
        await Wait.UntilAsync("the bridge says that Langfuse is gone", () => bridge.Errors.Contains("Langfuse", StringComparison.Ordinal));
        await Wait.UntilAsync("all is shown", async () => (await Shown.OfAsync(bridge.Folder)).IsSameAs(expected));
        (await bridge.ProbeAsync()).ShouldBe(HttpStatusCode.OK, "an outage behind the bridge is no reason to send nothing to it");

        await using var langfuse = await LangfuseStandIn.StartAsync(port: port);

        await langfuse.MustHoldAsync(expected);
        langfuse.Table.ResentRows.ShouldBeEmpty();
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        bridge.Output.ShouldNotContain("observations wait for");
    }

    [Fact]
    public async Task Sessions_and_show_work_beside_a_bridge_that_is_taking_traffic()
    {
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        using var client = new OtlpClient(bridge);
        using var stop = new CancellationTokenSource();
        var sender = new TurnSender("beside", TimeSpan.FromMilliseconds(2));
        var sending = sender.RunAsync(client, stop.Token);
        await Wait.UntilAsync("the first session is there", async () => (await Shown.OfAsync(bridge.Folder)).Trees.ContainsKey("beside-0"));

        for (var round = 0; round < 3; round++)
        {
            var sessions = (await BridgeCommand.RunAsync(["sessions", "--json", "--data", bridge.Folder])).MustBeDone();
            using var list = JsonDocument.Parse(sessions);
            list.RootElement.EnumerateArray()
                .Select(static session => session.GetProperty("sessionId").GetString())
                .ShouldContain("beside-0");
            (await BridgeCommand.RunAsync(["sessions", "--data", bridge.Folder])).MustBeDone().ShouldContain("beside-0");
            (await BridgeCommand.RunAsync(["show", "beside-0", "--data", bridge.Folder])).MustBeDone().ShouldContain("Read");
        }

        sending.IsCompleted.ShouldBeFalse("the client is not disturbed");
        await stop.CancelAsync();
        await sending;
        await sender.FinishTurnAsync(client);
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        bridge.Output.ShouldContain("2 requests  1 tool");
    }
}
