using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.Tests.Exporters;

public sealed class DeadLetterRetryTests
{
    [Fact]
    public async Task What_is_asked_for_goes_as_the_store_holds_it_now_and_the_dead_letter_is_gone()
    {
        await using var harness = await RefusedAsync();
        harness.Langfuse.Poison(static _ => false);
        harness.Ask().ShouldBe(1);

        harness.Loop.TakeUpRequests();
        await harness.UntilAsync(() => harness.Ledger.DeadLetterCount == 0);

        harness.Table.Observations.Count.ShouldBe(3);
        harness.Table.Observations.Single(static row => row.Output == "poison").Deliveries.ShouldBe(1);
        harness.Ledger.DeadLetters().ShouldBeEmpty();
        harness.Table.DuplicateRows.ShouldBeEmpty();
        harness.Loop.Progress.DeliveredUpTo.ShouldBe(3);
        await harness.StopAsync();
        (await File.ReadAllBytesAsync(harness.LedgerPath, TestContext.Current.CancellationToken))
            .AsSpan()
            .IndexOf("poison"u8)
            .ShouldBe(-1, "what was refused is deleted with its content");
    }

    [Fact]
    public async Task What_is_asked_for_while_nothing_runs_goes_at_the_next_start()
    {
        await using var harness = await RefusedAsync();
        await harness.StopAsync();
        harness.Langfuse.Poison(static _ => false);
        harness.Ask().ShouldBe(1);

        await harness.StartAsync();
        await harness.UntilAsync(() => harness.Ledger.DeadLetterCount == 0);

        harness.Table.Observations.Count.ShouldBe(3);
    }

    [Fact]
    public async Task What_is_refused_again_is_one_dead_letter_with_the_new_reason_and_is_asked_for_no_more()
    {
        await using var harness = await RefusedAsync();
        harness.Langfuse.Poison(static span => span.Name == "Bash", status: 413);
        harness.Ask();
        var exports = harness.Langfuse.Exports;

        harness.Loop.TakeUpRequests();
        await harness.UntilAsync(() => harness.Ledger.DeadLetters() is [{ Status: 413 }]);

        harness.Ledger.DeadLetterCount.ShouldBe(1);
        harness.Ledger.AskedAgain(10).ShouldBeEmpty();
        harness.Loop.TakeUpRequests();
        harness.Feed.Add(Some.Tool(9) with { Name = "Read" }, Some.Trace(2));
        await harness.DrainAsync();
        (harness.Langfuse.Exports - exports).ShouldBeLessThanOrEqualTo(4, "it is not sent over and over");
        harness.Table.Observations.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(503)]
    public async Task One_that_provokes_trouble_alone_is_set_aside_again_and_never_holds_up_the_rest(int status)
    {
        await using var harness = await RefusedAsync(letters: 3);
        harness.Langfuse.Poison(static span => span.Name == "Bash" && span.EndTimeUnixNano % 1_000_000_000 == 250_000_003, status);
        harness.Ask().ShouldBe(3);

        harness.Loop.TakeUpRequests();
        harness.Feed.Add(Some.Tool(99) with { Name = "Read" }, Some.Trace(2));
        await harness.UntilAsync(() =>
        {
            harness.Loop.TakeUpRequests();
            return harness.Ledger.AskedAgain(10).Count == 0 && harness.Loop.Progress.IsDrained;
        });

        harness.Ledger.DeadLetters().ShouldHaveSingleItem().ObservationId.ShouldBe(new(3));
        harness.Table.Observations.Count.ShouldBe(5);
        harness.Table.DuplicateRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task While_the_destination_is_down_what_was_asked_for_waits()
    {
        await using var harness = await RefusedAsync();
        harness.Langfuse.Poison(static _ => false);
        harness.Langfuse.Fail(LangfuseFault.Answer(503));
        harness.Ask();

        harness.Loop.TakeUpRequests();
        await harness.UntilAsync(() => harness.Loop.Progress.State == ClaudeBridge.Exporters.DeliveryState.Waiting);
        harness.Ledger.AskedAgain(10).Count.ShouldBe(1);

        harness.Langfuse.Recover();
        await harness.UntilAsync(() => harness.Ledger.DeadLetterCount == 0);
        harness.Table.Observations.Count.ShouldBe(3);
    }

    [Fact]
    public async Task What_the_store_no_longer_holds_goes_as_it_was_kept()
    {
        await using var harness = await RefusedAsync();
        harness.Langfuse.Poison(static _ => false);
        harness.Feed.Forget();
        harness.Ask();

        harness.Loop.TakeUpRequests();
        await harness.UntilAsync(() => harness.Ledger.DeadLetterCount == 0);

        harness.Table.Observations.Single(static row => row.Type == "tool").Output.ShouldBe("poison");
    }

    [Fact]
    public async Task What_an_incomplete_history_gives_never_goes_in_the_place_of_what_was_kept()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.Feed.Add(Some.Tool() with { Output = "first" }, Some.Trace());
        await harness.StartAsync();
        await harness.DrainAsync();
        harness.Langfuse.Poison(static _ => true);
        harness.Feed.Add(Some.Tool() with { Output = "whole" }, Some.Trace());
        await harness.DrainAsync();
        harness.Feed.Rebuild("epoch-2", isIncomplete: true, change: static observation => observation with { Output = "torn" });
        harness.Feed.Add(Some.Tool(9), Some.Trace(2));
        await harness.UntilAsync(() => harness.Ledger.Epoch == "epoch-2" && harness.Loop.Progress.IsDrained);
        harness.Langfuse.Poison(static _ => false);
        harness.Ask(new DeadLetterFilter { Ids = [1] }).ShouldBe(1);

        harness.Loop.TakeUpRequests();
        await harness.UntilAsync(() => harness.Ledger.DeadLetterCount == 1);

        harness.Table.Observations.ShouldHaveSingleItem().Output.ShouldBe("whole");
    }

