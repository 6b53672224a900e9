using ClaudeBridge.Store;
using ClaudeBridge.Tests.Receivers;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>A store damaged in every way that a disk or a person finds: the bridge starts, and what was there is there again.</summary>
public sealed class StoreDamageTests : IDisposable
{
    private static readonly MemoryJournal Journal = Filled();

    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-loop-").FullName;

    public static TheoryData<string, Action<string>> Damages =>
        new()
        {
            { "zeroed pages", static path => Change(path, static bytes => bytes.AsSpan(bytes.Length / 3, 32_768).Clear()) },
            { "a zeroed first page", static path => Change(path, static bytes => bytes.AsSpan(0, 8192).Clear()) },
            { "truncated", static path => File.WriteAllBytes(path, File.ReadAllBytes(path)[..20_000]) },
            { "truncated within a page", static path => File.WriteAllBytes(path, File.ReadAllBytes(path)[..^100]) },
            { "empty", static path => File.WriteAllBytes(path, []) },
            { "garbage", static path => File.WriteAllText(path, new string('x', 50_000)) },
            { "garbage as log", static path => File.WriteAllText(path + "-wal", new string('x', 50_000)) },
            { "garbage as index of the log", static path => File.WriteAllText(path + "-shm", new string('x', 32_768)) },
            { "a folder", static path => ReplaceByFolder(path) },
            { "a folder as log", static path => Directory.CreateDirectory(path + "-wal") },
            { "another program's application id", static path => Execute(path, "PRAGMA application_id=1") },
            { "another program's", static path => OfAnotherProgram(path) },
            { "without a table", static path => Execute(path, "DROP TABLE observations") },
            { "without its position", static path => Execute(path, "DELETE FROM meta WHERE key = 'journal_position'") },
            { "without its epoch", static path => Execute(path, "DELETE FROM meta WHERE key = 'epoch'") },
        };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task The_store_is_whole_again_after_the_start(string how, Action<string> damage)
    {
        var feed = await FillAsync();
        damage(Path.Combine(_folder, StoreDatabase.FileName));

        await using (var again = await RunningLoop.StartAsync(Journal, _folder))
        {
            await again.FinishAsync(Journal.End);
            again.FeedContents().ShouldBe(feed, how);
            again.Database.IsWhole().ShouldBeTrue();
        }

        await using var third = await RunningLoop.StartAsync(Journal, _folder);
        third.Log.Lines.ShouldBeEmpty("the trouble is over");
    }

    [Theory]
    [InlineData("journal and store", "journal/*", "store.db*")]
    [InlineData("journal", "journal/*")]
    [InlineData("segments and store", "journal/*.journal", "store.db*")]
    [InlineData("store", "store.db*")]
    public async Task Whatever_a_person_deletes_what_came_before_and_comes_after_is_there_once(string what, params string[] patterns)
    {
        IReadOnlyList<string> before;
        await using (var bridge = await RunningBridge.StartAsync(_folder))
        {
            await ReplayAsync(bridge, "2.1.329-subagent-http-json");
            await bridge.FeedAsync();
            var snapshots = bridge.Service<StoreDatabase>().Snapshots;
            await snapshots.CoverAsync(
                bridge.Service<StoreDatabase>(),
                bridge.Journal.End,
                now: true,
                TestContext.Current.CancellationToken
            );
            snapshots.Figures.Made.ShouldBe(1, bridge.Journal.Number.ToString());
            before = await SessionsAsync(bridge);
        }

        foreach (var pattern in patterns)
        {
            foreach (var file in Directory.GetFiles(_folder, pattern))
            {
                File.Delete(file);
            }
        }

        for (var i = 0; i < 2; i++)
        {
            await using var again = await RunningBridge.StartAsync(_folder);
            await ReplayAsync(again, "2.1.329-plain-answer-http-json");
            var after = await SessionsAsync(again);
            after.Count.ShouldBe(before.Count + 1, $"{what}, start {i + 1}");
            before.ShouldBeSubsetOf(after, $"{what}, start {i + 1}");
            foreach (var file in Directory.GetFiles(_folder, "store.db*"))
            {
                File.Delete(file);
            }
        }
    }

    private static async Task ReplayAsync(RunningBridge bridge, string recording)
    {
        foreach (var request in Recording.Open(recording).Requests)
        {
            using var answer = await bridge.Http.PostAsync(
                Receivers.Some.Path(request.Signal),
                request.Body,
                request.Encoding == Otlp.OtlpEncoding.Json ? HttpSending.Json : HttpSending.Protobuf
            );
            answer.EnsureSuccessStatusCode();
        }
    }

    private static async Task<IReadOnlyList<string>> SessionsAsync(RunningBridge bridge)
    {
        await bridge.FeedAsync();
        return [.. bridge.Queries.Sessions().Select(static one => $"{one.SessionId} {one.Traces} {one.Generations} {one.StartTime:O}")];
    }

