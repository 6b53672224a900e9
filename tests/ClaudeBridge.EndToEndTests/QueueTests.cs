using System.Text.Json;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns.Langfuse;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.EndToEndTests;

/// <summary>The <c>queue</c> commands as an operator runs them: the real program, beside a bridge and without one.</summary>
public sealed class QueueTests
{
    private const string Poisoned = "Read";

    [Fact]
    public async Task What_was_refused_is_listed_with_its_reason_and_goes_again_from_a_running_bridge()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        langfuse.Poison(static span => span.Name == Poisoned);
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(langfuse));
        await SendTurnsAsync(bridge, 3);
        await Wait.UntilAsync("the tools are refused", async () => await LettersAsync(bridge) == 3, state: () => bridge.Errors);

        var listed = await RunAsync(bridge, "list");
        listed.ShouldContain("400");
        listed.ShouldContain("3 dead letters");
        listed.ShouldContain("the store has taken all of it");
        (await RunAsync(bridge, "verify")).ShouldContain("journal: whole");
        using (var verified = JsonDocument.Parse(await RunAsync(bridge, "verify", "--json")))
        {
            foreach (var database in verified.RootElement.GetProperty("databases").EnumerateArray())
            {
                var file = new FileInfo(database.GetProperty("path").GetString()!);
                database.GetProperty("bytes").GetInt64().ShouldBeGreaterThan(file.Length, "what stands in its log belongs to it");
            }
        }

        var status = await bridge.PageAsync("/status");
        status.ShouldContain("Why it refused the last ones for good");
        status.ShouldContain("3 times, status 400: <bdi>");

        langfuse.Poison(static _ => false);
        (await RunAsync(bridge, "retry", "--status", "400")).ShouldContain("3 dead letters go to Langfuse");
        await Wait.UntilAsync(
            "they are delivered without a restart",
            async () => await LettersAsync(bridge) == 0,
            state: () => bridge.Errors
        );

        await Wait.UntilAsync("so is the rest", () => langfuse.Table.Observations.Count >= 3 * 4, state: () => bridge.Errors);
        langfuse.Table.Observations.Count.ShouldBe(3 * 4);
        langfuse.Table.ResentRows.Select(static row => $"{row.SessionId} {row.Name}").ShouldBeEmpty("each turn was whole at once");
        langfuse.MustBeConsistent();
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
    }

    [Fact]
    public async Task What_is_asked_for_without_a_bridge_goes_at_the_next_start_and_what_is_refused_again_stays_once()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        langfuse.Poison(static span => span.Name == Poisoned);
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(langfuse));
        await SendTurnsAsync(bridge, 3);
        await Wait.UntilAsync("the tools are refused", async () => await LettersAsync(bridge) == 3, state: () => bridge.Errors);
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);

        var letters = await LetterIdsAsync(bridge);
        (await RunAsync(bridge, "show", $"{letters[0]}")).ShouldContain(Poisoned);
        await RunAsync(bridge, "retry", "--id", $"{letters[0]}", $"{letters[1]}");
        (await RunAsync(bridge, "list")).ShouldContain("2 of them asked for again");
        // One of the two is refused again, with another reason.
        var refused = 0;
        langfuse.Poison(span => span.Name == Poisoned && Interlocked.CompareExchange(ref refused, 1, 0) == 0, status: 413);
        await bridge.RestartAsync();
        await Wait.UntilAsync("they went again", async () => await LettersAsync(bridge) < 3, state: () => bridge.Errors);

        await Wait.UntilAsync(
            "nothing is asked for any more",
            async () => (await DestinationAsync(bridge)).GetProperty("asked").GetInt32() == 0
        );
        (await LetterIdsAsync(bridge)).ShouldContain(letters[2], "it was not asked for");
        langfuse.MustBeConsistent();
    }

    [Fact]
    public async Task Repair_refuses_while_a_bridge_runs_and_mends_everything_once_it_is_stopped()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(langfuse));
        await SendTurnsAsync(bridge, 12);
        await Wait.UntilAsync("all is delivered", () => langfuse.Table.Observations.Count == 12 * 4, state: () => bridge.Errors);
        await Wait.UntilAsync("it is noted", async () => (await DestinationAsync(bridge)).GetProperty("state").GetString() == "delivered");

        var refused = await BridgeCommand.RunAsync(["queue", "repair", "--data", bridge.Folder]);
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("A bridge is using");
        refused.Error.Trim().Split('\n').ShouldHaveSingleItem();
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);

        Damage(Path.Combine(bridge.Folder, "store.db"), 3);
        Damage(Directory.GetFiles(Path.Combine(bridge.Folder, "journal"), "*.journal").Single(), 1);
        Damage(Path.Combine(bridge.Folder, "delivery.db"), 2);
        var found = await BridgeCommand.RunAsync(["queue", "verify", "--data", bridge.Folder]);
        found.ExitCode.ShouldBe(1, found.Error);
        found.Out.ShouldContain("store.db: damaged", customMessage: found.Error);
        found.Out.ShouldContain("journal: damaged");

        var files = Directory.GetFiles(bridge.Folder, "*", SearchOption.AllDirectories).Order().ToList();
        (await RunAsync(bridge, "repair", "--dry-run")).ShouldContain("nothing was changed");
        Directory.GetFiles(bridge.Folder, "*", SearchOption.AllDirectories).Order().ShouldBe(files);
        await RunAsync(bridge, "repair");
        (await RunAsync(bridge, "verify")).ShouldContain("journal: whole");
        (await RunAsync(bridge, "repair")).ShouldContain("nothing to mend");

        await bridge.RestartAsync();
        await SendTurnsAsync(bridge, 1, "after the repair");
        await Wait.UntilAsync(
            "what is new is delivered",
            () => langfuse.Table.Observations.Any(static row => row.SessionId.Contains("after the repair", StringComparison.Ordinal)),
            state: () => bridge.Errors
        );
        langfuse.MustBeConsistent();
    }

    [Fact]
    public async Task A_folder_that_is_none_is_one_sentence()
    {
        using var folder = new TemporaryFolder();
        foreach (var command in (string[])["list", "verify", "repair", "retry"])
        {
            string[] choice = command == "retry" ? ["--all"] : [];
            var result = await BridgeCommand.InProcessAsync(["queue", command, .. choice, "--data", folder["nothing"]]);
            result.ExitCode.ShouldBe(1);
            result.Error.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain("--data DIR");
        }
    }

    [Fact]
    public async Task Verifying_beside_a_bridge_under_load_raises_no_false_alarm()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        var settings = BridgeProcess.Settings(langfuse);
        settings["ClaudeBridge__Journal__SegmentBytes"] = "65536";
        await using var bridge = await BridgeProcess.StartAsync(settings);
        using var stop = new CancellationTokenSource();
        using var client = new OtlpClient(bridge);
        var sending = Enumerable.Range(0, 4).Select(i => new TurnSender($"load {i}", TimeSpan.Zero).RunAsync(client, stop.Token)).ToList();

        for (var round = 0; round < 8; round++)
        {
            var result = await BridgeCommand.InProcessAsync("queue", "verify", "--data", bridge.Folder);
            result.ExitCode.ShouldBe(0, $"{result.Out}\n{result.Error}");
            (await BridgeCommand.InProcessAsync("queue", "list", "--data", bridge.Folder)).MustBeDone();
        }

        await stop.CancelAsync();
        await Task.WhenAll(sending);
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
    }

    private static async Task SendTurnsAsync(BridgeProcess bridge, int turns, string session = "queue")
    {
        using var client = new OtlpClient(bridge);
        var all = new Turns(session);
        await client.SendAllAsync(Enumerable.Range(0, turns).Select(all.Whole));
    }

    private static async Task<string> RunAsync(BridgeProcess bridge, params string[] arguments) =>
        (await BridgeCommand.RunAsync(["queue", .. arguments, "--data", bridge.Folder])).MustBeDone();

    private static async Task<JsonElement> DestinationAsync(BridgeProcess bridge)
    {
        var listed = await BridgeCommand.InProcessAsync("queue", "list", "--json", "--dead-letters", "100", "--data", bridge.Folder);
        using var json = JsonDocument.Parse(listed.MustBeDone());
        return json
            .RootElement.GetProperty("destinations")
            .EnumerateArray()
            .Select(static one => one.Clone())
            .FirstOrDefault(static one => one.GetProperty("things").GetString() == "observations");
    }

    private static async Task<int> LettersAsync(BridgeProcess bridge) =>
        await DestinationAsync(bridge) is { ValueKind: JsonValueKind.Object } one ? one.GetProperty("deadLetters").GetInt32() : -1;

    private static async Task<List<long>> LetterIdsAsync(BridgeProcess bridge) =>
        [
            .. (await DestinationAsync(bridge))
                .GetProperty("newestDeadLetters")
                .EnumerateArray()
                .Select(static one => one.GetProperty("id").GetInt64())
                .Order(),
        ];

    /// <summary>Breaks a page in the middle, of 4 KiB.</summary>
    private static void Damage(string path, int page)
    {
        if (path.EndsWith(".db", StringComparison.Ordinal))
        {
            // What stands in the log beside the file would else hide the damage.
            using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            command.ExecuteNonQuery();
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.Position = page * 4096L;
        file.Write(Enumerable.Repeat((byte)0xA5, 4096).ToArray());
    }
}
