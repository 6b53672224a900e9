using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>A journal that is kept shorter than the store: the real program, real files, and Langfuse, which must not see a turn as it was before.</summary>
public sealed class SnapshotRebuildTests
{
    private static readonly Dictionary<string, string> ShortJournal = new()
    {
        ["ClaudeBridge__Journal__SegmentBytes"] = "65536",
        ["ClaudeBridge__Journal__KeepBytes"] = "1048576",
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_turn_that_went_on_after_the_snapshot_is_not_sent_as_it_was_before(bool isTailLost)
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(langfuse));
        using var client = new OtlpClient(bridge);
        var turn = new Turns("long").Requests(0).ToList();
        await client.SendAllAsync(turn[..2]);
        await FillJournalAsync(client);
        await Wait.UntilAsync("the first half is delivered", () => Rows(langfuse, "long-0") == 3);

        // Retention looks once at the start.
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        await bridge.RestartAsync(ShortJournal);
        await Wait.UntilAsync("a snapshot stands in for the first files", () => Snapshots(bridge).Length == 1 && !HasFirstFile(bridge));
        await client.SendAllAsync(turn[2..]);
        await Wait.UntilAsync("the second half is delivered", () => Rows(langfuse, "long-0") == 4);
        var whole = await Shown.OnceAsync(bridge.Folder, shown => shown.Trees["long-0"].Contains("0.003", StringComparison.Ordinal));
        await Wait.UntilAsync("as it is shown", () => Shown.Rows(langfuse.Table.Observations).SequenceEqual(whole.Rows()));
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);

        var rows = Shown.Rows(langfuse.Table.Observations);
        var sent = Deliveries(langfuse);
        Delete(bridge, "store.db*");
        if (isTailLost)
        {
            Delete(bridge, Path.Combine("journal", "*.journal"));
        }

        await bridge.RestartAsync();
        await client.SendAllAsync(new Turns("after").Requests(0));
        await Wait.UntilAsync("the new turn is delivered", () => Rows(langfuse, "after-0") == 4, state: () => bridge.Errors);
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);

        bridge.Errors.ShouldContain("The store is restored from");
        langfuse.MustBeConsistent();
        Shown.Rows(langfuse.Table.Observations.Where(static row => row.SessionId != "after-0")).MustBe(rows);
        foreach (var (row, deliveries) in Deliveries(langfuse).Where(row => sent.ContainsKey(row.Key)))
        {
            deliveries.ShouldBe(sent[row], $"{row} is with Langfuse already");
        }

        var shown = await Shown.OfAsync(bridge.Folder);
        if (isTailLost)
        {
            bridge.Errors.ShouldContain("no longer holds what came before");
        }
        else
        {
            shown.Trees["long-0"].ShouldBe(whole.Trees["long-0"]);
        }
    }

    /// <summary>The same recording again and again: a longer journal and nothing new in the store.</summary>
    private static async Task FillJournalAsync(OtlpClient client)
    {
        var requests = WireRequest.Of(Recording.Open("2.1.329-subagent-http-json")).ToList();
        for (long bytes = 0; bytes < 3 * 1024 * 1024; bytes += requests.Sum(static request => (long)request.Body.Length))
        {
            await client.SendAllAsync(requests);
        }
    }

    private static Dictionary<string, int> Deliveries(LangfuseStandIn langfuse) =>
        langfuse.Table.Observations.ToDictionary(static row => $"{row.TraceId} {row.Id} {row.Start}", static row => row.Deliveries);

    private static string[] Snapshots(BridgeProcess bridge) =>
        Directory.Exists(Path.Combine(bridge.Folder, "snapshots"))
            ? Directory.GetFiles(Path.Combine(bridge.Folder, "snapshots"), "*.snapshot")
            : [];

    private static bool HasFirstFile(BridgeProcess bridge) => File.Exists(Path.Combine(bridge.Folder, "journal", $"{0:D20}.journal"));

    private static void Delete(BridgeProcess bridge, string pattern)
    {
        var files = Directory.GetFiles(Path.Combine(bridge.Folder, Path.GetDirectoryName(pattern)!), Path.GetFileName(pattern));
        files.ShouldNotBeEmpty();
        foreach (var file in files)
        {
            File.Delete(file);
        }
    }

    private static int Rows(LangfuseStandIn langfuse, string session) => langfuse.Table.Observations.Count(row => row.SessionId == session);
}