    [Fact]
    public async Task An_index_out_of_step_with_its_table_is_found_by_the_step_that_meets_it()
    {
        var feed = await FillAsync();
        var path = Path.Combine(_folder, StoreDatabase.FileName);
        // The index of traces holds a row that the table does not: what is added there again is refused.
        Execute(
            path,
            "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = 'CREATE INDEX traces_by_id ON traces(trace_id, session) WHERE 0' WHERE name = 'traces_by_id'",
            "DELETE FROM observations; DELETE FROM contents; DELETE FROM traces; DELETE FROM breakdowns; DELETE FROM trace_contexts",
            "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = 'CREATE UNIQUE INDEX traces_by_id ON traces(trace_id, session)' WHERE name = 'traces_by_id'",
            "DELETE FROM buckets; DELETE FROM parts; UPDATE meta SET value = '0' WHERE key = 'journal_position'"
        );
        await using var again = await RunningLoop.StartAsync(Journal, _folder, Quick());
        await again.FinishAsync(Journal.End);
        again.FeedContents().ShouldBe(feed);
        again.Database.IsWhole().ShouldBeTrue();
        again.Log.Lines.ShouldContain(line => line.Contains("It is set aside", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Damage_that_only_a_page_of_the_dashboard_meets_is_mended_as_well()
    {
        var feed = await FillAsync();
        Execute(Path.Combine(_folder, StoreDatabase.FileName), "UPDATE breakdowns SET data = x'FF'", "UPDATE contents SET data = x'FF'");
        await using var again = await RunningLoop.StartAsync(Journal, _folder);
        var epoch = again.Feed.Epoch;
        var queries = StoreQueries.In(_folder, new StoreOptions(), again.Database);
        Should.Throw<StoreUnavailableException>(() =>
        {
            foreach (var session in queries.Sessions())
            {
                queries.Session(session.SessionId);
            }
        });
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (again.Feed.Epoch == epoch)
        {
            await again.Loop.SettleAllAsync(limit.Token);
        }

        await again.FinishAsync(Journal.End);
        again.FeedContents().ShouldBe(feed);
    }

    [Fact]
    public async Task Damage_told_of_a_store_that_is_set_aside_already_does_not_touch_the_one_in_its_place()
    {
        await using var running = await RunningLoop.StartAsync(Journal, _folder);
        await running.FinishAsync(Journal.End);
        running.Database.Suspect(new StoreDamagedException("met long ago"), "of an epoch before");
        running.Database.Suspicion.ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_store_of_another_version_is_kept_where_the_journal_is_no_longer_whole(bool isJournalWhole)
    {
        var path = Path.Combine(_folder, StoreDatabase.FileName);
        using (StoreDatabase.Open(_folder, new StoreOptions(), new Store.CollectedLog())) { }
        Execute(path, "PRAGMA user_version=4");
        var log = new Store.CollectedLog();
        using var store = StoreDatabase.Open(_folder, new StoreOptions(), log, isJournalWhole);
        File.Exists(path + ".version-4").ShouldBe(!isJournalWhole);
        log.Lines.ShouldHaveSingleItem().ShouldContain(isJournalWhole ? "built again" : "is kept as");
    }

    [Fact]
    public async Task Until_it_has_caught_up_a_store_gives_nothing_away_and_says_how_far_it_is()
    {
        await FillAsync();
        foreach (var file in Directory.GetFiles(_folder, "store.db*"))
        {
            File.Delete(file);
        }

        var clock = new ManualTimeProvider();
        await using var again = await RunningLoop.StartAsync(
            Journal,
            _folder,
            new StoreOptions { StepDelay = TimeSpan.FromHours(1), StepEntries = 1000 },
            clock: clock
        );
        again.Feed.IsReady.ShouldBeFalse();
        again.Feed.Read(0, 10).ShouldBeEmpty();
        var ready = again.Feed.ReadyAsync(TestContext.Current.CancellationToken);
        ready.IsCompleted.ShouldBeFalse();
        // It gathers for an hour, unless somebody asks.
        SpinWait.SpinUntil(() => clock.PendingTimers > 0, TimeSpan.FromSeconds(10)).ShouldBeTrue();
        await again.FinishAsync(Journal.End);
        await ready.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        again.Log.Lines.ShouldContain(line => line.Contains("built again from the journal: 0 %", StringComparison.Ordinal));
        again.Log.Lines.ShouldContain(line => line.Contains("built again from the journal: 100 %", StringComparison.Ordinal));
    }

    private static StoreOptions Quick() => new() { StepDelay = TimeSpan.Zero, RetryAfter = TimeSpan.FromMilliseconds(10) };

    private static MemoryJournal Filled()
    {
        var journal = new MemoryJournal();
        foreach (var request in Recording.All.Take(8).SelectMany(static recording => recording.Requests))
        {
            journal.Append(request);
        }

        return journal;
    }

    private async Task<IReadOnlyList<string>> FillAsync()
    {
        await using var running = await RunningLoop.StartAsync(Journal, _folder);
        await running.FinishAsync(Journal.End);
        return running.FeedContents();
    }

    private static void Change(string path, Action<byte[]> change)
    {
        var bytes = File.ReadAllBytes(path);
        change(bytes);
        File.WriteAllBytes(path, bytes);
    }

    private static void ReplaceByFolder(string path)
    {
        File.Delete(path);
        Directory.CreateDirectory(path);
    }

    private static void OfAnotherProgram(string path)
    {
        File.Delete(path);
        Execute(path, "CREATE TABLE recipes(name TEXT)", "PRAGMA user_version=5");
    }

    /// <summary>Each on a connection of its own, so that what is done to the schema counts for the next.</summary>
    private static void Execute(string path, params string[] statements)
    {
        foreach (var statement in statements)
        {
            using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = statement;
            command.ExecuteNonQuery();
        }
    }
}
