using ClaudeBridge.Exporters;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.Tests.Exporters;

public sealed class SessionScoresDeliveryTests
{
    [Fact]
    public async Task Scores_stand_on_their_session()
    {
        await using var harness = await StartAsync();
        harness.Feed.Add(Some.Scores("session-1", ("commits", 2), ("lines_added", 120.5m)));
        await harness.DrainAsync();

        var scores = harness.Table.Scores;
        scores
            .Select(score => (score.SessionId, score.TraceId, score.Name, score.Value))
            .ShouldBe([("session-1", null, "commits", 2m), ("session-1", null, "lines_added", 120.5m)]);
        scores.ShouldAllBe(score => score.Environment == "prod" && score.Deliveries == 1);
        harness.Langfuse.Ingestion.LastContentError.ShouldBeNull();
        harness.Langfuse.Ingestion.Batches.ShouldBe(1);
    }

    [Fact]
    public async Task What_goes_with_a_score_is_there_and_changes_with_it()
    {
        await using var harness = await StartAsync();
        var scores = Some.Scores("session-1") with { Scores = [new("telemetry_complete", 0, "partial: 3 records are missing")] };
        harness.Feed.Add(scores with { Metadata = new SortedDictionary<string, string> { ["completeness"] = "partial" } });
        await harness.DrainAsync();
        harness.Table.Scores.ShouldHaveSingleItem().Comment.ShouldBe("partial: 3 records are missing");

        harness.Feed.Add(scores with { Metadata = new SortedDictionary<string, string> { ["completeness"] = "complete" } });
        await harness.DrainAsync();
        harness.Table.Scores.ShouldHaveSingleItem().Metadata.ShouldBe("""{"completeness":"complete"}""");
    }

    [Fact]
    public async Task A_changed_value_takes_the_place_of_the_earlier_one_and_the_others_are_not_sent_again()
    {
        await using var harness = await StartAsync();
        harness.Feed.Add(Some.Scores("session-1", ("commits", 2), ("lines_added", 120)));
        await harness.DrainAsync();

        harness.Feed.Add(Some.Scores("session-1", ("commits", 3), ("lines_added", 120)) with { Timestamp = DateTimeOffset.UnixEpoch });
        await harness.DrainAsync();

        harness
            .Table.Scores.Select(score => (score.Name, score.Value, score.Deliveries))
            .ShouldBe([("commits", 3m, 2), ("lines_added", 120m, 1)]);
        harness.Table.Scores.Select(score => score.Timestamp).Distinct().ShouldBe(["2026-03-01T12:00:00.000Z"]);
        harness.Langfuse.Ingestion.Repeated.ShouldBeEmpty();
    }

    [Fact]
    public async Task After_a_rebuild_only_what_changed_is_sent()
    {
        await using var harness = await StartAsync();
        harness.Feed.Add(Some.Scores("session-1", ("commits", 2)));
        harness.Feed.Add(Some.Scores("session-2", ("commits", 4)));
        await harness.DrainAsync();

        harness.Feed.AtOnce(() =>
        {
            harness.Feed.Rebuild("epoch-2");
            harness.Feed.Add(Some.Scores("session-2", ("commits", 5)));
        });
        await harness.DrainAsync();

        harness
            .Table.Scores.Select(score => (score.SessionId, score.Value, score.Deliveries))
            .ShouldBe([("session-1", 2m, 1), ("session-2", 5m, 2)]);
    }

    [Fact]
    public async Task Scores_rebuilt_from_incomplete_history_are_never_sent_over_those_that_were_delivered()
    {
        await using var harness = await StartAsync();
        var whole = Some.Scores("session-1", ("commits", 5));
        var begins = whole.Timestamp;
        harness.Feed.Add(whole);
        harness.Feed.Add(Some.Scores("session-2", ("commits", 4)) with { Timestamp = begins.AddHours(3) });
        await harness.DrainAsync();

        // Of the first session the journal only holds a later turn, which looks like its beginning.
        harness.Feed.AtOnce(() =>
        {
            harness.Feed.BeginAnew("epoch-2");
            harness.Feed.Add(Some.Scores("session-1", ("commits", 2)) with { Timestamp = begins.AddHours(2) }, begins.AddHours(1));
            harness.Feed.Add(Some.Scores("session-2", ("commits", 6)) with { Timestamp = begins.AddHours(3) }, begins.AddHours(1));
            harness.Feed.Add(Some.Scores("session-3", ("commits", 1)), begins.AddHours(1));
        });
        await harness.DrainAsync();

        harness
            .Table.Scores.Select(score => (score.SessionId, score.Value))
            .ShouldBe([("session-1", 5m), ("session-2", 6m), ("session-3", 1m)], ignoreOrder: true);
    }

