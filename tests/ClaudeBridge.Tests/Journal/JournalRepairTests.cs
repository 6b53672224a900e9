using ClaudeBridge.Journal;

namespace ClaudeBridge.Tests.Journal;

public sealed class JournalRepairTests : IDisposable
{
    private readonly JournalBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Whole_entries_keep_their_positions_and_what_was_damaged_is_a_gap_that_nobody_reports_again()
    {
        var bodies = Bodies(60);
        var positions = await _bench.WriteAsync(bodies);
        var paths = _bench.SegmentPaths();
        paths.Length.ShouldBeGreaterThan(5);
        Flip(paths[1], 500, 40);
        Zero(paths[3], 900, 1200);
        Cut(paths[4], 1000);
        Zero(paths[5], 0, SegmentHeader.Length);
        var before = Verify();
        before.IsWhole.ShouldBeFalse();
        var readable = Readable();

        var done = Repair();

        done.Mended.Select(static one => Path.GetFileName(one.Path))
            .ShouldBe([.. ((int[])[1, 3, 4, 5]).Select(i => Path.GetFileName(paths[i]))]);
        done.LostBytes.ShouldBe(before.DamagedBytes);
        Verify().IsWhole.ShouldBeTrue();
        Readable().ShouldBe(readable);
        readable.ShouldAllBe(item => bodies[positions.IndexOf(item.Position)] == item.Body, "the same positions, the same contents");
        foreach (var one in done.Mended)
        {
            File.Exists(one.Kept).ShouldBeTrue();
        }

        await using var journal = await _bench.OpenAsync();
        journal.Bodies().ShouldBe(readable.Select(static item => item.Body));
        journal.Figures.DamagedPlaces.ShouldBe(0);
        (await journal.AppendAllAsync("new"))[0].ShouldBeGreaterThan(positions[^1]);
    }

    [Fact]
    public async Task The_second_repair_finds_nothing_and_a_dry_run_changes_nothing()
    {
        await _bench.WriteAsync(Bodies(20));
        Flip(_bench.SegmentPaths()[0], 300, 8);
        var files = Files();

        Repair(dryRun: true).Mended.ShouldHaveSingleItem();
        Files().ShouldBe(files);
        Repair().Mended.ShouldHaveSingleItem();
        Repair().IsNothing.ShouldBeTrue();
    }

    [Fact]
    public async Task A_whole_file_that_is_missing_becomes_a_gap()
    {
        await _bench.WriteAsync(Bodies(40));
        File.Delete(_bench.SegmentPaths()[2]);
        var missing = Verify().Damage.ShouldHaveSingleItem();

        Repair().Mended.ShouldHaveSingleItem().Lost.ShouldHaveSingleItem().Bytes.ShouldBe(missing.Bytes);

        Verify().IsWhole.ShouldBeTrue();
    }

    [Fact]
    public async Task An_end_that_was_cut_off_after_closing_is_damage_and_the_marker_is_made_anew()
    {
        var positions = await _bench.WriteAsync("first", "second", "third");
        Cut(_bench.SegmentPaths().Single(), Segment.OffsetOf(0, positions[2].Value) + 3);
        var damage = Verify().Damage.ShouldHaveSingleItem();
        damage.From.ShouldBe(positions[2]);

        Repair().Marker.ShouldNotBeNull();

        Verify().IsWhole.ShouldBeTrue();
        await using var journal = await _bench.OpenAsync();
        journal.Bodies().ShouldBe(["first", "second"]);
        (await journal.AppendAllAsync("new"))[0].ShouldBeGreaterThan(positions[2]);
        journal.Figures.DamagedPlaces.ShouldBe(0);
    }

    [Fact]
    public async Task A_lost_marker_is_made_anew_above_all_positions()
    {
        var positions = await _bench.WriteAsync("first", "second");
        File.Delete(Path.Combine(_bench.Folder, TailMarker.FileName));

        Repair().Marker.ShouldNotBeNull();
        Repair().IsNothing.ShouldBeTrue();

        await using var journal = await _bench.OpenAsync();
        (await journal.AppendAllAsync("new"))[0].ShouldBeGreaterThan(positions[1]);
        journal.Bodies().ShouldBe(["first", "second", "new"]);
    }

