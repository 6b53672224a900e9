using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>The last version of everything is a function of the set of records: not of their order, repetition, or the crashes between.</summary>
public sealed class OrderTests
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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Shuffled_doubled_cut_by_a_kill_and_all_again_the_trees_are_as_in_order(int seed)
    {
        var recordings = Mixed.Select(Recording.Open).ToList();
        var inOrder = recordings.SelectMany(WireRequest.Of).ToList();
        var shuffled = inOrder.Concat(inOrder).ToArray();
        new Random(seed).Shuffle(shuffled);
        var expected = await Shown.OfReplayAsync([.. recordings.Select(static recording => recording.Folder)]);

        await using var langfuse = await LangfuseStandIn.StartAsync();
        var settings = BridgeProcess.Settings(langfuse);
        // Turns of which only a part has come wait for the rest, which comes after the restart.
        settings["ClaudeBridge__Sessions__OpenQuiet"] = "00:00:08";
        await using var bridge = await BridgeProcess.StartAsync(settings);
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

        await Wait.UntilAsync(
            "Langfuse has every observation",
            () => langfuse.Table.Observations.Count >= expected.Rows().Count,
            state: () => $"{langfuse.Table.Observations.Count} of {expected.Rows().Count}. {bridge.Errors}"
        );
        (await Shown.OfAsync(bridge.Folder)).ShouldBe(expected, $"seed {seed}");
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        langfuse.MustBeConsistent();
        Keys(Shown.Rows(langfuse.Table.Observations)).MustBe(Keys(expected.Rows()));
    }

    /// <summary>Session, trace and id.</summary>
    private static IReadOnlyList<string> Keys(IEnumerable<string> rows) => [.. rows.Select(static row => row.Split(" < ")[0])];
}
