using System.Net;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.EndToEndTests;

/// <summary>What somebody does to a running bridge without thinking of it: it goes on, and keeps what it answers.</summary>
public sealed class TidiedUpTests
{
    private const string Before = "2.1.329-bash-tool-http-json";
    private const string After = "2.1.329-plain-answer-http-json";

    [Theory]
    [InlineData("", After)]
    [InlineData("journal", Before, After)]
    [InlineData("store.db", Before, After)]
    public async Task What_is_answered_after_files_were_deleted_is_shown_at_once_and_survives_a_kill(string deleted, params string[] shown)
    {
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        await SendAsync(bridge, Before);
        await Shown.MustBecomeAsync(bridge.Folder, await Shown.OfReplayAsync(Recording.Open(Before)));

        Delete(Path.Combine(bridge.Folder, deleted));
        await SendAsync(bridge, After);
        var expected = await Shown.OfReplayAsync([.. shown.Select(static name => Recording.Open(name).Folder)]);
        await Wait.UntilAsync(
            "the store is there again",
            () => File.Exists(Path.Combine(bridge.Folder, "store.db")),
            state: () => bridge.Errors
        );
        await Shown.MustBecomeAsync(bridge.Folder, expected);
        (await bridge.ProbeAsync("/api/sessions")).ShouldBe(HttpStatusCode.OK);

        await bridge.KillAsync();
        await bridge.RestartAsync();
        await Shown.MustBecomeAsync(bridge.Folder, expected);
    }

    [Fact]
    public async Task A_bridge_whose_words_fit_nowhere_takes_and_keeps_everything()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux has a file that is always full.");
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(), printsTo: "/dev/full");
        await SendAsync(bridge, Before);
        await Shown.MustBecomeAsync(bridge.Folder, await Shown.OfReplayAsync(Recording.Open(Before)));
        (await bridge.TerminateAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_file_at_the_limit_of_the_process_does_not_end_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows has no such limit.");
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        bridge.Signal(PosixSignals.FileLimit);
        await SendAsync(bridge, Before);
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
    }

    private static async Task SendAsync(BridgeProcess bridge, string recording)
    {
        using var client = new OtlpClient(bridge);
        await client.SendAllAsync(WireRequest.Of(Recording.Open(recording)));
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
            return;
        }

        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + "*"))
        {
            File.Delete(file);
        }
    }
}
