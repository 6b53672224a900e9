using ClaudeBridge.Journal;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Store;

/// <summary>One session that is very large beside others: it must cost neither them nor itself more than its share. In virtual time.</summary>
public sealed class LargeSessionsTests : IDisposable
{
    private const string Huge = "session:huge";

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    private readonly TestStore _store = new();
    private readonly ManualTimeProvider _clock = new(Some.Time);
    private readonly StepApplier _applier;
    private long _position;

    public LargeSessionsTests() => _applier = Applier(_store);

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_small_turn_is_shown_before_the_large_trace_that_came_with_it_is_computed()
    {
        var small = SomeEvents("small", prompt: 1, from: 0, count: 3);
        Apply(SomeEvents("huge", 1, 0, 5_000), small);

        Shown("small").ShouldBe(4);
        Shown("huge").ShouldBe(0);
        _applier.Work.Facts.ShouldBe(3);

        _applier.NextIn.ShouldBe(TimeSpan.Zero);
        while (_applier.IsAnyWaiting)
        {
            _applier.TakeIn(_clock.GetUtcNow());
        }

        Shown("huge").ShouldBe(5_001);
        Apply(small).ShouldBe(3);
    }

    [Fact]
    public void A_trace_of_twice_as_many_records_is_about_twice_the_work()
    {
        var once = WorkOfStream(6_000);
        var twice = WorkOfStream(12_000);

        // Each step anew would be 39 000 and 150 000: four times as much for twice as many.
        twice.ShouldBeLessThan(once * 5 / 2);
        twice.ShouldBeLessThan(12_000 * 5);
    }

    [Theory]
    [InlineData(25, 0, "a trace")]
    [InlineData(0, 25, "a session of many prompts")]
    public void Of_what_grows_for_long_only_a_share_of_the_time_goes_into_doing_it_again(int facts, int buckets, string what)
    {
        var large = new LargeSessions(_clock, []);
        var (repeated, size, late, waited) = (TimeSpan.Zero, 0L, TimeSpan.Zero, TimeSpan.Zero);
        var steps = 0;
        for (; size < 1_000_000; steps++)
        {
            size += 100;
            _clock.Advance(Between);
            var work = new AssemblyWork(size * facts / 25, size * facts / 25, size * buckets / 25);
            if (!large.MustWait(Huge, [Some.Fact(1)]))
            {
                large.Worked(Huge, work);
                repeated += work.Repeated;
                continue;
            }

            large.Waits(Huge, 1);
            waited += Between;
            if (large.NextIn == TimeSpan.Zero)
            {
                var since = _clock.GetTimestamp();
                _clock.Advance(work.Repeated);
                large.TakenIn(new WaitingFacts(Huge, [.. Enumerable.Repeat(Some.Fact(1), large.Next()!.Value.Enough)], 1), work, since);
                repeated += work.Repeated;
                (late, waited) = (waited > late ? waited : late, TimeSpan.Zero);
            }
        }

        (repeated / (Between * steps)).ShouldBeLessThan(0.6, what);
        late.ShouldBeLessThan(TimeSpan.FromSeconds(size * 25e-6 * 3), what);
    }

    [Fact]
    public void Whatever_the_steps_and_the_kills_the_end_is_that_of_all_at_once()
    {
        var facts = SomeEvents("huge", 1, 0, 5_000).Concat(SomeEvents("huge", 2, 5_000, 30)).Concat(SomeEvents("small", 1, 0, 30)).ToList();
        var expected = AllAtOnce(facts);
        new Random(5).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(facts));

