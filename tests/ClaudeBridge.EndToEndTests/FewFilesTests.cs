using System.Diagnostics;
using System.Net.Sockets;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.EndToEndTests;

/// <summary>More connections than the system gives file descriptors for.</summary>
public sealed class FewFilesTests
{
    private const int OpenFiles = 256;

    [Fact]
    public async Task With_256_files_and_300_silent_connections_a_good_client_is_served_and_the_process_is_at_rest()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("There is no such limit here.");
        }

        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(), openFiles: OpenFiles);
        List<TcpClient> silent = [];
        for (var i = 0; i < 300; i++)
        {
            var client = new TcpClient();
            silent.Add(client);
            await client.ConnectAsync("127.0.0.1", i % 2 == 0 ? bridge.HttpPort : bridge.GrpcPort);
        }

        using (var good = new OtlpClient(bridge))
        {
            await good.SendAllAsync(WireRequest.Of(Recording.Open("2.1.329-plain-answer-http-protobuf")));
            await good.SendAllAsync(WireRequest.Of(Recording.Open("2.1.329-plain-answer-grpc")));
        }

        var before = bridge.ProcessorTime;
        var watch = Stopwatch.StartNew();
        await Task.Delay(TimeSpan.FromSeconds(3));
        ((bridge.ProcessorTime - before) / watch.Elapsed).ShouldBeLessThan(
            0.6,
            "who runs round because of an error takes a whole processor"
        );
        (await bridge.ProbeAsync()).ShouldBe(System.Net.HttpStatusCode.OK);
        silent.ForEach(static client => client.Dispose());
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        bridge.Errors.Trim().ShouldBeEmpty();
    }
}