    [Fact]
    public async Task Torn_ends_files_of_others_and_copies_are_left_alone()
    {
        await _bench.WriteAsync(Bodies(4));
        File.Delete(Path.Combine(_bench.Folder, TailMarker.FileName));
        Repair();
        var path = _bench.SegmentPaths().Single();
        File.AppendAllText(path, "CBJE and then the power went");
        File.WriteAllText(Path.Combine(_bench.Folder, "notes.journal"), "mine");
        var files = Files();

        Repair().IsNothing.ShouldBeTrue();

        Files().ShouldBe(files);
        Verify().TornBytes.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Bytes_in_a_damaged_place_that_look_like_an_entry_stay_hidden_behind_the_gap()
    {
        var positions = await _bench.WriteAsync(Bodies(9));
        var path = _bench.SegmentPaths()[0];
        // Only the body is damaged: the header of the entry is good, and so are those that a scan finds behind it.
        Flip(path, (int)Segment.OffsetOf(0, positions[1].Value) + EntryFormat.HeaderLength + 5, 1);

        Repair();

        Readable().Select(static item => item.Position).ShouldBe([positions[0], .. positions[2..]]);
    }

    /// <summary>Many threads write and retention takes old files, while the folder is verified and counted as another process would.</summary>
    [Fact]
    public async Task Verifying_beside_a_writer_under_load_raises_no_false_alarm()
    {
        _bench.Options.SegmentBytes = 64 * 1024;
        _bench.Options.KeepBytes = 1024 * 1024;
        await using var journal = await _bench.OpenAsync();
        using var stop = new CancellationTokenSource();
        var body = new string('x', 3_000);
        var writers = Enumerable
            .Range(0, 6)
            .Select(_ =>
                Task.Run(async () =>
                {
                    while (!stop.IsCancellationRequested)
                    {
                        await journal.AppendAsync(JournalTestExtensions.Entry(body), null, CancellationToken.None);
                    }
                })
            )
            .ToList();
        var looks = 0;
        try
        {
            // Bounded by rounds, not by time; each round meets the writer elsewhere. A slow disk takes more of them to fill files.
            for (; looks < 60 || (journal.Oldest.Value == 0 && looks < 5_000); looks++)
            {
                var report = Verify();
                report.Damage.ShouldBeEmpty();
                report.Foreign.ShouldBeEmpty();
                var survey = JournalSurvey.Take(DiskFiles.Instance, _bench.Folder, default, TestContext.Current.CancellationToken);
                survey.Waiting.ShouldBe(survey.Entries);
                await journal.ApplyRetentionAsync(journal.End, TestContext.Current.CancellationToken);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(writers);
        }

        journal.Oldest.Value.ShouldBeGreaterThan(0, "files were begun and taken meanwhile");
    }

    private static string[] Bodies(int count) => [.. Enumerable.Range(0, count).Select(static i => $"{i:D3} " + new string('x', 300))];

    private JournalReport Verify() => JournalVerification.Verify(DiskFiles.Instance, _bench.Folder, TestContext.Current.CancellationToken);

    private JournalRepairReport Repair(bool dryRun = false) =>
        JournalRepair.Run(_bench.Folder, _bench.Options, default, dryRun, TestContext.Current.CancellationToken);

    private List<(JournalPosition Position, string Body)> Readable() =>
        [.. JournalReader.OpenReadOnly(_bench.Folder).ReadFrom(default).Select(static item => (item.Position, item.Text()))];

    private List<(string, long)> Files() =>
        [.. Directory.GetFiles(_bench.Folder).Order().Select(static path => (path, new FileInfo(path).Length))];

    private static void Flip(string path, int at, int count) =>
        Change(path, bytes => Enumerable.Range(at, count).ToList().ForEach(i => bytes[i] ^= 0x11));

    private static void Zero(string path, int at, int count) => Change(path, bytes => bytes.AsSpan(at, count).Clear());

    private static void Change(string path, Action<byte[]> change)
    {
        var bytes = File.ReadAllBytes(path);
        change(bytes);
        File.WriteAllBytes(path, bytes);
    }

    private static void Cut(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.SetLength(length);
    }
}
