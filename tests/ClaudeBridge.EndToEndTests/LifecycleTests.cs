using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>How a bridge starts, refuses to start, and ends.</summary>
public sealed class LifecycleTests : IDisposable
{
    /// <summary>128 + SIGTERM, as shells have it.</summary>
    private const int EndedBySigterm = 143;

    private static readonly TimeSpan TenSeconds = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(PosixSignals.Terminate)]
    [InlineData(PosixSignals.HangUp)]
    [InlineData(PosixSignals.Interrupt)]
    public async Task A_signal_ends_it_with_everything_kept(int signal)
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        var recording = Recording.Open("2.1.329-subagent-http-json");
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(langfuse));
        using (var client = new OtlpClient(bridge))
        {
            await client.SendAllAsync(WireRequest.Of(recording));
        }

        (await bridge.TerminateAsync(signal)).ShouldBe(0, bridge.Errors);

        await bridge.RestartAsync();
        var expected = await Shown.OfReplayAsync(recording);
        await langfuse.MustHoldAsync(expected);
        await Shown.MustBecomeAsync(bridge.Folder, expected);
    }

    [Fact]
    public async Task It_ends_within_ten_seconds_though_Langfuse_hangs_and_a_client_never_finishes()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        langfuse.Fail(LangfuseFault.Hang with { SparesProbes = true });
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(langfuse));
        await SendBashToolAsync(bridge);
        using var stalled = await StallAsync(bridge);
        await Wait.UntilAsync("Langfuse is hanging", () => langfuse.Exports > 0);

        bridge.Signal(PosixSignals.Terminate);

        (await bridge.WaitForExitAsync(TenSeconds)).ShouldBe(0, bridge.Errors);
        bridge.Output.ShouldContain("observations wait for");
    }

    [Fact]
    public async Task A_second_signal_ends_it_at_once_and_what_was_answered_is_kept()
    {
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        await SendBashToolAsync(bridge);
        using var stalled = await StallAsync(bridge);
        bridge.Signal(PosixSignals.Terminate);
        await Wait.UntilAsync("it is ending", async () => await bridge.ProbeAsync() != HttpStatusCode.OK);
        bridge.HasExited.ShouldBeFalse("the stalled client holds it");

        bridge.Signal(PosixSignals.Terminate);

        (await bridge.WaitForExitAsync(TimeSpan.FromSeconds(3))).ShouldBe(EndedBySigterm);
        await bridge.RestartAsync();
        var expected = await Shown.OfReplayAsync(Recording.Open("2.1.329-bash-tool-http-json"));
        await Wait.UntilAsync("it is shown", async () => (await Shown.OfAsync(bridge.Folder)).Trees.Count > 0);
        await Shown.MustBecomeAsync(bridge.Folder, expected);
    }

    [Fact]
    public async Task A_second_bridge_gets_neither_its_ports_nor_its_folder()
    {
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());

        var samePorts = await BridgeCommand.RunAsync(
            ["run", "--data", _folder["other"]],
            Ports(bridge.HttpPort, bridge.GrpcPort, bridge.DashboardPort)
        );
        samePorts.ExitCode.ShouldBe(3);
        samePorts.Error.ShouldContain($"Port {bridge.GrpcPort}");
        samePorts.Error.ShouldContain("ClaudeBridge:Receivers:GrpcPort");
        samePorts.Error.ShouldNotContain("lsof");
        if (OperatingSystem.IsLinux())
        {
            samePorts.Error.ShouldContain($"(process {bridge.ProcessId}), another bridge with its data in {bridge.Folder}, holds it");
            samePorts.Error.ShouldContain($"'kill {bridge.ProcessId}'");
        }

        var sameFolder = await BridgeCommand.RunAsync(["run", "--data", bridge.Folder], Ports());
        sameFolder.ExitCode.ShouldBe(1);
        sameFolder.Error.ShouldContain("Another bridge is using");

        (await bridge.ProbeAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_wrong_configuration_is_refused_with_every_key_to_change()
    {
        var settings = Ports();
        settings["ClaudeBridge__Sessions__TurnQuiet"] = "-00:00:01";
        settings["ClaudeBridge__Store__StepEntries"] = "0";
        settings["ClaudeBridge__Receivers__MaxConnections"] = "0";

        var result = await BridgeCommand.RunAsync(["run", "--data", _folder["data"]], settings);

        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("TurnQuiet");
        result.Error.ShouldContain("StepEntries");
        result.Error.ShouldContain("MaxConnections");

        settings = Ports();
        settings["ClaudeBridge__Receivers__HttpPort"] = "many";
        var unreadable = await BridgeCommand.RunAsync(["run", "--data", _folder["data"]], settings);
        unreadable.ExitCode.ShouldBe(2);
        unreadable.Error.ShouldContain("HttpPort");
        unreadable.Error.ShouldContain("'many'");
    }

    [Fact]
    public async Task Healthcheck_says_how_deliveries_stand()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(langfuse));
        await SendBashToolAsync(bridge);

        var said = "";
        await Wait.UntilAsync(
            "it was delivered",
            async () =>
            {
                said = (await BridgeCommand.RunAsync(["healthcheck"], Ports(bridge.HttpPort, bridge.GrpcPort, bridge.DashboardPort))).Out;
                return said.Contains("langfuse: 0 waiting, last delivery", StringComparison.Ordinal);
            },
            state: () => said
        );

        said.ShouldStartWith("healthy (langfuse: ");
    }

    [Fact]
    public async Task A_log_in_JSON_is_an_object_a_line_from_the_start_to_the_end()
    {
        var settings = BridgeProcess.Settings();
        settings["ClaudeBridge__Log__Format"] = "json";
        settings["Logging__LogLevel__Default"] = "Debug";
        await using var bridge = await BridgeProcess.StartAsync(settings);
        await SendBashToolAsync(bridge);
        using (var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }))
        {
            using var body = new StringContent("{", Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(new Uri($"http://127.0.0.1:{bridge.HttpPort}/v1/logs"), body);
            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }

        await bridge.TerminateAsync();

        var lines = bridge.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.ShouldNotBeEmpty();
        foreach (var line in lines)
        {
            using var json = JsonDocument.Parse(line);
            json.RootElement.GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
            json.RootElement.GetProperty("part").GetString().ShouldNotBeNullOrEmpty();
        }
    }

    [Fact]
    public async Task Healthcheck_says_by_its_exit_code_whether_a_bridge_answers()
    {
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        var ports = Ports(bridge.HttpPort, bridge.GrpcPort, bridge.DashboardPort);

        (await BridgeCommand.RunAsync(["healthcheck"], ports)).ExitCode.ShouldBe(0);
        (await BridgeCommand.RunAsync(["healthcheck", "--url", $"http://127.0.0.1:{bridge.HttpPort}/health"])).ExitCode.ShouldBe(0);
        (await BridgeCommand.RunAsync(["healthcheck", "--url", "no address"])).ExitCode.ShouldBe(2);

        await bridge.TerminateAsync();
        var gone = await BridgeCommand.RunAsync(["healthcheck"], ports);
        gone.ExitCode.ShouldBe(1);
        gone.Error.ShouldContain("claudebridge run");
    }

    public void Dispose() => _folder.Dispose();

    private static async Task SendBashToolAsync(BridgeProcess bridge)
    {
        using var client = new OtlpClient(bridge);
        await client.SendAllAsync(WireRequest.Of(Recording.Open("2.1.329-bash-tool-http-json")));
    }

    /// <summary>A client that stops in the middle of a body; the request is under way when this returns.</summary>
    private static async Task<TcpClient> StallAsync(BridgeProcess bridge)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, bridge.HttpPort);
        var head =
            $"POST /v1/logs HTTP/1.1\r\nHost: 127.0.0.1:{bridge.HttpPort}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        // The server asks for the body once it reads it.
        var answer = new byte[25];
        await client.GetStream().ReadExactlyAsync(answer);
        Encoding.ASCII.GetString(answer).ShouldStartWith("HTTP/1.1 100 Continue");
        await client.GetStream().WriteAsync("{\"resourceLogs\":"u8.ToArray());
        return client;
    }

    private static Dictionary<string, string> Ports(int? http = null, int? grpc = null, int? dashboard = null) =>
        new()
        {
            ["ClaudeBridge__Receivers__HttpPort"] = $"{http ?? FreePorts.Take()}",
            ["ClaudeBridge__Receivers__GrpcPort"] = $"{grpc ?? FreePorts.Take()}",
            ["ClaudeBridge__Receivers__DashboardPort"] = $"{dashboard ?? FreePorts.Take()}",
        };
}
