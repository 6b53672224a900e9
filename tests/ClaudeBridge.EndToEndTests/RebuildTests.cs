using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>The journal is the truth of what came, the ledger of what went out; the store follows from the journal.</summary>
public sealed class RebuildTests
{
    private static readonly string[] Names =
    [
        "2.1.329-subagent-http-json",
        "2.1.329-plain-answer-grpc",
        "2.1.329-background-agent-http-protobuf",
        "2.1.329-session-killed-http-json",
    ];

    [Fact]
    public async Task A_deleted_store_is_rebuilt_from_the_journal_and_nothing_is_sent_twice()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        var before = await DeliverAsync(bridge, langfuse);
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);

        Delete(bridge, "store.db");
        await bridge.RestartAsync();

        // What is new comes after all that is rebuilt: once it is there, the rest has been decided on.
        using (var client = new OtlpClient(bridge))
        {
            await client.SendAllAsync([new Turns("after the rebuild").Whole(0)]);
        }

        await Wait.UntilAsync("the new turn is delivered", () => langfuse.Table.Observations.Count == before.Rows().Count + 4);
        var after = await Shown.OnceAsync(bridge.Folder, shown => shown.HasAllOf(before));
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);

        foreach (var (session, tree) in before.Trees)
        {
            after.Trees[session].ShouldBe(tree);
        }

        Shown.Rows(langfuse.Table.Observations).MustBe(after.Rows());
        langfuse.MustBeConsistent();
        langfuse.Table.ResentRows.Select(static row => $"{row.SessionId} {row.Name}").ShouldBeEmpty("sent already");
    }

    [Fact]
    public async Task After_the_ledger_is_lost_everything_is_sent_again_into_the_same_rows()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        var before = await DeliverAsync(bridge, langfuse);
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);

        Delete(bridge, "delivery.db");
        await bridge.RestartAsync();

        await Wait.UntilAsync(
            "all is sent again",
            () => langfuse.Table.ResentRows.Count == before.Rows().Count,
            state: () => bridge.Errors
        );
        langfuse.MustBeConsistent();
        Shown.Rows(langfuse.Table.Observations).MustBe(before.Rows());
    }

    /// <summary>It knows of Langfuse only once it has everything: so nothing is sent before it is whole, however slow the machine is.</summary>
    private static async Task<Shown> DeliverAsync(BridgeProcess bridge, LangfuseStandIn langfuse)
    {
        var recordings = Names.Select(Recording.Open).ToList();
        using (var client = new OtlpClient(bridge))
        {
            foreach (var recording in recordings)
            {
                await client.SendAllAsync(WireRequest.Of(recording));
            }
        }

        var shown = await Shown.OfReplayAsync([.. recordings.Select(static recording => recording.Folder)]);
        await Shown.MustBecomeAsync(bridge.Folder, shown);
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        await bridge.RestartAsync(BridgeProcess.Settings(langfuse));
        await langfuse.MustHoldAsync(shown);
        return shown;
    }

    private static void Delete(BridgeProcess bridge, string database)
    {
        File.Exists(Path.Combine(bridge.Folder, database)).ShouldBeTrue();
        foreach (var file in Directory.GetFiles(bridge.Folder, database + "*"))
        {
            File.Delete(file);
        }
    }
}
