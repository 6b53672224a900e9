using System.Diagnostics;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>A real bridge without its backend, and much that waits: about 1 GB on disk in the long form.</summary>
public sealed class BacklogTests
{
    private const int Senders = 8;
    private const int RecordsInTurn = 4;
    private const int LiveRecordsPerSecond = 100;
    private static readonly int Turns = Soak.Count(400, 200_000);

    [Fact]
    [Trait(Soak.Category, Soak.Name)]
    public async Task A_backlog_waits_on_disk_and_is_delivered_far_faster_than_it_came()
    {
        var port = FreePorts.Take();
        var settings = BridgeProcess.Settings();
        settings["LANGFUSE_PUBLIC_KEY"] = "pk-lf-stand-in";
        settings["LANGFUSE_SECRET_KEY"] = "sk-lf-stand-in";
        settings["LANGFUSE_BASE_URL"] = $"http://127.0.0.1:{port}";
        settings["ClaudeBridge__Langfuse__SendScores"] = "false";
        await using var bridge = await BridgeProcess.StartAsync(settings);
        var atStart = Memory(bridge);
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => SendAsync(bridge, sender)));
        var whileItCame = Memory(bridge);
        var bytes = new DirectoryInfo(bridge.Folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Length);
        var lines = bridge.Errors.Split('\n').Count(static line => line.Contains("takes nothing", StringComparison.Ordinal));

        // As after a night: the memory that receiving took is gone, what waits is still there.
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        await bridge.RestartAsync();
        await Wait.UntilAsync("it says again that nothing is taken", () => bridge.Errors.Split("takes nothing").Length > 2);
        var whileItWaited = Memory(bridge);

        await using var langfuse = await LangfuseStandIn.StartAsync(port: port);
        var catchingUp = Stopwatch.StartNew();
        await Wait.UntilAsync(
            "everything is there",
            () => langfuse.Table.SpanCount >= Turns * RecordsInTurn,
            TimeSpan.FromMinutes(Soak.IsLong ? 20 : 2),
            () => $"{langfuse.Table.SpanCount} of {Turns * RecordsInTurn}; {bridge.Errors}"
        );
        var speed = Turns * RecordsInTurn / catchingUp.Elapsed.TotalSeconds;

        Soak.Report(
            "a backlog on disk, the backend dead, then back",
            ("records", Turns * RecordsInTurn),
            ("MB on disk", bytes / 1_000_000),
            ("lost", (Turns * RecordsInTurn) - langfuse.Table.SpanCount),
            ("records/s while catching up", (int)speed),
            ("times the live speed", (int)(speed / LiveRecordsPerSecond)),
            (
                "MB of memory at start, after receiving, waiting, after catching up",
                string.Join(" ", atStart, whileItCame, whileItWaited, Memory(bridge))
            ),
            ("log lines of the outage", lines)
        );
        langfuse.Table.SpanCount.ShouldBe(Turns * RecordsInTurn);
        langfuse.Table.DuplicateRows.ShouldBeEmpty();
        lines.ShouldBe(1);
        whileItWaited.ShouldBeLessThan(200, "what waits is not in memory");
        if (Soak.IsLong)
        {
            speed.ShouldBeGreaterThan(20 * LiveRecordsPerSecond);
        }
    }

    private static async Task SendAsync(BridgeProcess bridge, int sender)
    {
        using var client = new OtlpClient(bridge);
        var turns = new Turns($"backlog-{sender}");
        for (var turn = 0; turn < Turns / Senders; turn++)
        {
            await client.SendAllAsync(turns.Requests(turn));
        }
    }

    /// <summary>In MB, as the system counts it.</summary>
    private static long Memory(BridgeProcess bridge)
    {
        using var process = Process.GetProcessById(bridge.ProcessId);
        return process.WorkingSet64 / 1_000_000;
    }
}