        var folder = "";
        var (store, applier) = (_store, _applier);
        var killedWhileItWaited = 0;
        try
        {
            // The first alone is more than is taken in at once.
            foreach (var step in facts[4_700..].Concat(facts.Take(200)).Chunk(70).Prepend([.. facts.Take(4_700)]))
            {
                _clock.Advance(Between);
                applier.Apply(step, new JournalPosition(++_position), _clock.GetUtcNow());
                if (_position % 3 == 0)
                {
                    applier.TakeIn(_clock.GetUtcNow());
                }

                store.Writer.Settle(_clock.GetUtcNow(), 100);
                var copy = store.CopyAsAfterKill();
                Leave(store, folder);
                (folder, store) = (copy, new TestStore(copy));
                store.Writer.Position.ShouldBe(new JournalPosition(_position));
                applier = Applier(store);
                killedWhileItWaited += applier.IsAnyWaiting ? 1 : 0;
            }

            killedWhileItWaited.ShouldBeGreaterThan(2);
            while (applier.IsAnyWaiting)
            {
                applier.TakeIn(_clock.GetUtcNow());
            }

            Describe(store).ShouldBe(expected);
            applier.Apply(facts, new JournalPosition(++_position), _clock.GetUtcNow());
            while (applier.IsAnyWaiting)
            {
                applier.TakeIn(_clock.GetUtcNow());
            }

            Describe(store).ShouldBe(expected);
        }
        finally
        {
            Leave(store, folder);
        }
    }

    [Fact]
    public void A_record_that_cannot_be_assembled_costs_itself_alone_where_it_waits_too()
    {
        var skipped = new List<Fact>();
        var applier = new StepApplier(_store.Writer, _store.Options, (fact, _) => skipped.Add(fact), clock: _clock);
        var facts = SomeEvents("huge", 1, 0, 4_001);
        var expected = AllAtOnce(facts);
        var poison = new Fact
        {
            Id = new RecordId(666),
            Origin = Some.Origin(),
            Log = new() { Attributes = { new OpenTelemetry.Proto.Common.V1.KeyValue { Key = "event.name" } } },
        };
        applier.Apply(
            [.. facts, new(Huge, [poison, new Fact { Id = new RecordId(667), Origin = Some.Origin() }])],
            new JournalPosition(9),
            _clock.GetUtcNow()
        );
        while (applier.IsAnyWaiting)
        {
            applier.TakeIn(_clock.GetUtcNow());
        }

        skipped.Select(fact => fact.Id).ShouldContain(new RecordId(667));
        _store.Writer.Position.ShouldBe(new JournalPosition(9));
        Shown("huge").ShouldBe(4_002);
    }

    [Fact]
    public void While_a_destination_is_behind_a_large_trace_is_given_away_piece_by_piece_and_others_between()
    {
        _store.Apply(
            Some.Change(Some.Trace([.. Enumerable.Range(1, 600).Select(static i => Some.Observation((ulong)i))])),
            Some.Change(Some.Trace([Some.Observation(1)], id: new TraceId(9), context: Some.Context("session-2")))
        );
        _store.Now = _store.Now.AddSeconds(5);

        var counts = new List<int>();
        for (var i = 0; i < 3; i++)
        {
            counts.Add(_store.Writer.Settle(_store.Now, 2_000, Settler.OfTraceAtATime));
            _store.Writer.Settle(_store.Now, 2_000, Settler.OfTraceAtATime).ShouldBe(0);
            _store.Now = i < 2 ? _store.Writer.NextDue!.Value : _store.Now;
        }

        counts.ShouldBe([251, 250, 100]);
        _store.Now.ShouldBe(Some.Time.AddSeconds(5.5));
        _store.AllOfFeed().Count.ShouldBe(601);
    }

    /// <summary>A trace in steps of 500 records, at ten thousand a second; returns how many records were computed, again ones as well.</summary>
    private static long WorkOfStream(int count)
    {
        using var store = new TestStore();
        var clock = new ManualTimeProvider(Some.Time);
        var applier = new StepApplier(store.Writer, store.Options, static (_, failure) => throw failure, clock: clock);
        for (var from = 0; from < count; from += 500)
        {
            clock.Advance(Between);
            applier.Apply(SomeEvents("huge", 1, from, 500), new JournalPosition(from + 1), clock.GetUtcNow());
            if (applier.NextIn == TimeSpan.Zero)
            {
                applier.TakeIn(clock.GetUtcNow());
            }
        }

        while (applier.IsAnyWaiting)
        {
            applier.TakeIn(clock.GetUtcNow());
        }

        store.Queries.Session("huge")!.TraceList.Single().Observations.Count.ShouldBe(count + 1);
        return applier.Work.Facts;
    }

    private StepApplier Applier(TestStore store) => new(store.Writer, store.Options, static (_, failure) => throw failure, clock: _clock);

    private int Apply(params IEnumerable<KeyValuePair<string, IReadOnlyList<Fact>>>[] facts) =>
        _applier.Apply([.. facts.SelectMany(static some => some)], new JournalPosition(++_position), _clock.GetUtcNow());

    private int Shown(string session) => _store.Queries.Session(session)?.TraceList.Sum(static trace => trace.Observations.Count) ?? 0;

    private void Leave(TestStore store, string folder)
    {
        if (!ReferenceEquals(store, _store))
        {
            store.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>By the assembler alone, in one step and with no store.</summary>
    private static string AllAtOnce(IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> facts)
    {
        using var store = new TestStore();
        var changes = facts
            .GroupBy(static pair => pair.Key, StringComparer.Ordinal)
            .Select(session =>
                new SessionAssembler().Apply(
                    new SessionState(session.Key, [], store.Writer),
                    [.. session.SelectMany(static pair => pair.Value)]
                )
            );
        store.Apply([.. changes]);
        return Describe(store);
    }

    private static string Describe(TestStore store) =>
        string.Join(
            '\n',
            store
                .Queries.Sessions()
                .Select(static session => session.SessionId)
                .Order(StringComparer.Ordinal)
                .Select(id => System.Text.Json.JsonSerializer.Serialize(store.Queries.Session(id)!, StoreJson.Compact.SessionDetail))
        );

    /// <summary>Tool results of one prompt, each in a group of its own.</summary>
    private static List<KeyValuePair<string, IReadOnlyList<Fact>>> SomeEvents(string session, int prompt, int from, int count)
    {
        var events = new Sessions.Some(session: session, prompt: $"prompt-{prompt}");
        for (var i = from; i < from + count; i++)
        {
            events.Add("tool_result", i, ("tool_name", "Bash"), ("tool_use_id", $"toolu_{i}"), ("success", "true"), ("duration_ms", 1));
        }

        return
        [
            .. RecordReader
                .Read(events.Export(), Some.Time)
                .Sessions.SelectMany(static group =>
                    group.Value.Select(fact => new KeyValuePair<string, IReadOnlyList<Fact>>(group.Key, [fact]))
                ),
        ];
    }
}
