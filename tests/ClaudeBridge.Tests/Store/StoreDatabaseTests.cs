using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Store;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Tests.Store;

public sealed class StoreDatabaseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-store-").FullName;

    private string File => Path.Combine(_folder, StoreDatabase.FileName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_files_can_be_read_by_their_owner_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other rights");
        using var store = new TestStore(_folder);
        store.Apply(Some.Change(Some.Trace([Some.Observation()])));
        _ = new AgingClock(TimeProvider.System, _folder).Read();
        System.IO.File.Exists(Path.Combine(_folder, AgingClock.FileName)).ShouldBeTrue();
        foreach (var file in Directory.GetFiles(_folder))
        {
#pragma warning disable CA1416 // Skipped there.
            System.IO.File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
#pragma warning restore CA1416
        }
    }

    [Fact]
    public void A_store_opened_again_goes_on_where_it_was()
    {
        string epoch;
        using (var store = new TestStore(_folder))
        {
            epoch = store.Database.Epoch;
            store.Apply(Some.Change(Some.Trace([Some.Observation(1)])));
            store.Writer.SettleAll(store.Now);
            store.Apply(Some.Change(Some.Trace([Some.Observation(1), Some.Observation(2)])));
        }

        using var again = new TestStore(_folder);
        again.Database.Epoch.ShouldBe(epoch);
        again.Writer.Position.ShouldBe(new JournalPosition(2));
        again.Writer.NextDue.ShouldBe(Some.Time.AddSeconds(2));
        again.Feed.LatestRevision.ShouldBe(1);
        again.Now = Some.Time.AddSeconds(2);
        again.Settle().ShouldBe(1);
        again.AllOfFeed().Select(item => (item.Revision, item.Observation.Id.Value)).ShouldBe([(1, 1UL), (2, 2UL)]);
        again.Log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public void Where_the_disk_has_little_room_the_log_is_emptied_and_stays_short()
    {
        using var store = new TestStore(_folder);
        Fill(store, from: 0);
        var log = new FileInfo(File + "-wal");
        log.Length.ShouldBeGreaterThan(8_000_000);

        store.Database.FitLog(freeBytes: 0);
        log.Refresh();
        log.Length.ShouldBe(0);
        Fill(store, from: 1_000);
        log.Refresh();
        log.Length.ShouldBeLessThan(4_000_000);

        store.Database.FitLog(freeBytes: long.MaxValue);
        Fill(store, from: 2_000);
        log.Refresh();
        log.Length.ShouldBeGreaterThan(8_000_000);

        static void Fill(TestStore store, ulong from)
        {
            for (var i = from; i < from + 100; i++)
            {
                store.Apply(Some.Change(Some.Trace([Some.Observation(i, output: new string('x', 100_000))], id: new(i))));
            }
        }
    }

    [Fact]
    public void A_file_of_garbage_is_set_aside_and_said()
    {
        System.IO.File.WriteAllBytes(File, [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 7))]);
        using var store = new TestStore(_folder);
        store.Writer.Position.ShouldBe(JournalPosition.Start);
        store.Log.Lines.ShouldHaveSingleItem().ShouldContain("damaged");
        System.IO.File.Exists(File + ".damaged").ShouldBeTrue();
        store.Apply(Some.Change(Some.Trace([Some.Observation()])));
        store.Queries.Sessions().ShouldHaveSingleItem();
    }

    [Fact]
    public void Damage_inside_the_file_is_found_when_it_is_opened_and_gives_a_new_epoch()
    {
        string epoch;
        using (var store = new TestStore(_folder))
        {
            epoch = store.Database.Epoch;
            for (var i = 0UL; i < 200; i++)
            {
                store.Apply(Some.Change(Some.Trace([Some.Observation(i, output: new string('x', 500))], id: new(i))));
            }
        }

        SqliteConnection.ClearAllPools();
        using (var file = System.IO.File.OpenWrite(File))
        {
            file.Length.ShouldBeGreaterThan(100_000);
            file.Position = file.Length / 2 / 4096 * 4096;
            file.Write([.. Enumerable.Range(0, 8192).Select(i => (byte)(i * 31))]);
        }

        using var again = new TestStore(_folder);
        again.Database.Epoch.ShouldNotBe(epoch);
        again.Writer.Position.ShouldBe(JournalPosition.Start);
        again.Log.Lines.ShouldHaveSingleItem().ShouldContain("set aside");
    }

    [Fact]
    public void A_store_of_another_version_is_made_anew_and_said()
    {
        using (var store = new TestStore(_folder))
        {
            store.Apply(Some.Change(Some.Trace([Some.Observation()])));
            Statement.Execute(store.Database.Handle, "PRAGMA user_version=999");
            Should.Throw<StoreUnavailableException>(() => store.Queries.Sessions()).Message.ShouldContain("another version");
        }

        using var again = new TestStore(_folder);
        again.Writer.Position.ShouldBe(JournalPosition.Start);
        again.Log.Lines.ShouldHaveSingleItem().ShouldContain("999");
        again.Queries.Sessions().ShouldBeEmpty();
    }

    [Fact]
    public void A_feed_reader_follows_to_the_file_that_took_the_place_of_a_damaged_one()
    {
        using var store = new TestStore(_folder);
        store.Apply(Some.Change(Some.Trace([Some.Observation()])));
        store.Writer.SettleAll(store.Now);
        store.AllOfFeed().ShouldHaveSingleItem();
        var epoch = store.Feed.Epoch;

        store.Writer.Dispose();
        store.Database.SetAside("a test says so");
        using var writer = new StoreWriter(store.Database, store.Feed, store.Options, store.Settling);

        store.Feed.Epoch.ShouldNotBe(epoch);
        store.Feed.LatestRevision.ShouldBe(0);
        store.AllOfFeed().ShouldBeEmpty();
    }

    [Fact]
    public void A_history_that_is_incomplete_marks_the_turns_that_may_have_begun_before_it()
    {
        using var store = new TestStore(_folder);
        store.Writer.SetHistoryFrom(Some.Time.AddSeconds(30));
        store.Apply(
            Some.Change(
                Some.Trace([Some.Observation(1)], id: new(1)),
                Some.Trace([Some.Observation(2, atSecond: 60)], id: new(2)),
                Some.Trace([Some.Observation(3, atSecond: 60)], id: new(3), isOpened: false),
                Some.Trace([Some.Observation(4, atSecond: 100_000)], id: new(4), isOpened: false)
            )
        );
        store.Writer.SettleAll(store.Now);
        store.AllOfFeed().OrderBy(item => item.TraceId).Select(item => item.IsHistoryIncomplete).ShouldBe([true, false, true, false]);

        using var again = new StoreWriter(store.Database, null, store.Options, store.Settling);
        again.HistoryFrom.ShouldBe(Some.Time.AddSeconds(30));
    }
}
