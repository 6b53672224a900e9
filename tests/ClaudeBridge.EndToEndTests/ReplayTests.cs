using System.IO.Compression;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary><c>claudebridge replay</c> as a person or a CI job runs it.</summary>
public sealed class ReplayTests : IDisposable
{
    private const string Bash = "2.1.329-bash-tool-http-json";
    private const string Subagent = "2.1.329-subagent-grpc";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Replaying_twice_into_one_folder_changes_nothing()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        string[] command = ["replay", Folder(Bash), Folder(Subagent), "--data", _folder["data"]];

        (await BridgeCommand.RunAsync(command, BridgeProcess.Settings(langfuse))).MustBeDone();
        var first = await Shown.OfAsync(_folder["data"]);
        await langfuse.MustHoldAsync(first);
        var requests = langfuse.Table.TakenRequests;

        var again = (await BridgeCommand.RunAsync(command, BridgeProcess.Settings(langfuse))).MustBeDone();

        again.ShouldContain("known already");
        (await Shown.OfAsync(_folder["data"])).ShouldBe(first);
        await langfuse.MustHoldAsync(first);
        langfuse.Table.ResentRows.ShouldBeEmpty();
        langfuse.Table.TakenRequests.ShouldBe(requests);
    }

    [Fact]
    public async Task A_kept_result_is_met_by_the_same_recording_and_by_its_other_protocols_not_by_a_changed_one()
    {
        var kept = _folder["expected.json"];
        (await BridgeCommand.RunAsync(["replay", Folder(Bash), "--expect", kept, "--update"])).MustBeDone();
        (await BridgeCommand.RunAsync(["replay", Folder(Bash), "--expect", kept])).MustBeDone();

        var text = await File.ReadAllTextAsync(kept);
        text.ShouldContain("\"cost\": \"0.060504\"");
        await File.WriteAllTextAsync(kept, text.Replace("\"cost\": \"0.060504\"", "\"cost\": \"0.07\"", StringComparison.Ordinal));
        var changed = await BridgeCommand.RunAsync(["replay", Folder(Bash), "--expect", kept]);

        changed.ExitCode.ShouldBe(1);
        changed.Out.ShouldContain("traceList[0].observations[1] (GENERATION claude-opus-5-5)");
        changed.Out.ShouldContain("- cost: \"0.07\"");
        changed.Out.ShouldContain("+ cost: \"0.060504\"");
        changed.Error.ShouldContain("--update");
    }

    [Fact]
    public async Task An_unreadable_line_is_named_and_costs_only_itself()
    {
        var lines = (await File.ReadAllLinesAsync(Path.Combine(Folder(Bash), "session.jsonl"))).ToList();
        var file = _folder["damaged.jsonl"];
        lines.Insert(1, lines[0][..^20]);
        lines.Insert(2, """{"resourceLogs":[{"scopeLogs":7}]}""");
        await File.WriteAllLinesAsync(file, lines);

        var result = await BridgeCommand.RunAsync(["replay", file, "--data", _folder["data"]]);

        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain(file + ":2: ");
        result.Error.ShouldContain(file + ":3: ");
        result.Error.ShouldContain("2 places");
        (await Shown.OfAsync(_folder["data"])).ShouldBe(await Shown.OfReplayAsync(Folder(Bash)));
    }

    [Theory]
    [InlineData(Bash)]
    [InlineData(Subagent)]
    [InlineData("2.1.329-file-edits-http-protobuf")]
    public async Task A_recording_gives_the_same_in_every_form(string name)
    {
        var recording = Recording.Open(name);
        var expected = await Shown.OfReplayAsync(recording);
        var lines = Path.Combine(recording.Folder, "session.jsonl");
        var compressed = _folder["telemetry.jsonl.gz"];
        await using (var gzip = new GZipStream(File.Create(compressed), CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(await File.ReadAllBytesAsync(lines));
        }

        var nested = Directory.CreateDirectory(Path.Combine(_folder["outer"], "inner", name)).FullName;
        foreach (var request in recording.Requests)
        {
            File.Copy(request.File, Path.Combine(nested, Path.GetFileName(request.File)));
        }

        (await Shown.OfReplayAsync(lines)).ShouldBe(expected, "OTLP/JSON lines");
        (await Shown.OfReplayAsync(compressed)).ShouldBe(expected, "compressed lines");
        (await Shown.OfReplayAsync(_folder["outer"])).ShouldBe(expected, "a folder of folders");
        (await Shown.OfReplayAsync([.. recording.Requests.Select(static request => request.File)])).ShouldBe(expected, "single bodies");
    }

    [Fact]
    public async Task What_a_dead_Langfuse_did_not_get_is_said_and_delivered_by_the_next_replay()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        langfuse.Fail(LangfuseFault.Answer(503));
        string[] command = ["replay", Folder(Bash), "--data", _folder["data"], "--deliver-timeout", "1"];

        var failed = await BridgeCommand.RunAsync(command, BridgeProcess.Settings(langfuse));
        failed.ExitCode.ShouldBe(1);
        failed.Error.ShouldContain("observations are not delivered to Langfuse at ");
        failed.Error.ShouldContain("it answered 503");

        langfuse.Recover();
        (await BridgeCommand.RunAsync([.. command[..^1], "60"], BridgeProcess.Settings(langfuse))).MustBeDone();
        await langfuse.MustHoldAsync(await Shown.OfAsync(_folder["data"]));
        langfuse.Table.ResentRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_data_folder_nothing_stays_behind_and_what_is_no_recording_is_refused()
    {
        var result = await BridgeCommand.RunAsync(["replay", Folder(Bash)], new Dictionary<string, string> { ["TMPDIR"] = _folder.Path });
        result.MustBeDone().ShouldContain("thrown away");
        Directory
            .EnumerateFileSystemEntries(_folder.Path)
            .Where(static entry => entry.Contains("replay", StringComparison.Ordinal))
            .ShouldBeEmpty();

        var missing = await BridgeCommand.RunAsync(["replay", _folder["nowhere"]]);
        missing.ExitCode.ShouldBe(2);
        missing.Error.ShouldContain("does not exist");
    }

    [Fact]
    public async Task Issue_times_with_three_digits_are_not_shown_with_six()
    {
        var shown = await Shown.OfReplayAsync(Folder(Bash));

        var tree = shown.Trees.ShouldHaveSingleItem().Value;
        tree.ShouldContain("\"startTime\": \"2026-11-20T11:43:07.805Z\"");
        tree.ShouldContain("\"endTime\": \"2026-11-20T11:43:08.0501837Z\"");
    }

    public void Dispose() => _folder.Dispose();

    private static string Folder(string recording) => Recording.Open(recording).Folder;
}
