using ClaudeBridge.Journal;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Snapshots;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClaudeBridge.Tests.Store;

/// <summary>Snapshots on real SQLite and a real disk.</summary>
public sealed class SnapshotTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-store-").FullName;

    private string Snapshots => Path.Combine(_folder, StoreSnapshots.FolderName);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_lost_store_comes_back_as_it_was_when_the_snapshot_was_made_under_a_new_epoch()
    {
        var (feed, position, epoch) = ((IReadOnlyList<string>)[], JournalPosition.Start, "");
        using (var store = new TestStore(_folder))
        {
            store.Apply(Some.Change(Some.Trace([Some.Observation(1, output: "words to be found"), Some.Observation(2)])));
            store.Writer.SettleAll(store.Now);
            (feed, position, epoch) = (Contents(store), store.Writer.Position, store.Database.Epoch);
            (await CoverAsync(store)).ShouldBe(position);
            store.Apply(Some.Change(Some.Trace([Some.Observation(1), Some.Observation(3)])));
        }

        DeleteStore();
        using var again = new TestStore(_folder);
        again.Writer.Position.ShouldBe(position);
        again.Database.Epoch.ShouldNotBe(epoch);
        again.Database.IsNew.ShouldBeTrue();
        again.Database.IsWhole().ShouldBeTrue();
        Contents(again).ShouldBe(feed);
        again.Database.Snapshots.Figures.Restored.ShouldBe(1);
        again.Log.Lines.ShouldContain(line => line.Contains("The store is restored from", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_newest_good_one_is_taken_whatever_happened_to_the_others()
    {
        await MakeAsync(3);
        var paths = Files();
        paths.Length.ShouldBe(3);
        var random = new Random(5);
        foreach (var (damage, index) in new Action<string>[] { Truncate, FlipABit, Empty, CutTheEnd }.Select((damage, i) => (damage, i)))
        {
            var folder = Path.Combine(_folder, $"copy-{index}");
            CopyTo(folder);
            // The newest is damaged in one way, the one before it by another bit.
            damage(Path.Combine(folder, StoreSnapshots.FolderName, Path.GetFileName(paths[^1])));
            FlipABit(Path.Combine(folder, StoreSnapshots.FolderName, Path.GetFileName(paths[^2])));
            using var store = new TestStore(folder);
            store.Writer.Position.Value.ShouldBe(1, $"the oldest is whole; {damage.Method.Name}");
        }

        void FlipABit(string path)
        {
            var bytes = File.ReadAllBytes(path);
            bytes[random.Next(bytes.Length - SnapshotTrailer.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, bytes);
        }

        static void Truncate(string path) => File.WriteAllBytes(path, File.ReadAllBytes(path)[..5000]);
        static void Empty(string path) => File.WriteAllBytes(path, []);
        static void CutTheEnd(string path) => File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
    }

    [Fact]
    public async Task Without_a_good_one_the_store_begins_empty()
    {
        await MakeAsync(2);
        foreach (var path in Files())
        {
            File.WriteAllBytes(path, new byte[4096]);
        }

        using var store = new TestStore(_folder);
        store.Writer.Position.ShouldBe(JournalPosition.Start);
    }

    [Fact]
    public async Task One_of_another_version_is_not_used_and_that_is_said()
    {
        await MakeAsync(1);
        var path = Files().ShouldHaveSingleItem();
        var bytes = File.ReadAllBytes(path);
        var snapshot = SnapshotTrailer.Read(bytes.AsSpan(bytes.Length - SnapshotTrailer.Length), path, bytes.Length).ShouldNotBeNull();
        SnapshotTrailer.Write(snapshot with { Schema = 4 }).CopyTo(bytes.AsSpan(bytes.Length - SnapshotTrailer.Length));
        File.WriteAllBytes(path, bytes);

        using var store = new TestStore(_folder);
        store.Writer.Position.ShouldBe(JournalPosition.Start);
        store.Log.Lines.ShouldContain(line => line.Contains("has version 4", StringComparison.Ordinal));
        File.Exists(path).ShouldBeTrue("the program that made it may come back");
    }

    [Fact]
    public async Task One_that_was_made_beside_another_journal_is_not_used_and_that_is_said()
    {
        using (var store = new TestStore(_folder))
        {
            store.Database.WriteMeta(MetaKey.Journal, "7");
            store.Apply();
            (await CoverAsync(store)).Value.ShouldBe(1);
        }

        StoreDatabase.StoredReach(_folder, TimeSpan.FromSeconds(1)).ShouldBe((new JournalPosition(1), 7L));
        DeleteStore();
        StoreDatabase.StoredReach(_folder, TimeSpan.FromSeconds(1)).ShouldBe((new JournalPosition(1), 7L), "the snapshot tells as well");
        var log = new CollectedLog();
        using (var other = StoreDatabase.Open(_folder, new StoreOptions(), log, journal: 8))
        {
            other.BeganEmpty.ShouldBeTrue();
        }

        log.Lines.ShouldContain(static line => line.Contains("another journal", StringComparison.Ordinal));
        DeleteStore();
        using var same = StoreDatabase.Open(_folder, new StoreOptions(), log, journal: 7);
        same.BeganEmpty.ShouldBeFalse();
    }

    [Fact]
    public async Task Pipes_with_the_names_of_a_store_and_of_a_snapshot_hold_nothing_up()
    {
        await MakeAsync(1);
        File.Delete(Path.Combine(_folder, StoreDatabase.FileName));
        StandIns.Pipe.Make(Path.Combine(_folder, StoreDatabase.FileName));
        StandIns.Pipe.Make(Path.Combine(Snapshots, $"store-{9:D20}.snapshot"));

        var opening = Task.Run(
            () =>
            {
                StoreDatabase.StoredReach(_folder, TimeSpan.FromSeconds(1)).Position.Value.ShouldBe(1);
                using var store = new TestStore(_folder);
                return (store.Writer.Position.Value, store.Log.Lines);
            },
            Cancel
        );

        var (position, lines) = await opening.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        position.ShouldBe(1);
        lines.ShouldContain(static line => line.Contains("no file", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_store_that_is_there_is_left_alone_though_a_snapshot_is_ahead_of_it()
    {
        await MakeAsync(2);
        var folder = Path.Combine(_folder, "other");
        var epoch = "";
        using (var store = new TestStore(folder))
        {
            store.Apply(Some.Change(Some.Trace([Some.Observation(1)])));
            epoch = store.Database.Epoch;
        }

        CopyTo(folder);
        using var again = new TestStore(folder);
        again.Database.Epoch.ShouldBe(epoch);
        again.Writer.Position.Value.ShouldBe(1);
    }

    [Fact]
    public async Task The_newest_are_kept_and_none_is_made_before_its_time_unless_a_hard_limit_waits()
    {
        var clock = new StandIns.ManualTimeProvider();
        var options = new StoreOptions { SnapshotsKept = 2 };
        using var store = new TestStore(_folder);
        var snapshots = new StoreSnapshots(_folder, options, clock, NullLogger.Instance);
        for (var i = 1; i <= 4; i++)
        {
            store.Apply();
            (await snapshots.CoverAsync(store.Database, store.Writer.Position, now: false, Cancel)).Value.ShouldBe(i);
            clock.Advance(options.SnapshotEvery);
        }

        Files().Select(Path.GetFileName).ShouldBe([$"store-{3:D20}.snapshot", $"store-{4:D20}.snapshot"]);
        snapshots.Figures.Count.ShouldBe(2);
        snapshots.Figures.NewestPosition!.Value.Value.ShouldBe(4);

        store.Apply();
        (await snapshots.CoverAsync(store.Database, store.Writer.Position, now: false, Cancel)).Value.ShouldBe(5);
        store.Apply();
        clock.Advance(options.SnapshotEvery - TimeSpan.FromSeconds(1));
        (await snapshots.CoverAsync(store.Database, store.Writer.Position, now: false, Cancel)).Value.ShouldBe(5, "too soon");
        (await snapshots.CoverAsync(store.Database, store.Writer.Position, now: true, Cancel)).Value.ShouldBe(6);
        (await snapshots.CoverAsync(store.Database, new(3), now: true, Cancel)).Value.ShouldBe(6);
        snapshots.Figures.Made.ShouldBe(6, "what is covered needs no other");
    }

    [Fact]
    public async Task The_writer_goes_on_while_one_is_made_and_its_log_is_short_again_afterwards()
    {
        using var store = new TestStore(_folder);
        for (var i = 0; i < 40; i++)
        {
            store.Apply(
                Some.Change(
                    Some.Trace(
                        [
                            .. Enumerable
                                .Range(0, 100)
                                .Select(n => Some.Observation((ulong)n + 1, output: $"{i} {n} {new string('x', 2000)}")),
                        ],
                        id: new(new UInt128(7, (ulong)i))
                    )
                )
            );
        }

        var before = store.Writer.Position;
        var making = CoverAsync(store);
        var written = 0;
        do
        {
            store.Apply(Some.Change(Some.Trace([Some.Observation(1, output: $"meanwhile {written++}")])));
        } while (!making.IsCompleted);

        var covered = await making;
        covered.ShouldBeGreaterThanOrEqualTo(before);
        covered.ShouldBeLessThanOrEqualTo(store.Writer.Position);
        store.Apply(Some.Change(Some.Trace([Some.Observation(1, output: "afterwards")])));
        new FileInfo(Path.Combine(_folder, "store.db-wal")).Length.ShouldBeLessThan(64L * 1024 * 1024, "the option of the store is 32 MiB");
    }

    [Fact]
    public async Task What_cannot_be_made_costs_nothing_but_itself()
    {
        using var store = new TestStore(_folder);
        store.Apply(Some.Change(Some.Trace([Some.Observation(1)])));
        await File.WriteAllTextAsync(Snapshots, "somebody's file", Cancel);
        (await CoverAsync(store)).ShouldBe(JournalPosition.Start);
        store.Database.Snapshots.Figures.Failed.ShouldBe(1);
        store.Log.Lines.ShouldContain(line => line.Contains("No snapshot of the store could be made", StringComparison.Ordinal));

        File.Delete(Snapshots);
        (await CoverAsync(store)).ShouldBe(store.Writer.Position);
    }

    [Fact]
    public async Task A_damaged_store_gives_no_snapshot_and_is_found_out_by_trying()
    {
        using (var store = new TestStore(_folder))
        {
            for (var i = 0; i < 20; i++)
            {
                store.Apply(
                    Some.Change(
                        Some.Trace([Some.Observation(1, output: new string((char)('a' + i), 20_000))], id: new(new UInt128(7, (ulong)i)))
                    )
                );
            }
        }

        var path = Path.Combine(_folder, StoreDatabase.FileName);
        var bytes = await File.ReadAllBytesAsync(path, Cancel);
        // Contents and not the description of the tables, without which it would not open.
        bytes.AsSpan(bytes.Length * 5 / 8, bytes.Length / 4).Clear();
        await File.WriteAllBytesAsync(path, bytes, Cancel);
        using var damaged = StoreDatabase.Open(_folder, new StoreOptions { CheckUpToBytes = 0 }, NullLogger.Instance);
        (await damaged.Snapshots.CoverAsync(damaged, new(1), now: true, Cancel)).ShouldBe(JournalPosition.Start);
        damaged.Suspicion.ShouldNotBeNull();
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_snapshot_whose_store_is_damaged_again_at_once_gives_way_to_the_one_before()
    {
        await MakeAsync(3);
        using var store = new TestStore(_folder);
        store.Writer.Position.Value.ShouldBe(3);
        foreach (var expected in new[] { 2L, 1L, 0L })
        {
            store.Database.SetAside("met by a reader");
            using var writer = new StoreWriter(store.Database, null, store.Options, store.Settling);
            writer.Position.Value.ShouldBe(expected);
        }
    }

    [Fact]
    public async Task They_can_be_read_by_their_owner_alone_and_what_a_crash_left_is_cleared_away()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other rights");
        Directory.CreateDirectory(Snapshots);
        await File.WriteAllTextAsync(Path.Combine(Snapshots, "making.tmp"), "half of one", Cancel);
        await MakeAsync(1);
        var path = Directory.GetFiles(Snapshots).ShouldHaveSingleItem();
#pragma warning disable CA1416 // Skipped there.
        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(Snapshots).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var restored = new TestStore(_folder);
        File.GetUnixFileMode(Path.Combine(_folder, "store.db")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
#pragma warning restore CA1416
    }

    private static IReadOnlyList<string> Contents(TestStore store) =>
        [
            .. store
                .AllOfFeed()
                .Select(static item => $"{item.Revision} {item.TraceId} {System.Text.Json.JsonSerializer.Serialize(item.Observation)}"),
        ];

    private static Task<JournalPosition> CoverAsync(TestStore store) =>
        store.Database.Snapshots.CoverAsync(store.Database, store.Writer.Position, now: true, Cancel);

    /// <summary>So many snapshots, at positions from 1 on, and no store.</summary>
    private async Task MakeAsync(int count)
    {
        using (var store = new TestStore(_folder))
        {
            var snapshots = new StoreSnapshots(
                _folder,
                new StoreOptions { SnapshotsKept = count },
                TimeProvider.System,
                NullLogger.Instance
            );
            for (var i = 0; i < count; i++)
            {
                store.Apply(Some.Change(Some.Trace([Some.Observation((ulong)i + 1)])));
                (await snapshots.CoverAsync(store.Database, store.Writer.Position, now: true, Cancel)).Value.ShouldBe(i + 1);
            }
        }

        DeleteStore();
    }

    private void DeleteStore()
    {
        foreach (var file in Directory.GetFiles(_folder, "store.db*"))
        {
            File.Delete(file);
        }
    }

    private void CopyTo(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, StoreSnapshots.FolderName));
        foreach (var path in Files())
        {
            File.Copy(path, Path.Combine(folder, StoreSnapshots.FolderName, Path.GetFileName(path)));
        }
    }

    private string[] Files() =>
        Directory.Exists(Snapshots) ? [.. Directory.GetFiles(Snapshots, "*.snapshot").Order(StringComparer.Ordinal)] : [];
}
