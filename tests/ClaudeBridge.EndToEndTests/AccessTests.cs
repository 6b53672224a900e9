using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.EndToEndTests;

/// <summary>Off loopback nobody gets in without a key.</summary>
public sealed class AccessTests(GuardedBridge guarded) : IClassFixture<GuardedBridge>
{
    private const string Key = GuardedBridge.Key;
    private const int Unauthenticated = 16;

    [Fact]
    public async Task Off_loopback_it_refuses_to_start_without_a_key()
    {
        using var folder = new TemporaryFolder();
        var settings = new Dictionary<string, string>
        {
            ["OTLP_RECEIVER_HOST"] = "0.0.0.0",
            ["OTLP_RECEIVER_PORT"] = $"{FreePorts.Take()}",
        };

        var result = await BridgeCommand.RunAsync(["run", "--data", folder["data"]], settings);

        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("API_KEY");
    }

    [Theory]
    [InlineData("authorization", "Bearer " + Key, true)]
    [InlineData("x-api-key", Key, true)]
    [InlineData("authorization", "Bearer another", false)]
    [InlineData("x-api-key", "", false)]
    [InlineData(null, null, false)]
    public async Task Both_doors_open_to_the_key_alone(string? header, string? value, bool opens)
    {
        var bridge = guarded.Bridge;
        using var client = header is null ? new OtlpClient(bridge) : new OtlpClient(bridge, (header, value!));

        foreach (var name in (string[])["2.1.329-plain-answer-http-protobuf", "2.1.329-plain-answer-grpc"])
        {
            var request = WireRequest.Of(Recording.Open(name))[0];
            var answer = await client.SendAsync(request);
            answer.IsAccepted.ShouldBe(opens, $"{name}: {answer.Code} {answer.Text}");
            answer.Code.ShouldBe(
                (opens, request.Transport) switch
                {
                    (true, Transport.Http) => 200,
                    (true, _) => 0,
                    (false, Transport.Http) => 401,
                    _ => Unauthenticated,
                }
            );
        }

        bridge.Output.ShouldNotContain(Key);
        bridge.Errors.ShouldNotContain(Key);
    }
}

/// <summary>A bridge on all interfaces, with a key.</summary>
public sealed class GuardedBridge : IAsyncLifetime
{
    public const string Key = "a-key-of-this-test";

    internal BridgeProcess Bridge { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Bridge = await BridgeProcess.StartAsync(new Dictionary<string, string> { ["OTLP_RECEIVER_HOST"] = "0.0.0.0", ["API_KEY"] = Key });

    public async ValueTask DisposeAsync() => await Bridge.DisposeAsync();
}
