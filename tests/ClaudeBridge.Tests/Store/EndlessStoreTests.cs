using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Extensions.Logging.Abstractions;
using SQLitePCL;

namespace ClaudeBridge.Tests.Store;

/// <summary>Sessions that never come again, a million an hour of virtual time: from the export through the assembler into the store and out of its feed.</summary>
[Collection(Undisturbed.Name)]
[Trait(Soak.Category, Soak.Name)]
public sealed class EndlessStoreTests(ITestOutputHelper log) : IDisposable
{
    private const int InOneStep = 100;

    /// <summary>Sessions that are looked at in one go for those that are too old.</summary>
    private const int InOneLook = 5_000;

    /// <summary>A session may leave so much behind, in bytes: rather less than a name of it that is remembered takes.</summary>
    private const int MostOfOne = 80;

    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-endless-").FullName;

    [Fact]
    public void What_is_held_in_memory_does_not_grow_with_the_sessions_that_came()
    {
        const int Sample = 200;
        const int Span = 2_000;
        var sessions = Soak.Count(inSuite: 2 * InOneLook, inSoak: 300_000) / InOneLook * InOneLook;
        using var store = new Filled(_folder);
        var held = new List<long>();
        while (store.Sessions < sessions)
        {
            store.Add(Sample);
            if (store.Sessions is > InOneLook - Span and <= InOneLook || store.Sessions > sessions - Span)
            {
                held.Add(GC.GetTotalMemory(forceFullCollection: true));
            }
        }

        // Caches are full before the first, and go up and down together more often than once within each.
        var (first, last) = (held.Take(Span / Sample).Average(), held.TakeLast(Span / Sample).Average());
        log.WriteLine($"{string.Join(", ", held.Select(static bytes => bytes / 1024))} KiB; {store.Cost / sessions} us of processor each");
        Soak.Report(
            "sessions that never come twice, into the store in one process",
            ("sessions", sessions),
            ("KiB held after the first 5 000", (long)first / 1024),
            ("at the end", (long)last / 1024),
            ("microseconds of processor each", store.Cost / sessions)
        );

        store.Delivered.ShouldBe(sessions * EndlessSessions.Observations);
        (last - first).ShouldBeLessThan(MostOfOne * (sessions - InOneLook));
        LooksThroughInShortSteps(store);
        NamesOnlySomeOfMany(store);
    }

    /// <summary>In a store without end no look at all of it may hold up what arrives.</summary>
    private static void LooksThroughInShortSteps(Filled store)
    {
        for (var seen = InOneLook; seen <= store.Sessions; seen += InOneLook)
        {
            store.DeleteBefore(store.Begin, max: 10).ShouldBeEmpty();
            store.Writer.IsLookedThrough.ShouldBe(seen == store.Sessions);
        }

        store.DeleteBefore(store.Now.AddDays(1), max: 10).Count.ShouldBe(10, "the next round begins with the first");
    }

    private static void NamesOnlySomeOfMany(Filled store)
    {
        var pages = StorePages.In(store.Folder);
        _ = pages.Values(null);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var values = pages.Values(null);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(8 * 1024 * 1024);
        values.Users.Count.ShouldBe(200);
        values.Models.Count.ShouldBe(200);
    }

    [Fact]
    public void Deleting_an_old_session_is_as_much_work_in_a_large_store_as_in_a_small_one()
    {
        var (small, large) = (WorkOfDeleting(sessionsThere: 500), WorkOfDeleting(sessionsThere: 4_000));
        log.WriteLine($"{small} and {large} hundred steps of SQLite");
        large.ShouldBeLessThan(small * 3 / 2);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Counted in SQLite's own steps, which depend on neither machine nor load.</summary>
    private int WorkOfDeleting(int sessionsThere)
    {
        using var store = new Filled(Path.Combine(_folder, $"{sessionsThere}"));
        store.Add(sessionsThere);
        _ = store.Writer.SettleAll(store.Now);
        var steps = 0;
        raw.sqlite3_progress_handler(
            store.Database.Handle,
            100,
            _ =>
            {
                steps++;
                return 0;
            },
            null
        );
        store.DeleteBefore(store.Now.AddDays(1), max: 20).Count.ShouldBe(20);
        raw.sqlite3_progress_handler(store.Database.Handle, 0, null, null);
        return steps;
    }

    private sealed class Filled : IDisposable
    {
        private readonly StoreFeed _feed;
        private readonly StepApplier _applier;
        private long _read;

        public Filled(string folder)
        {
            Folder = folder;
            var options = new StoreOptions { SessionCacheBytes = 1024 * 1024, ObservationCacheCount = 2_000 };
            Database = StoreDatabase.Open(folder, options, NullLogger.Instance);
            _feed = new StoreFeed(Database);
            Writer = new StoreWriter(Database, _feed, options, new SettlingOptions());
            _applier = new StepApplier(Writer, options, static (_, failure) => throw failure);
        }

        public string Folder { get; }

        public StoreDatabase Database { get; }

        public StoreWriter Writer { get; }

        public DateTimeOffset Begin { get; } = Some.Time;

        public DateTimeOffset Now => Begin.AddMilliseconds(Sessions * 3.6);

        public int Sessions { get; private set; }

        /// <summary>Observations, each counted once.</summary>
        public int Delivered { get; private set; }

        /// <summary>Microseconds of processor time.</summary>
        public long Cost { get; private set; }

        public void Add(int sessions)
        {
            var before = Environment.CpuUsage.TotalTime;
            for (var end = Sessions + sessions; Sessions < end; )
            {
                var count = Math.Min(InOneStep, end - Sessions);
                var logs = Read(Signal.Logs, EndlessSessions.Logs(Sessions, count, Begin));
                var metrics = Read(Signal.Metrics, EndlessSessions.Metrics(Sessions, count, Begin));
                Sessions += count;
                _applier.Apply(logs.Sessions, new JournalPosition(Writer.Position.Value + 1), Now, metrics.Points);
                _ = Writer.ReadCounters();
                _ = Writer.Settle(Now, int.MaxValue);
            }

            // Their own time is up: all of them are settled, and each once.
            _ = Writer.Settle(Now.AddHours(1), int.MaxValue);
            while (_feed.Read(_read, InOneStep) is { Count: > 0 } items)
            {
                Delivered += items.OfType<ObservationItem>().Count();
                _read = items[^1].Revision;
            }

            Cost += (long)(Environment.CpuUsage.TotalTime - before).TotalMicroseconds;
        }

        public IReadOnlyList<string> DeleteBefore(DateTimeOffset time, int max) => Writer.DeleteExpired(time, time, long.MaxValue, max);

        public void Dispose()
        {
            Writer.Dispose();
            _feed.Dispose();
            Database.Dispose();
        }

        private ReadExport Read(Signal signal, byte[] body) => RecordReader.Read(OtlpDecoder.Decode(signal, OtlpEncoding.Json, body), Now);
    }
}
