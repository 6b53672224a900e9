using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Contexts;
using ClaudeBridge.Store.Pages;
using ClaudeBridge.Tests.StandIns;
using Some = ClaudeBridge.Tests.Store.Some;

namespace ClaudeBridge.Tests.Lists;

public sealed class TraceAndRecordTests : IDisposable
{
    private readonly RecordedStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_trace_is_what_show_prints_where_nothing_has_to_be_left_out()
    {
        _store.Take("2.1.329-subagent-http-json");
        var shown = _store.Store.Queries.Session(_store.Sessions()[0].SessionId)!.TraceList[0];

        var page = _store.Pages.Trace(null, shown.TraceId.ToUpperInvariant(), null, int.MaxValue, int.MaxValue)!;

        page.Trace.ShouldBeEquivalentTo(shown);
        (page.ContentsCut, page.ObservationsLeftOut).ShouldBe((false, 0));
        page.Turn.ShouldBeEquivalentTo(_store.Turns().Single(turn => turn.TraceId == shown.TraceId));
    }

    [Fact]
    public void Contents_and_observations_are_cut_to_what_was_asked_for()
    {
        var long1 = Some.Observation(5, output: "ab😀cd", atSecond: 1);
        var long2 = Some.Observation(6, output: "later", atSecond: 9);
        _store.Store.Apply(RecordedStore.Change("s", 1, more: [long2, long1]));

        var page = _store.Pages.Trace(null, _store.Turns()[0].TraceId, "s", 3, 3)!;

        page.ContentsCut.ShouldBeTrue();
        page.ObservationsLeftOut.ShouldBe(1);
        page.Trace.Observations.Count.ShouldBe(3);
        page.Trace.Observations[^1].Output.ShouldBe("ab");
        _store.Pages.Observation(null, page.Turn.TraceId, page.Trace.Observations[^1].Id)!.Output.ShouldBe("ab😀cd");
        _store.Pages.Trace(null, page.Turn.TraceId, "another session", 3, 3).ShouldBeNull();
    }

    [Fact]
    public void Records_are_listed_once_each_the_latest_first_and_after_one_another()
    {
        _store.Take("2.1.329-parallel-tools-http-json");
        _store.Take("2.1.329-plain-answer-http-json");
        var facts = new[] { "2.1.329-parallel-tools-http-json", "2.1.329-plain-answer-http-json" }
            .SelectMany(static name => Recording.Open(name).Requests)
            .SelectMany(request => RecordReader.Read(request.Decode(), _store.Store.Now).Sessions)
            .SelectMany(static pair => pair.Value)
            .DistinctBy(static fact => fact.Id)
            .Count();

        var all = RecordedStore.Walk(cursor => _store.Pages.Events(new ViewFilter(), new PageRequest(7, cursor)));

        all.Count.ShouldBe(facts);
        all.Select(static one => one.Cursor).ShouldBe(all.Select(static one => one.Cursor).OrderDescending());
        all.Select(static one => one.Cursor).Distinct().Count().ShouldBe(facts);
        var forward = new List<EventRow>();
        var next = 0L;
        for (var i = 0; i < facts; i++)
        {
            (var items, next) = _store.Pages.EventsAfter(new ViewFilter(), next, 5);
            forward.AddRange(items);
        }

        forward.Select(static one => one.Cursor).ShouldBe(all.Select(static one => one.Cursor).Reverse());
        var prompt = all.Single(one => one.Name == "user_prompt" && one.SessionId == all[0].SessionId && one.Kind == "event");
        prompt.Attributes["prompt"].ShouldNotBeEmpty();
        prompt.Attributes.Keys.ShouldBe(prompt.Attributes.Keys.Order(StringComparer.Ordinal));
        var bySession = RecordedStore.Walk(cursor =>
            _store.Pages.Events(new ViewFilter { SessionId = prompt.SessionId }, new PageRequest(9, cursor))
        );
        bySession
            .Select(static one => one.Cursor)
            .ShouldBe(all.Where(one => one.SessionId == prompt.SessionId).Select(static one => one.Cursor));
        RecordedStore
            .Walk(cursor => _store.Pages.Events(new ViewFilter { Text = "user_prompt" }, new PageRequest(9, cursor)))
            .ShouldAllBe(one => one.Name == "user_prompt");
    }

    [Fact]
    public void Whoever_waits_for_records_gets_those_that_come_after()
    {
        _store.Take("2.1.329-plain-answer-http-json");
        var (none, end) = _store.Pages.EventsAfter(new ViewFilter(), null, 10);
        _store.Take("2.1.329-bash-tool-http-json");

        var (news, next) = _store.Pages.EventsAfter(new ViewFilter(), end, 1000);

        none.ShouldBeEmpty();
        news.Select(static one => one.SessionId).Distinct().Count().ShouldBe(1);
        _store.Pages.EventsAfter(new ViewFilter(), next, 1000).Items.ShouldBeEmpty();
        _store
            .Pages.EventsAfter(new ViewFilter(), long.MaxValue, 10)
            .ShouldBe(([], next), "a store that was built anew is read from its end");
    }

    [Fact]
    public void What_a_caller_said_of_a_session_is_no_record()
    {
        var entry = ContextEntry.Create("s", true, 5, 0, 0, new Dictionary<string, string?> { ["team"] = "secret" });
        _store.Apply([new(entry.SessionKey, [entry.ToFact()])]);

        _store.Pages.Events(new ViewFilter(), new PageRequest(10)).Items.ShouldBeEmpty();
    }

    [Fact]
    public void A_member_is_who_sent_something_with_when_and_what()
    {
        _store.Take("2.1.329-tool-failure-http-json");
        var row = _store.Sessions().Single();

        var member = _store.Pages.Members(null, new PageRequest(10)).Items.Single();

        member.UserId.ShouldBe(row.UserId);
        (member.Sessions, member.Traces, member.Cost, member.ClientVersion).ShouldBe((1, row.Traces, row.Cost, row.ClientVersion));
        member.Metrics.ShouldBe(row.Metrics);
        member.LastSeen.ShouldBe(new[] { member.LastLogs, member.LastMetrics, member.LastTraces }.Max());
        member.FirstSeen!.Value.ShouldBeLessThan(member.LastSeen!.Value);
        (member.LastLogs is null, member.LastMetrics is null, member.LastTraces is null).ShouldBe((false, false, false));
        (member.HasPrompts, member.HasToolDetails).ShouldBe((true, true));
    }
}