    [Fact]
    public async Task What_was_forgotten_says_so_and_stays()
    {
        await using var harness = await RefusedAsync();
        harness.Clock.Advance(TimeSpan.FromDays(1.5));
        harness.Forget("DELETE FROM observation");
        harness.Langfuse.Poison(static _ => false);
        harness.Ask();

        harness.Loop.TakeUpRequests();
        await harness.UntilAsync(() => harness.Ledger.AskedAgain(10).Count == 0);

        harness.Ledger.DeadLetters().Count.ShouldBe(1);
    }

    [Fact]
    public async Task Never_two_requests_of_one_session_at_once_while_dead_letters_go_again()
    {
        await using var harness = await DeliveryHarness.CreateAsync(static options => (options.MaxBatchSpans, options.InFlight) = (5, 4));
        harness.Langfuse.Poison(static span => span.Name == "claude-opus-4-8");
        harness.AddTurns(60, sessions: 6);
        await harness.StartAsync();
        await harness.DrainAsync();
        harness.Ledger.DeadLetterCount.ShouldBe(120);

        harness.Langfuse.Poison(static _ => false);
        harness.Langfuse.Delay = TimeSpan.FromMilliseconds(2);
        for (var turn = 100; turn < 200; turn++)
        {
            harness.Feed.Add(Some.Tool(turn), Some.Trace(turn), Some.Context($"session-{turn % 6}"));
        }

        harness.Ask().ShouldBe(120);
        harness.Loop.TakeUpRequests();
        await harness.UntilAsync(() => harness.Ledger.DeadLetterCount == 0 && harness.Loop.Progress.IsDrained);

        harness.Langfuse.SessionOverlaps.ShouldBe(0);
        harness.Table.Observations.Count.ShouldBe(60 * 3 + 100);
        harness.Table.ResentRows.ShouldBeEmpty();
        harness.Table.DuplicateRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Killed_while_a_dead_letter_is_under_way_it_goes_again_under_the_same_start()
    {
        await using var harness = await RefusedAsync();
        harness.Langfuse.Poison(static _ => false);
        var answer = new TaskCompletionSource();
        harness.Langfuse.Hold = answer.Task;
        var exports = harness.Langfuse.Exports;
        harness.Ask();
        harness.Loop.TakeUpRequests();
        await harness.UntilAsync(() => harness.Langfuse.Exports > exports);
        await harness.KillAsync();
        harness.Langfuse.Hold = null;
        answer.SetResult();
        await harness.UntilNowAsync(() => harness.Table.Observations.Count == 3);

        await harness.StartAsync();
        await harness.UntilAsync(() => harness.Ledger.DeadLetterCount == 0);

        harness.Table.Observations.Count.ShouldBe(3);
        harness.Table.DuplicateRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Scores_go_again_as_they_are_now()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.Langfuse.Ingestion.Judge = static item => item.GetProperty("body").GetProperty("name").GetString() == "commits" ? 400 : 0;
        await harness.StartAsync(withScores: true);
        harness.Feed.Add(Some.Scores("session-1", ("commits", 2), ("lines_added", 120)));
        await harness.DrainAsync();
        harness.ScoresLedger.DeadLetters().ShouldHaveSingleItem().Score.ShouldBe("commits");

        harness.Langfuse.Ingestion.Judge = static _ => 0;
        harness.Ask().ShouldBe(1);
        harness.Scores.TakeUpRequests();
        await harness.UntilAsync(() => harness.ScoresLedger.DeadLetterCount == 0);

        harness
            .Table.Scores.Select(static score => (score.Name, score.Value, score.Deliveries))
            .ShouldBe([("commits", 2m, 1), ("lines_added", 120m, 1)], ignoreOrder: true);
    }

    [Fact]
    public async Task Only_what_fits_is_asked_for()
    {
        await using var harness = await RefusedAsync(letters: 3);
        await harness.StopAsync();

        harness.Ask(new DeadLetterFilter { Status = 413 }).ShouldBe(0);
        harness.Ask(new DeadLetterFilter { Session = "session-2" }).ShouldBe(0);
        harness.Ask(new DeadLetterFilter { Destination = "langfuse scores" }).ShouldBe(0);
        harness.Ask(new DeadLetterFilter { Ids = [2] }).ShouldBe(1);
        harness
            .Ask(
                new DeadLetterFilter
                {
                    Destination = "langfuse http",
                    Session = "session-1",
                    Status = 400,
                }
            )
            .ShouldBe(3);
    }

    /// <summary>A turn whose tools were refused, and the rest delivered.</summary>
    private static async Task<DeliveryHarness> RefusedAsync(int letters = 1)
    {
        var harness = await DeliveryHarness.CreateAsync();
        harness.Langfuse.Poison(static span => span.Name == "Bash");
        harness.Feed.Add(Some.Generation(2), Some.Trace());
        for (var i = 0; i < letters; i++)
        {
            harness.Feed.Add(
                Some.Tool(3 + i) with
                {
                    Output = "poison",
                    EndUnixNano = Some.Tool().EndUnixNano + (ulong)(3 + i),
                },
                Some.Trace()
            );
        }

        harness.Feed.Add(Some.Root(1), Some.Trace());
        await harness.StartAsync();
        await harness.DrainAsync();
        harness.Ledger.DeadLetterCount.ShouldBe(letters);
        return harness;
    }
}
