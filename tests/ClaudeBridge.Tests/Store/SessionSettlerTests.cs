using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;

namespace ClaudeBridge.Tests.Store;

/// <summary>When sessions are judged, and what the feed says of them.</summary>
public sealed class SessionSettlerTests : IDisposable
{
    private readonly TestStore _store = new();

    public static TheoryData<string> Recordings => [.. StandIns.Recording.Names];

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Scores_are_given_once_the_session_has_been_quiet()
    {
        Take(new Sessions.Some().UserPrompt(0).Request(500, 400, "r1"));
        Wait(TimeSpan.FromSeconds(119));
        Scores().ShouldBeEmpty();

        Wait(TimeSpan.FromSeconds(1));
        var scores = Scores().ShouldHaveSingleItem();
        scores.SessionId.ShouldBe("S");
        scores.FirstTrace.ToString().ShouldBe(_store.Queries.Session("S")!.TraceList[0].TraceId);
        scores.Timestamp.ShouldBe(_store.Queries.Session("S")!.StartTime);
        scores.Scores.Select(static score => (score.Name, score.Value)).ShouldBe([("telemetry_complete", 1m), ("tool_failures", 0m)]);
    }

    [Fact]
    public void Scores_that_did_not_change_are_not_given_again_and_those_that_did_are()
    {
        var client = new Sessions.Some().UserPrompt(0).Request(500, 400, "r1");
        Take(client);
        Wait(TimeSpan.FromMinutes(2));
        var first = LastScores().Revision;

        Take(client.Request(900, 300, "r2"));
        Wait(TimeSpan.FromMinutes(2));
        LastScores().Revision.ShouldBe(first);

        Take(client.Add("tool_result", 950, ("tool_name", "Bash"), ("tool_use_id", "t1"), ("success", "false"), ("duration_ms", 5)));
        Wait(TimeSpan.FromMinutes(2));
        LastScores().Revision.ShouldBeGreaterThan(first);
        LastScores().Scores.Scores.Single(static score => score.Name == "tool_failures").Value.ShouldBe(1);
    }

    [Fact]
    public void A_session_of_start_up_events_alone_has_no_scores()
    {
        Take(new Sessions.Some(prompt: null).Add("plugin_loaded", 0).Add("managed_settings_resolved", 1));
        Wait(TimeSpan.FromHours(1));

        Scores().ShouldBeEmpty();
        _store.Writer.NextDue.ShouldBeNull();
    }