    [Fact]
    public async Task Before_3_53_scores_stand_on_the_first_trace_and_stay_there_when_the_server_is_upgraded()
    {
        await using var harness = await StartAsync(edition: new LangfuseEdition("3.52.0"));
        harness.Feed.Add(Some.Scores("session-1", ("commits", 2)));
        await harness.DrainAsync();
        await harness.StopAsync();

        harness.Langfuse.Edition = new LangfuseEdition("3.98.0");
        await harness.StartAsync(withScores: true);
        harness.Feed.Add(Some.Scores("session-1", ("commits", 3)) with { FirstTrace = Some.Trace(9) });
        harness.Feed.Add(Some.Scores("session-2", ("commits", 1)));
        await harness.DrainAsync();

        harness
            .Table.Scores.Select(score => (score.SessionId, score.TraceId, score.Value))
            .ShouldBe([(null, Some.Trace().ToString(), 3m), ("session-2", null, 1m)], ignoreOrder: true);
        harness.Langfuse.Ingestion.LastContentError.ShouldBeNull();
    }

    [Theory]
    [InlineData("3.52.0", null)]
    [InlineData(null, false)]
    public async Task Where_the_server_is_not_known_at_the_first_start_what_it_refuses_on_the_session_goes_to_the_first_trace(
        string? version,
        bool? otlp
    )
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        await harness.Langfuse.DisposeAsync();
        await harness.StartAsync(withScores: true);
        harness.Feed.Add(Some.Scores("session-1", ("commits", 2), ("lines_added", 7)));
        await harness.UntilAsync(() => harness.Scores.Progress.State == DeliveryState.Waiting, TimeSpan.FromSeconds(5));

        await using var later = await LangfuseStandIn.StartAsync(port: harness.Langfuse.Address.Port);
        later.Edition = new LangfuseEdition(version) { Otlp = otlp };
        await harness.DrainAsync();
        harness.Feed.Add(Some.Scores("session-1", ("commits", 3), ("lines_added", 7)));
        await harness.DrainAsync();

