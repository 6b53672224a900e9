using ClaudeBridge.Journal;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Counters;
using ClaudeBridge.Tests.Metrics;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.Store;
using MetricSome = ClaudeBridge.Tests.Metrics.Some;
using Some = ClaudeBridge.Tests.Store.Some;

namespace ClaudeBridge.Tests.Figures;

public sealed class CounterTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Counters_of_all_recordings_are_the_totals_whether_kept_from_the_start_or_added_up_at_the_end(bool isKept)
    {
        using var store = new TestStore();
        var last = isKept ? Sum(store) : new CounterValues();
        foreach (var recording in Recording.Names)
        {
            TotalsTests.AllRecordings.Add(store, recording);
            if (isKept)
            {
                var next = Sum(store);
                next.IsBelow(last).ShouldBeFalse(recording);
                last = next;
            }
        }

        var sum = Sum(store);
        var total = store.Queries.Totals(new TotalsRequest { By = [] }).Total;
        sum[CounterMetric.Cost].Sum.ToString().ShouldBe(total.Cost);
        Value(sum, CounterMetric.InputTokens).ShouldBe(total.Usage.Input);
        Value(sum, CounterMetric.CacheReadTokens).ShouldBe(total.Usage.CacheRead);
        (
            Value(sum, CounterMetric.CallsSucceeded) + Value(sum, CounterMetric.CallsFailed) + Value(sum, CounterMetric.CallsRefused)
        ).ShouldBe(total.Tools);
        Value(sum, CounterMetric.LinesAdded).ShouldBe(total.Metrics.LinesAdded);
        Value(sum, CounterMetric.Commits).ShouldBe(total.Metrics.Commits);
        Value(sum, CounterMetric.ActiveSecondsCli).ShouldBe(total.Metrics.ActiveSecondsCli);
        Value(sum, CounterMetric.EditsAccepted).ShouldBe(total.Metrics.EditsAccepted);
        Value(sum, CounterMetric.Sessions).ShouldBe(store.Queries.Sessions().Count(static session => session.SessionId != "(none)"));
        Value(sum, CounterMetric.RequestsFailed).ShouldBeGreaterThan(0);
        Value(sum, CounterMetric.RequestsRefused).ShouldBeGreaterThan(0);
    }

    [Fact]
    public void What_was_shown_stays_until_the_sum_has_passed_it_also_after_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("claudebridge-store-").FullName;
        try
        {
            using (var store = new TestStore(folder))
            {
                Put(store, 1m);
                Cost(store).ShouldBe("1");
                Put(store, 0.4m);
                Cost(store).ShouldBe("1");
                Put(store, 0.9m);
                Cost(store).ShouldBe("1");
            }

            using var again = new TestStore(folder);
            Cost(again).ShouldBe("1");
            Put(again, 1.25m);
            Cost(again).ShouldBe("1.25");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void What_is_deleted_for_its_age_stays_counted_also_after_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("claudebridge-store-").FullName;
        try
        {
            using (var store = new TestStore(folder))
            {
                Put(store, 1m);
                store.Apply(MetricSome.Read(MetricSome.Delta("claude_code.commit.count", MetricSome.Point(3))));
                Expire(store);
                (Cost(store), Value(Sum(store), CounterMetric.Commits), Value(Sum(store), CounterMetric.Sessions)).ShouldBe(("1", 3m, 1m));

                // The same while it is kept.
                Put(store, 0.5m, session: "session-2");
                Cost(store).ShouldBe("1.5");
                Expire(store);
                Cost(store).ShouldBe("1.5");
            }

            using var again = new TestStore(folder);
            again.Queries.Sessions().ShouldBeEmpty();
            Cost(again).ShouldBe("1.5");
            Put(again, 0.25m, session: "session-3");
            (Cost(again), Value(Sum(again), CounterMetric.Sessions)).ShouldBe(("1.75", 3m));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_user_who_becomes_known_late_moves_nothing_that_was_counted()
    {
        using var store = new TestStore();
        _ = store.Writer.ReadCounters();
        Put(store, 1m, user: null);
        Put(store, 1.5m, user: "mia");

        CostByUser(store.Writer.ReadCounters()).ShouldBe([("", "1"), ("mia", "0.5")], ignoreOrder: true);
    }

    [Fact]
    public void A_user_who_becomes_known_late_moves_nothing_after_a_restart_either()
    {
        using var store = new TestStore();
        _ = store.Writer.ReadCounters();
        Put(store, 1m, user: null);
        Put(store, 1m, user: "mia");
        AfterRestart().ShouldBe([("", "1")]);

        Put(store, 1.5m, user: "mia");
        AfterRestart().ShouldBe([("", "1"), ("mia", "0.5")], ignoreOrder: true);

        Expire(store);
        AfterRestart().ShouldBe([("", "1"), ("mia", "0.5")], ignoreOrder: true);

        IReadOnlyList<(string, string)> AfterRestart()
        {
            using var book = new CounterBook(store.Database.Handle);
            return CostByUser(book.Read());
        }
    }

    [Fact]
    public void A_trace_that_moves_counts_once_and_other_programs_do_not()
    {
        using var store = new TestStore();
        _ = store.Writer.ReadCounters();
        Put(store, 1m);
        var other = Some.Context("session-1") with { Service = "bot" };
        store.Apply(Some.Change(Some.Trace([Some.Root(), Request(9m)], new TraceId(7), other)));
        store.Apply(
            Some.Change() with
            {
                SessionKey = "session-1",
                RemovedTraces = [Some.TraceId],
                Traces = [Some.Trace([Some.Root(), Request(1m)], new TraceId(8))],
            }
        );

        (Cost(store), Value(Sum(store), CounterMetric.Sessions)).ShouldBe(("1", 1m));
    }

    [Fact]
    public void A_late_metric_point_that_makes_a_sum_smaller_is_not_shown()
    {
        using var store = new TestStore();
        _ = store.Writer.ReadCounters();
        Send(10, MetricSome.Noon + MetricSome.Second);
        Lines(store).ShouldBe(10);
        // A counter that fell in between began anew: what came after it counts from there.
        Send(12, MetricSome.Noon + (3 * MetricSome.Second));
        Lines(store).ShouldBe(12);
        Send(4, MetricSome.Noon + (2 * MetricSome.Second));
        Lines(store).ShouldBe(store.Queries.Totals(new TotalsRequest { By = [] }).Total.Metrics.LinesAdded);
        Lines(store).ShouldBeGreaterThanOrEqualTo(12);

        void Send(double value, ulong time) =>
            store.Apply(
                MetricSome.Read(
                    MetricSome.Cumulative(
                        "claude_code.lines_of_code.count",
                        MetricSome.Point(value, time, 1, ("session.id", "s1"), ("type", "added"))
                    )
                )
            );

        static decimal Lines(TestStore store) => Value(Sum(store), CounterMetric.LinesAdded);
    }

    [Fact]
    public void Labels_beyond_the_limit_are_counted_together_and_nothing_is_lost()
    {
        using var store = new TestStore();
        for (var i = 0; i < 20; i++)
        {
            Put(store, 0.1m, session: $"session-{i}", user: $"user-{i}");
        }

        using var book = new CounterBook(store.Database.Handle, maxRows: 5);
        var rows = book.Read().Rows;

        rows.Count.ShouldBeLessThanOrEqualTo(5 + 2);
        rows.Select(static row => row.Value[CounterMetric.Cost].Sum.ToDecimal()).Sum().ShouldBe(2m);
        rows.ShouldContain(static row => row.Key.User == CounterLabels.Others);
    }

    [Fact]
    public void A_step_that_the_disk_refused_is_not_counted()
    {
        using var store = new TestStore();
        _ = store.Writer.ReadCounters();
        Put(store, 1m);
        var broken = Some.Change(Some.Trace([Some.Root(), Request(2m)], new TraceId(5)));

        Should.Throw<Exception>(() => store.Writer.Apply([broken, broken with { Traces = null! }], new JournalPosition(99), store.Now));

        Cost(store).ShouldBe("1");
        Put(store, 1.5m);
        Cost(store).ShouldBe("1.5");
    }

    private static void Put(TestStore store, decimal cost, string session = "session-1", string? user = "user-1")
    {
        var id = new TraceId(new UInt128(1, (ulong)session.GetHashCode(StringComparison.Ordinal)));
        store.Apply(
            Some.Change(
                Some.Trace([Some.Root(), Request(cost)], session == "session-1" ? null : id, Some.Context(session) with { UserId = user })
            )
        );
    }

    private static Observation Request(decimal cost) => Some.Observation(cost: cost, usage: new Usage(1, 2, 3, 4)) with { Model = "opus" };

    private static IReadOnlyList<(string User, string Cost)> CostByUser(UsageCounters counters) =>
        [
            .. counters
                .Rows.Where(static row => !row.Value[CounterMetric.Cost].IsZero)
                .Select(static row => (row.Key.User, row.Value[CounterMetric.Cost].Sum.ToString())),
        ];

    private static void Expire(TestStore store)
    {
        store.Writer.SettleAll(store.Now);
        store.Writer.DeleteExpired(store.Now.AddDays(1), store.Now.AddDays(1), long.MaxValue, 100).ShouldNotBeEmpty();
    }

    private static string Cost(TestStore store) => Sum(store)[CounterMetric.Cost].Sum.ToString();

    private static decimal Value(CounterValues values, CounterMetric metric) => values[metric].Sum.ToDecimal();

    private static CounterValues Sum(TestStore store)
    {
        var sum = new CounterValues();
        foreach (var (_, values) in store.Writer.ReadCounters().Rows)
        {
            sum.Add(values);
        }

        return sum;
    }
}