    [Fact]
    public void A_gap_in_the_counter_makes_a_session_partial_until_the_missing_events_come()
    {
        var client = new Sessions.Some().UserPrompt(0).Request(500, 400, "r1").Request(900, 300, "r2").Request(1300, 300, "r3");
        var whole = client.Export();
        var scope = whole.Logs!.ResourceLogs[0].ScopeLogs[0];
        var lost = scope.LogRecords[2];
        scope.LogRecords.RemoveAt(2);
        Take(whole);

        _store.Queries.Session("S")!.Completeness.ShouldBe("partial");
        _store.Queries.Sessions()[0].CompletenessReasons.ShouldBe(["1 event is missing: there is a gap in event.sequence"]);
        Wait(TimeSpan.FromMinutes(2));
        LastScores().Scores.Metadata["completeness_reasons"].ShouldBe("1 event is missing: there is a gap in event.sequence");

        scope.LogRecords.Clear();
        scope.LogRecords.Add(lost);
        Take(whole);
        Wait(TimeSpan.FromMinutes(2));
        _store.Queries.Session("S")!.Completeness.ShouldBe("complete");
        LastScores().Scores.Metadata["completeness"].ShouldBe("complete");
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void A_session_whose_records_still_come_is_never_called_less_than_it_turns_out_to_be(string recording)
    {
        var seen = new Dictionary<string, SortedSet<string>>();
        foreach (var request in StandIns.Recording.Open(recording).Requests)
        {
            Take(request.Decode());
            foreach (var session in _store.Queries.Sessions())
            {
                seen.TryAdd(session.SessionId, []);
                seen[session.SessionId].Add(session.Completeness);
            }
        }

        Wait(TimeSpan.FromHours(1));
        foreach (var session in _store.Queries.Sessions())
        {
            seen[session.SessionId].Except([session.Completeness, "complete"]).ShouldBeEmpty();
        }
    }

    [Fact]
    public void What_was_missing_when_a_session_was_quiet_stays_missing_while_more_of_it_comes()
    {
        Take(new Sessions.Some().UserPrompt(0).Request(500, 400, "r1"));
        Take(
            Metrics.Some.Export(
                Metrics.Some.Resource(),
                Metrics.Some.Delta(
                    "claude_code.token.usage",
                    Metrics.Some.Point(9, attributes: [("session.id", "S"), ("type", "input")]),
                    Metrics.Some.Point(1, attributes: [("session.id", "S"), ("type", "output")])
                )
            )
        );
        _store.Queries.Session("S")!.Completeness.ShouldBe("complete");
        Wait(TimeSpan.FromMinutes(2));
        _store.Queries.Session("S")!.CompletenessReasons.ShouldBe(["the metrics counted more than the events tell of: 8 input tokens"]);

        Take(new Sessions.Some(prompt: "p2").UserPrompt(9000));
        _store.Queries.Session("S")!.CompletenessReasons.ShouldBe(["the metrics counted more than the events tell of: 8 input tokens"]);
        _store.Queries.Sessions()[0].Completeness.ShouldBe("partial");
    }

    [Fact]
    public void Numbers_that_another_session_of_the_same_process_carries_are_not_missing()
    {
        var first = new Sessions.Some().UserPrompt(0).Request(500, 400, "r1").Request(900, 300, "r2").Request(2300, 300, "r3").Export();
        var elsewhere = new Sessions.Some(session: "other", prompt: "p2")
            .UserPrompt(800)
            .UserPrompt(801)
            .Request(900, 50, "r9")
            .Request(1100, 50, "r8")
            .Export();
        first.Logs!.ResourceLogs[0].ScopeLogs[0].LogRecords.RemoveAt(2);
        elsewhere.Logs!.ResourceLogs[0].ScopeLogs[0].LogRecords.RemoveAt(1);
        Take(first);
        _store.Queries.Session("S")!.Completeness.ShouldBe("partial");

        Take(elsewhere);

        _store.Queries.Session("S")!.Completeness.ShouldBe("complete");
    }

    [Fact]
    public void Numbers_that_a_process_used_up_in_another_session_before_it_came_are_not_missing()
    {
        // One process ends at 2; the other has counted up to 9 elsewhere and goes on here.
        var elsewhere = new Sessions.Some(session: "other", prompt: "p2").UserPrompt(-9000);
        for (var number = 1; number < 10; number++)
        {
            elsewhere.Request(number < 9 ? -9000 + number : 2000, 1, $"o{number}");
        }

        Take(elsewhere);
        Take(Numbered("S", 0, 0, 1, 2));
        Take(Numbered("S", 5000, 10, 11));
        _store.Queries.Session("S")!.CompletenessReasons.ShouldBeEmpty();

        Take(Numbered("S", 9000, 14));
        _store.Queries.Session("S")!.CompletenessReasons.ShouldBe(["2 events are missing: there are gaps in event.sequence"]);
    }

    [Fact]
    public void Numbers_of_start_up_events_under_a_session_that_was_thrown_away_are_not_missing()
    {
        Take(Numbered("S", 0, 0, 1, 2));
        var start = new Sessions.Some(session: "thrown away", prompt: null);
        for (var number = 0; number < 9; number++)
        {
            start.Add("plugin_loaded", 3000 + number);
        }

        Take(start);
        Take(Numbered("S", 5000, 9, 10));

        _store.Queries.Session("S")!.CompletenessReasons.ShouldBeEmpty();
    }

    [Fact]
    public void A_turn_whose_spans_came_without_their_end_waits_long_before_it_counts_as_cut_off()
    {
        var recording = StandIns.Recording.Open("2.1.329-session-killed-http-json");
        foreach (var export in recording.Requests.Select(static request => request.Decode()))
        {
            Take(export);
        }

        var killed = _store.Queries.Sessions().Single();
        killed.Completeness.ShouldBe("partial");
        killed.CompletenessReasons.ShouldContain("1 turn has no end: the interaction span never came");
    }

    [Fact]
    public void A_clock_that_jumped_back_delays_the_judgement_of_an_open_turn_but_does_not_prevent_it()
    {
        foreach (var request in StandIns.Recording.Open("2.1.329-default-intervals-http-protobuf").Requests.Take(4))
        {
            Take(request.Decode());
        }

        Wait(TimeSpan.FromMinutes(3));
        Scores().ShouldBeEmpty();

        _store.Now -= TimeSpan.FromDays(30);
        Wait(TimeSpan.FromMinutes(1));
        Wait(TimeSpan.FromHours(1));
        Wait(TimeSpan.FromHours(1));

        Scores().ShouldHaveSingleItem();
    }

    [Fact]
    public void Scores_say_from_when_on_the_history_is_whole()
    {
        _store.Writer.SetHistoryFrom(_store.Now);
        Take(new Sessions.Some().UserPrompt(0).Request(500, 400, "r1"));
        _store.Writer.SettleAll(_store.Now);

        LastScores().HistoryFrom.ShouldBe(_store.Now);
    }

    [Fact]
    public void Everything_is_judged_at_once_when_everything_is_settled()
    {
        Take(new Sessions.Some().UserPrompt(0).Request(500, 400, "r1"));

        _store.Writer.SettleAll(_store.Now);

        Scores().ShouldHaveSingleItem();
    }

    [Fact]
    public void Observations_and_scores_share_one_run_of_revisions_that_is_read_in_order_in_pieces()
    {
        for (var i = 0; i < 5; i++)
        {
            Take(new Sessions.Some(session: $"s{i}", prompt: $"p{i}").UserPrompt(i).Request(500 + i, 400, $"r{i}"));
            _store.Writer.SettleAll(_store.Now);
        }

        var all = _store.Feed.Read(0, int.MaxValue).Select(static item => item.Revision).ToList();
        var read = new List<long>();
        while (_store.Feed.Read(read.LastOrDefault(), 2) is { Count: > 0 } items)
        {
            read.AddRange(items.Select(static item => item.Revision));
        }

        all.ShouldBe(Enumerable.Range(1, 15).Select(static revision => (long)revision));
        read.ShouldBe(all);
    }

    [Fact]
    public void A_session_stays_until_its_scores_are_delivered()
    {
        Take(new Sessions.Some().UserPrompt(0).Request(500, 400, "r1"));
        _store.Writer.SettleAll(_store.Now);
        var late = DateTimeOffset.MaxValue;

        _store.Writer.DeleteExpired(late, late, LastScores().Revision - 1, 10).ShouldBeEmpty();
        _store.Writer.DeleteExpired(late, late, LastScores().Revision, 10).ShouldHaveSingleItem();
    }

    /// <summary>A turn whose events have these numbers, the first of them the prompt.</summary>
    private static DecodedExport Numbered(string session, int atMs, params long[] numbers)
    {
        var client = new Sessions.Some(session: session, prompt: $"p{atMs}").UserPrompt(atMs);
        for (var i = 1; i < numbers.Length; i++)
        {
            client.Request(atMs + i, 1, $"r{atMs}-{i}");
        }

        var export = client.Export();
        foreach (var (log, number) in export.Logs!.ResourceLogs[0].ScopeLogs[0].LogRecords.Zip(numbers))
        {
            log.Attributes.Single(static pair => pair.Key == "event.sequence").Value = new() { IntValue = number };
        }

        return export;
    }

    private void Take(Sessions.Some client) => Take(client.Export());

    private void Take(DecodedExport export)
    {
        var read = RecordReader.Read(export, _store.Now);
        new StepApplier(
            _store.Writer,
            _store.Options,
            static (_, failure) => throw failure,
            onPointSkipped: static (_, failure) => throw failure
        ).Apply(read.Sessions, new JournalPosition(_store.Writer.Position.Value + 1), _store.Now, read.Points);
    }

    private void Wait(TimeSpan time)
    {
        _store.Now += time;
        while (_store.Writer.Settle(_store.Now, 100) > 0) { }
    }

    private ScoresItem LastScores() => _store.Feed.Read(0, int.MaxValue).OfType<ScoresItem>().ToList()[^1];

    private List<SessionScores> Scores() => [.. _store.Feed.Read(0, int.MaxValue).OfType<ScoresItem>().Select(static item => item.Scores)];
}