        later
            .Table.Scores.Select(score => (score.SessionId, score.TraceId, score.Value))
            .ShouldBe([(null, Some.Trace().ToString(), 3m), (null, Some.Trace().ToString(), 7m)]);
        harness.ScoresLedger.DeadLetterCount.ShouldBe(0);
    }

    [Fact]
    public async Task Both_loops_stop_within_the_patience_of_one()
    {
        await using var harness = await StartAsync();
        await harness.UntilNowAsync(() => harness.Log.Count("takes exports") == 1);
        harness.Langfuse.Fail(LangfuseFault.Hang);
        harness.Langfuse.Ingestion.Fail(LangfuseFault.Hang);
        harness.AddTurns(1);
        harness.Feed.Add(Some.Scores("session-1", ("commits", 2)));
        await harness.UntilNowAsync(() => harness.Langfuse.Exports > 0 && harness.Langfuse.Ingestion.Batches > 0);

        var stopping = new DeliveryLoops([harness.Loop, harness.Scores]).StopAsync(CancellationToken.None);
        // Two requests that are under way, and two limits.
        await harness.UntilNowAsync(() => harness.Clock.PendingTimers == 4);
        harness.Clock.Advance(harness.Options.StopTimeout + TimeSpan.FromMilliseconds(1));
        await stopping.WaitAsync(TimeSpan.FromSeconds(20));

        harness.Log.Count("stopped").ShouldBe(2);
    }

    [Fact]
    public async Task Scores_are_not_said_to_be_taken_before_any_was()
    {
        await using var harness = await DeliveryHarness.CreateAsync(static options => options.SecretKey = "sk-lf-wrong");
        await harness.StartAsync(withScores: true);
        await harness.UntilAsync(() => harness.Loop.Progress.State == DeliveryState.Paused);

        harness.Log.Texts.ShouldAllBe(static text => !text.Contains("takes exports"));
    }

    [Fact]
    public async Task A_score_that_is_refused_is_set_aside_and_the_others_are_delivered()
    {
        await using var harness = await StartAsync();
        harness.Langfuse.Ingestion.Judge = item => item.GetProperty("body").GetProperty("name").GetString() == "bad" ? 400 : 0;
        harness.Feed.Add(Some.Scores("session-1", ("bad", 1), ("good", 2)));
        await harness.DrainAsync();

        harness.Table.Scores.ShouldHaveSingleItem().Name.ShouldBe("good");
        var letter = harness.ScoresLedger.DeadLetters().ShouldHaveSingleItem();
        (letter.SessionId, letter.Status).ShouldBe(("session-1", 400));
        letter.Reason.ShouldContain("Invalid request data");
        harness.Langfuse.Ingestion.Repeated.ShouldBeEmpty();
    }

    public static TheoryData<string> Troubles => ["401", "403", "404", "405", "429", "500", "503", "web page", "cut"];

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task Trouble_with_scores_never_holds_up_traces_and_scores_go_out_when_it_is_over(string trouble)
    {
        await using var harness = await StartAsync();
        harness.Langfuse.Ingestion.Fail(Fault(trouble));
        for (var turn = 1; turn <= 20; turn++)
        {
            harness.Feed.Add(Some.Scores($"session-{turn}", ("commits", turn)));
            harness.Feed.Add(Some.Root(), Some.Trace(turn), Some.Context($"session-{turn}"));
        }

        await harness.UntilAsync(() => harness.Loop.Progress.IsDrained);
        await harness.UntilAsync(() => harness.Scores.Progress.State is DeliveryState.Paused or DeliveryState.Waiting);
        harness.Table.Observations.Count.ShouldBe(20);
        harness.Table.Scores.ShouldBeEmpty();
        harness.Loop.Progress.State.ShouldBe(DeliveryState.Running);
        harness.Log.Count("to Langfuse is paused").ShouldBe(0);
        await harness.UntilNowAsync(() => TroubleLines(harness) > 0);
        TroubleLines(harness).ShouldBe(1);

        harness.Langfuse.Ingestion.Fail(null);
        await harness.DrainAsync();
        harness.Table.Scores.Count.ShouldBe(20);
        harness.ScoresLedger.DeadLetterCount.ShouldBe(0);
    }

    [Theory]
    [InlineData("401")]
    [InlineData("404")]
    [InlineData("503")]
    public async Task Trouble_with_traces_never_holds_up_scores(string trouble)
    {
        await using var harness = await StartAsync(options => options.Transport = ClaudeBridge.Exporters.Langfuse.LangfuseTransport.Otlp);
        harness.Langfuse.Fail(Fault(trouble));
        harness.AddTurns(3);
        harness.Feed.Add(Some.Scores("session-1", ("commits", 2)));

        await harness.UntilAsync(() => harness.Scores.Progress.IsDrained);

        harness.Table.Scores.ShouldHaveSingleItem();
        harness.Table.Observations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_look_alike_without_scores_is_told_of_once_with_the_way_out()
    {
        await using var harness = await StartAsync(edition: new LangfuseEdition("3.30.0") { Ingestion = false });
        harness.Feed.Add(Some.Scores("session-1", ("commits", 2)));
        harness.AddTurns(2);

        await harness.UntilAsync(() => harness.Scores.Progress.State == DeliveryState.Paused && harness.Loop.Progress.IsDrained);

        harness.Table.Observations.Count.ShouldBe(6);
        harness.Scores.Progress.PausedReason!.ShouldContain("SendScores=false");
        harness.Scores.HoldsStore.ShouldBeFalse("retention does not wait for it");
        harness.ScoresLedger.DeadLetterCount.ShouldBe(0);
    }

    [Fact]
    public async Task Scores_that_are_not_wanted_are_passed_over()
    {
        await using var harness = await StartAsync(options => options.SendScores = false);
        harness.Feed.Add(Some.Scores("session-1", ("commits", 2)));
        await harness.DrainAsync();

        harness.Langfuse.Ingestion.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task A_batch_of_scores_keeps_below_the_limit_of_bytes()
    {
        await using var harness = await StartAsync(options => options.MaxBatchBytes = 10_000);
        harness.Feed.AtOnce(() =>
        {
            for (var session = 0; session < 200; session++)
            {
                harness.Feed.Add(Some.Scores($"session-{session}", ("commits", 2)));
            }
        });
        await harness.DrainAsync();

        harness.Table.Scores.Count.ShouldBe(200);
        harness.Langfuse.Ingestion.MostBytes.ShouldBeLessThanOrEqualTo(10_000);
        harness.Langfuse.Ingestion.Repeated.ShouldBeEmpty();
    }

    private static async Task<DeliveryHarness> StartAsync(
        Action<ClaudeBridge.Exporters.Langfuse.LangfuseOptions>? configure = null,
        LangfuseEdition? edition = null
    )
    {
        var harness = await DeliveryHarness.CreateAsync(configure, edition);
        await harness.StartAsync(withScores: true);
        return harness;
    }

    private static int TroubleLines(DeliveryHarness harness) =>
        harness.Log.Count("to Langfuse scores is paused") + harness.Log.Count("Langfuse scores takes nothing");

    private static LangfuseFault Fault(string name) =>
        name switch
        {
            "web page" => LangfuseFault.WebPage,
            "cut" => LangfuseFault.Cut,
            "429" => LangfuseFault.TooMany("5"),
            _ => LangfuseFault.Answer(int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)),
        };
}
