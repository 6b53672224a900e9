using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Tests.Store;

public sealed class StepApplierTests : IDisposable
{
    private readonly TestStore _store = new();
    private readonly List<Fact> _skipped = [];

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_record_that_cannot_be_assembled_costs_itself_alone()
    {
        var facts = Read("2.1.329-bash-tool-http-json");
        var expected = Views(facts);
        var poison = new Fact { Id = new RecordId(666), Origin = Some.Origin() };
        var session = facts[0].Key;
        facts.Insert(1, new(session, [poison]));
        facts.Insert(3, new("session:other", [poison]));

        var applier = Applier();
        applier.Apply(facts, new JournalPosition(500), _store.Now);

        _skipped.ShouldBe([poison, poison]);
        _store.Writer.Position.ShouldBe(new JournalPosition(500));
        Describe(_store).ShouldBe(expected);
        applier.Apply(facts, new JournalPosition(501), _store.Now).ShouldBeGreaterThan(0);
        Describe(_store).ShouldBe(expected);
    }

    [Fact]
    public void What_the_disk_refuses_is_not_skipped_but_thrown_and_works_when_tried_again()
    {
        var facts = Read("2.1.329-bash-tool-http-json");
        var expected = Views(facts);
        var applier = Applier();
        using (var other = new SqliteConnection($"Data Source={_store.Database.Path};Pooling=False"))
        {
            other.Open();
            using var holding = other.BeginTransaction(deferred: false);
            SQLitePCL.raw.sqlite3_busy_timeout(_store.Database.Handle, 10);
            Should.Throw<SqliteException>(() => applier.Apply(facts, new JournalPosition(5), _store.Now)).SqliteErrorCode.ShouldBe(5);
        }

        _skipped.ShouldBeEmpty();
        _store.Writer.Position.ShouldBe(JournalPosition.Start);
        applier.Apply(facts, new JournalPosition(5), _store.Now).ShouldBe(0);
        Describe(_store).ShouldBe(expected);
    }

    [Fact]
    public void A_tiny_memory_gives_the_same_result_as_a_large_one()
    {
        var facts = Recording.Names.Take(15).SelectMany(Read).ToList();
        var expected = Views(facts);
        _store.Options.SessionCacheBytes = 1;
        _store.Options.ObservationCacheCount = 1;
        using var writer = new StoreWriter(_store.Database, null, _store.Options, _store.Settling);
        var applier = new StepApplier(writer, _store.Options, (fact, _) => _skipped.Add(fact));
        foreach (var group in facts)
        {
            applier.Apply([group], JournalPosition.Start, _store.Now);
        }

        _skipped.ShouldBeEmpty();
        Describe(_store).ShouldBe(expected);
    }

    [Fact]
    public void A_kill_at_any_moment_leaves_the_store_as_it_was_after_some_step()
    {
        var facts = Read("2.1.329-background-agent-http-protobuf");
        var applier = Applier();
        for (var i = 0; i < facts.Count; i++)
        {
            _store.Now = _store.Now.AddSeconds(1);
            applier.Apply([facts[i]], new JournalPosition(i + 1), _store.Now);
            if (i % 3 == 1)
            {
                _store.Settle();
            }

            var copy = _store.CopyAsAfterKill();
            try
            {
                using var after = new TestStore(copy);
                after.Writer.Position.ShouldBe(_store.Writer.Position);
                after.Writer.NextDue.ShouldBe(_store.Writer.NextDue);
                after.Feed.LatestRevision.ShouldBe(_store.Feed.LatestRevision);
                after.Database.Epoch.ShouldBe(_store.Database.Epoch);
                after.AllOfFeed().Select(item => item.Revision).ShouldBe(_store.AllOfFeed().Select(item => item.Revision));
                Describe(after).ShouldBe(Describe(_store));
                after.Log.Lines.ShouldBeEmpty();
            }
            finally
            {
                Directory.Delete(copy, recursive: true);
            }
        }
    }

    [Fact]
    public async Task A_feed_reader_beside_the_writer_gets_every_revision_once_and_in_order()
    {
        const int Count = 400;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var reading = Task.Run(
            async () =>
            {
                var revisions = new List<long>();
                while (revisions.Count < Count)
                {
                    var last = revisions.Count == 0 ? 0 : revisions[^1];
                    await _store.Feed.WaitAsync(last, limit.Token);
                    revisions.AddRange(_store.Feed.Read(last, 7).Select(item => item.Revision));
                }

                return revisions;
            },
            limit.Token
        );
        for (var i = 0UL; i < Count; i++)
        {
            _store.Apply(Some.Change(Some.Trace([Some.Observation(i)], id: new TraceId(i))));
            _store.Writer.SettleAll(_store.Now);
        }

        (await reading).ShouldBe(Enumerable.Range(1, Count).Select(i => (long)i));
    }

    private static List<KeyValuePair<string, IReadOnlyList<Fact>>> Read(string recording) =>
        [
            .. Recording
                .Open(recording)
                .Requests.Where(request => request.Signal != Signal.Metrics)
                .SelectMany(request => RecordReader.Read(request.Decode(), DateTimeOffset.UnixEpoch).Sessions),
        ];

    private StepApplier Applier() => new(_store.Writer, _store.Options, (fact, _) => _skipped.Add(fact));

    private static string Views(IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> facts)
    {
        using var store = new TestStore();
        new StepApplier(store.Writer, store.Options, (_, failure) => throw failure).Apply(facts, new JournalPosition(1), store.Now);
        return Describe(store);
    }

    private static string Describe(TestStore store) =>
        string.Join(
            '\n',
            store
                .Queries.Sessions()
                .Select(session => session.SessionId)
                .Order(StringComparer.Ordinal)
                .Select(id => System.Text.Json.JsonSerializer.Serialize(store.Queries.Session(id)!, StoreJson.Compact.SessionDetail))
        );
}
