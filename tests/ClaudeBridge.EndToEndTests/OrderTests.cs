using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>The last version of everything is a function of the set of records: not of their order, repetition, or the crashes between.</summary>
public sealed class OrderTests(ITestOutputHelper log)
{
    private static readonly string[] Mixed =
    [
        "1.0.35-legacy-tools-http-json",
        "2.0.10-legacy-tools-grpc",
        "2.1.329-subagent-http-json",
        "2.1.329-background-agent-http-protobuf",
        "2.1.329-parallel-tools-http-json",
        "2.1.329-multi-turn-continue-http-json",
        "2.1.329-tui-decisions-http-json",
        "2.1.329-session-killed-http-json",
        "2.1.329-resume-fork-grpc",
        "2.1.329-traceparent-http-json",
    ];

    private static readonly string[] Folders = [.. Mixed.Select(static name => Recording.Open(name).Folder)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Shuffled_doubled_cut_by_a_kill_and_all_again_the_trees_are_as_in_order(int seed)
    {
        var expected = await Shown.OfReplayAsync(Folders);
        await using var langfuse = await LangfuseStandIn.StartAsync();
        // Nothing is settled before all is there, however slow the machine is.
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(langfuse, TimeSpan.FromMinutes(30)));

        await SendInDisorderAsync(bridge, seed);
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        await Shown.MustBecomeAsync(bridge.Folder, expected, $"seed {seed}");

        // A replay settles all that waits.
        (await BridgeCommand.RunAsync(["replay", Folders[0], "--data", bridge.Folder], BridgeProcess.Settings(langfuse))).MustBeDone();
        await langfuse.MustHoldAsync(expected);
        langfuse.Table.ResentRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_sent_before_the_rest_came_keeps_its_start_and_is_brought_up_to_date()
    {
        var expected = await Shown.OfReplayAsync(Folders);
        await using var langfuse = await LangfuseStandIn.StartAsync();
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(langfuse));

        await SendInDisorderAsync(bridge, seed: 4);

        var keys = Keys(expected.Rows());
        await Wait.UntilAsync(
            "Langfuse has every observation",
            () => !keys.Except(Keys(Shown.Rows(langfuse.Table.Observations))).Any(),
            state: () => bridge.Errors
        );
        await Shown.MustBecomeAsync(bridge.Folder, expected);
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        langfuse.MustBeConsistent();
        // A record that came before what tells its turn stands where it was first thought to belong as well.
        var early = Shown.Rows(langfuse.Table.Observations.Where(row => !keys.Contains($"{row.SessionId} {row.TraceId} {row.Id}")));
        log.WriteLine(string.Join('\n', early));
    }

    private static async Task SendInDisorderAsync(BridgeProcess bridge, int seed)
    {
        var inOrder = Mixed.SelectMany(static name => WireRequest.Of(Recording.Open(name))).ToList();
        var shuffled = inOrder.Concat(inOrder).ToArray();
        new Random(seed).Shuffle(shuffled);
        using (var client = new OtlpClient(bridge))
        {
            await client.SendAllAsync(shuffled.Take(shuffled.Length / 2));
        }

        await bridge.KillAsync();
        await bridge.RestartAsync();
        using (var client = new OtlpClient(bridge))
        {
            await client.SendAllAsync(shuffled.Skip(shuffled.Length / 2));
            await client.SendAllAsync(inOrder);
        }
    }

    /// <summary>Session, trace and id.</summary>
    private static HashSet<string> Keys(IEnumerable<string> rows) => [.. rows.Select(static row => row.Split(" < ")[0])];
}
