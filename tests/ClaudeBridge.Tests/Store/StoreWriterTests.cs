using System.Text;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Tests.Store;

public sealed class StoreWriterTests : IDisposable
{
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_complete_leaf_is_settled_once_after_it_has_not_changed_for_two_seconds()
    {
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1)])));
        _store.Now = Some.Time.AddSeconds(1.999);
        _store.Settle().ShouldBe(0);
        _store.Writer.NextDue.ShouldBe(Some.Time.AddSeconds(2));

        _store.Now = Some.Time.AddSeconds(2);
        _store.Settle().ShouldBe(1);
        _store.Settle().ShouldBe(0);
        _store.Writer.NextDue.ShouldBeNull();

        var item = _store.AllOfFeed().ShouldHaveSingleItem();
        item.Revision.ShouldBe(1);
        item.TraceId.ShouldBe(Some.TraceId);
        item.Context.ShouldBeEquivalentTo(Some.Context());
        item.Observation.ShouldBeEquivalentTo(Some.Observation(1));
        item.IsHistoryIncomplete.ShouldBeFalse();
    }

    [Fact]
    public void An_observation_comes_back_with_every_field_as_it_was()
    {
        var whole = Some.Observation(9) with
        {
            ParentId = null,
            StatusMessage = "failed: 529 überlastet 🚧",
            Level = ObservationLevel.Error,
            Model = "claude-sonnet-4-5[1m]",
            ModelParameters = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["effort"] = "high", ["speed"] = "" },
            Usage = new Usage(1, 2, long.MaxValue, 4, null, 0),
            Cost = 0.045377999999999995m,
            CompletionStartUnixNano = 5,
            Input = "",
            Output = new string('x', 300_000),
            EndUnixNano = ulong.MaxValue,
        };
        _store.Apply(Some.Change(Some.Trace([whole])));
        _store.Writer.SettleAll(_store.Now);

        _store.AllOfFeed().ShouldHaveSingleItem().Observation.ShouldBeEquivalentTo(whole);
    }

    [Fact]
    public void The_same_trace_again_changes_nothing_and_sends_nothing()
    {
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1), Some.Root()])));
        _store.Writer.SettleAll(_store.Now);
        var before = _store.AllOfFeed();

        _store.Now = _store.Now.AddHours(1);
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1), Some.Root()])));
        _store.Writer.NextDue.ShouldBeNull();
        _store.AllOfFeed().ShouldBeEquivalentTo(before);
    }

    [Fact]
    public void A_later_revision_replaces_the_earlier_and_only_what_changed_is_sent_again()
    {
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1), Some.Observation(2)])));
        _store.Writer.SettleAll(_store.Now).ShouldBe(2);
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1, output: "now known"), Some.Observation(2)])));
        _store.Writer.SettleAll(_store.Now).ShouldBe(1);

        _store.Feed.LatestRevision.ShouldBe(3);
        _store.AllOfFeed().Select(item => (item.Revision, item.Observation.Id.Value)).ShouldBe([(2, 2UL), (3, 1UL)]);
        _store.AllOfFeed()[1].Observation.Output.ShouldBe("now known");
    }

    [Fact]
    public void A_change_that_is_taken_back_before_it_was_settled_is_not_sent()
    {
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1)])));
        _store.Writer.SettleAll(_store.Now);
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1, output: "more")])));
        _store.Writer.NextDue.ShouldNotBeNull();
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1)])));

        _store.Writer.NextDue.ShouldBeNull();
        _store.Writer.SettleAll(_store.Now).ShouldBe(0);
    }

    [Fact]
    public void An_open_tool_waits_for_the_end_of_its_turn()
    {
        var open = Some.Observation(1, ObservationType.Tool, Readiness.AwaitsEnd);
        _store.Apply(Some.Change(Some.Trace([open])));
        _store.Now = Some.Time.AddMinutes(29);
        _store.Settle().ShouldBe(0);

        _store.Apply(Some.Change(Some.Trace([open], isOver: true)));
        _store.Settle().ShouldBe(1);
    }

    [Fact]
    public void A_root_goes_when_its_turn_is_quiet_and_again_at_most_once_a_minute()
    {
        _store.Apply(Some.Change(Some.Trace([Some.Root("1")])));
        _store.Now = Some.Time.AddSeconds(20);
        _store.Settle().ShouldBe(1);

        _store.Apply(Some.Change(Some.Trace([Some.Root("2")])));
        _store.Now = Some.Time.AddSeconds(79.9);
        _store.Settle().ShouldBe(0);
        _store.Now = Some.Time.AddSeconds(80);
        _store.Settle().ShouldBe(1);
    }

    [Fact]
    public void What_a_trace_learns_late_of_itself_sends_the_root_again_but_not_the_leaves()
    {
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1), Some.Root()])));
        _store.Writer.SettleAll(_store.Now);
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1), Some.Root()], context: Some.Context() with { UserId = "known now" })));
        _store.Writer.SettleAll(_store.Now).ShouldBe(1);

        var last = _store.AllOfFeed()[^1];
        last.Observation.IsRoot.ShouldBeTrue();
        last.Context.UserId.ShouldBe("known now");
    }

    [Fact]
    public void Settling_in_small_steps_gives_every_observation_one_revision_in_order_of_their_due_times()
    {
        for (var i = 0UL; i < 7; i++)
        {
            _store.Now = Some.Time.AddMilliseconds(i);
            _store.Apply(Some.Change(Some.Trace([Some.Observation(100 - i)], id: new TraceId(i))));
        }

        _store.Now = Some.Time.AddMinutes(1);
        var counts = Enumerable.Range(0, 5).Select(_ => _store.Writer.Settle(_store.Now, 2)).ToList();
        counts.ShouldBe([2, 2, 2, 1, 0]);
        _store.AllOfFeed().Select(item => item.Observation.Id.Value).ShouldBe([100UL, 99UL, 98UL, 97UL, 96UL, 95UL, 94UL]);
    }

    [Fact]
    public void Observations_and_traces_that_no_longer_exist_leave_the_views_and_the_feed()
    {
        var other = new TraceId(77);
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1), Some.Observation(2)]), Some.Trace([Some.Observation(3)], id: other)));
        _store.Writer.SettleAll(_store.Now);

        _store.Apply(Some.Change(Some.Trace([Some.Observation(2)])) with { RemovedTraces = [other] });

        _store.AllOfFeed().ShouldHaveSingleItem().Observation.Id.Value.ShouldBe(2UL);
        _store.Queries.Session("session-1")!.TraceList.ShouldHaveSingleItem().Observations.ShouldHaveSingleItem();
        _store.Feed.LatestRevision.ShouldBe(3);
    }

    [Fact]
    public void A_clock_that_jumps_back_delays_nothing_beyond_the_longest_wait()
    {
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1)])));
        _store.Now = Some.Time.AddDays(-3);
        _store.Settle();
        _store.Writer.NextDue!.Value.ShouldBeLessThanOrEqualTo(_store.Now.AddMinutes(31));
        _store.Now = _store.Now.AddMinutes(31);
        _store.Settle().ShouldBe(1);
    }

    [Fact]
    public void Facts_come_back_as_they_were_with_their_origins()
    {
        var origin = Some.Origin("a");
        _store.Apply(FactChange("b1", "s1", Some.Fact(1, origin), Some.Fact(2, origin)), FactChange("b2", "s2", Some.Fact(3)));
        _store.Apply(FactChange("b1", "s1 changed", Some.Fact(4, Some.Origin("b"))));

        var facts = _store.Writer.LoadFacts("session-1", "b1");
        facts.Select(fact => fact.Id.Value).ShouldBe([Some.Fact(1).Id.Value, Some.Fact(2).Id.Value, Some.Fact(4).Id.Value]);
        facts[1].Log.ShouldBe(Some.Fact(2).Log);
        facts[1].Origin.Resource.ShouldBe(origin.Resource);
        facts[1].Origin.Scope.ShouldBe(origin.Scope);
        facts[2].Origin.Resource.ShouldBe(Some.Origin("b").Resource);
        _store.Writer.LoadBuckets("session-1").ShouldBe([new BucketState("b1", "s1 changed"), new BucketState("b2", "s2")]);
        _store.Writer.LoadBuckets("unknown").ShouldBeEmpty();
        _store.Writer.LoadFacts("session-1", "unknown").ShouldBeEmpty();
    }

    [Fact]
    public void A_step_that_fails_leaves_nothing_behind_and_the_next_one_works()
    {
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1)])));
        var position = _store.Writer.Position;
        var broken = Some.Trace([Some.Observation(2)], id: new TraceId(5)) with { Context = null! };
        Should.Throw<NullReferenceException>(() =>
            _store.Apply(FactChange("b", "s", Some.Fact(1)), Some.Change(Some.Trace([Some.Observation(3)], id: new TraceId(4)), broken))
        );

        _store.Writer.Position.ShouldBe(position);
        _store.Writer.LoadBuckets("session-1").ShouldBeEmpty();
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1, output: "x")]), Some.Trace([Some.Observation(6)], id: new TraceId(9))));
        _store.Writer.SettleAll(_store.Now);
        _store.AllOfFeed().Select(item => item.Observation.Id.Value).ShouldBe([1UL, 6UL], ignoreOrder: true);
    }

    [Fact]
    public void Old_quiet_delivered_sessions_are_deleted_whole_and_others_stay()
    {
        _store.Apply(FactChange("b", "s", Some.Fact(1)));
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1)])));
        _store.Apply(
            Some.Change(Some.Trace([Some.Observation(2, atSecond: 1_000_000)], id: new TraceId(2), context: Some.Context("young")))
        );
        _store.Writer.SettleAll(_store.Now);
        var end = Some.Time.AddSeconds(2);
        var quiet = _store.Now.AddSeconds(1);

        _store.Writer.DeleteExpired(end, quiet, deliveredUpTo: 0, 10).ShouldBeEmpty();
        _store.Writer.DeleteExpired(end, _store.Now, deliveredUpTo: 2, 10).ShouldBeEmpty();
        _store.Writer.DeleteExpired(Some.Time, quiet, deliveredUpTo: 2, 10).ShouldBeEmpty();
        _store.Writer.DeleteExpired(end, quiet, deliveredUpTo: 2, 10).ShouldBe(["session-1"]);

        _store.Queries.Sessions().ShouldHaveSingleItem().SessionId.ShouldBe("young");
        _store.AllOfFeed().ShouldHaveSingleItem();
        using var reader = _store.Database.OpenReader();
        foreach (var table in new[] { "parts", "buckets", "origins" })
        {
            using var count = new SqliteCommand($"SELECT COUNT(*) FROM {table}", reader);
            count.ExecuteScalar().ShouldBe(0L, table);
        }
    }

    [Fact]
    public void What_was_deleted_does_not_stay_in_the_file()
    {
        const string Secret = "unforgettable";
        var large = string.Concat(Enumerable.Repeat(Secret + " ", 10_000));
        _store.Apply(FactChange("b", Secret, Some.Fact(1)));
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1, output: large), Some.Observation(2, output: Secret)])));
        _store.Apply(Some.Change(Some.Trace([Some.Observation(3)], id: new TraceId(2), context: Some.Context("young"))));
        _store.Writer.SettleAll(_store.Now);
        Holds().ShouldBeTrue();

        var later = _store.Now.AddSeconds(1);
        while (_store.Writer.DeleteExpired(DateTimeOffset.MaxValue, later, long.MaxValue, 10).Count > 0) { }

        Holds().ShouldBeFalse();

        bool Holds()
        {
            Statement.Execute(_store.Database.Handle, "PRAGMA wal_checkpoint(TRUNCATE)");
            using var file = new FileStream(_store.Database.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)) >= 0;
        }
    }

    private static SessionChange FactChange(string bucket, string summary, params Fact[] facts) =>
        Some.Change() with
        {
            NewFacts = [new(bucket, facts)],
            Buckets = [new BucketState(bucket, summary)],
        };
}
