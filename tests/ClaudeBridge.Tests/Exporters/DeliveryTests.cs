using ClaudeBridge.Sessions;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.Tests.Exporters;

public sealed class DeliveryTests
{
    [Fact]
    public async Task Everything_arrives_once_as_a_tree()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.Feed.Add(Some.Generation(2), Some.Trace());
        harness.Feed.Add(Some.Tool(3), Some.Trace());
        harness.Feed.Add(Some.Root(1), Some.Trace());
        await harness.StartAsync();

        await harness.DrainAsync();

        harness.Table.Tree(Some.Trace().ToString()).ShouldBe("agent claude-code\n  generation claude-opus-4-8\n    tool Bash");
        harness.Table.ResentRows.ShouldBeEmpty();
        harness.Table.DuplicateRows.ShouldBeEmpty();
        harness.Table.Session("session-1").ShouldBe(new LangfuseSessionTotals(1, 3, 0.06883m, 17_012, 800));
        harness.Loop.Progress.DeliveredUpTo.ShouldBe(3);
        harness.Loop.Progress.DeadLetters.ShouldBe(0);
    }

    [Fact]
    public async Task What_comes_later_is_delivered_without_being_asked_for()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        await harness.StartAsync();
        harness.AddTurns(1);
        await harness.DrainAsync();

        harness.Feed.Add(Some.Tool(9), Some.Trace());
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(4);
        harness.Table.ResentRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_observation_keeps_the_start_it_was_first_sent_with_for_ever()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.Feed.Add(Some.Tool(), Some.Trace());
        await harness.StartAsync();
        await harness.DrainAsync();
        await harness.StopAsync();

        harness.Feed.Add(Some.Tool() with { StartUnixNano = Some.Tool().StartUnixNano - 5, Output = "later" }, Some.Trace());
        await harness.StartAsync();
        await harness.DrainAsync();

        var row = harness.Table.Observations.ShouldHaveSingleItem();
        row.Start.ShouldBe(Some.Tool().StartUnixNano);
        row.Output.ShouldBe("later");
    }

    [Fact]
    public async Task A_start_that_moves_behind_the_end_moves_nothing()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.Feed.Add(Some.Tool(), Some.Trace());
        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Feed.Add(Some.Tool() with { StartUnixNano = 5, EndUnixNano = 6, Output = "later" }, Some.Trace());
        await harness.DrainAsync();

        var row = harness.Table.Observations.ShouldHaveSingleItem();
        (row.Start, row.End).ShouldBe((Some.Tool().StartUnixNano, Some.Tool().StartUnixNano));
    }

    [Fact]
    public async Task Unchanged_content_under_a_new_revision_is_not_sent_again()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(1);
        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Feed.Add(Some.Generation(2), Some.Trace(1), Some.Context("session-0"));
        await harness.DrainAsync();

        harness.Table.ResentRows.ShouldBeEmpty();
        harness.Loop.Progress.Unchanged.ShouldBe(1);
    }

    [Fact]
    public async Task A_trace_says_of_itself_what_it_said_first_except_on_its_root()
    {
        await using var harness = await DeliveryHarness.CreateAsync(options => options.Environment = "Prod");
        harness.Feed.Add(Some.Generation(2), Some.Trace());
        await harness.StartAsync();
        await harness.DrainAsync();
        await harness.StopAsync();

        harness.Options.Environment = "elsewhere";
        var later = Some.Context() with { Name = "claude-code /review", Tags = ["team:blue"], Environment = "dev" };
        harness.Feed.Add(Some.Tool(3), Some.Trace(), later);
        harness.Feed.Add(Some.Root(1), Some.Trace(), later);
        await harness.StartAsync();
        await harness.DrainAsync();

        var rows = harness.Table.Observations.ToDictionary(row => row.Type);
        rows["tool"].TraceName.ShouldBe("claude-code");
        rows["tool"]["langfuse.trace.tags"].ShouldBe("""["terminal:vscode"]""");
        rows["agent"].TraceName.ShouldBe("claude-code /review");
        rows["agent"]["langfuse.trace.tags"].ShouldBe("""["team:blue"]""");
        rows.Values.Select(row => row["langfuse.environment"]).Distinct().ShouldBe(["prod"]);
    }

    [Fact]
    public async Task Killed_between_sending_and_the_answer_it_sends_the_same_start_again()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        var answer = new TaskCompletionSource();
        harness.Langfuse.Hold = answer.Task;
        harness.Feed.Add(Some.Tool(), Some.Trace());
        await harness.StartAsync();
        await harness.UntilAsync(() => harness.Langfuse.Exports == 1);
        await harness.KillAsync();
        harness.Langfuse.Hold = null;
        answer.SetResult();
        await harness.UntilNowAsync(() => harness.Table.TakenRequests == 1);

        harness.Feed.Add(Some.Tool() with { StartUnixNano = Some.Tool().StartUnixNano + 1 }, Some.Trace());
        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Table.Observations.ShouldHaveSingleItem().Deliveries.ShouldBe(2);
        harness.Table.DuplicateRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task In_a_rebuilt_store_nothing_that_was_delivered_is_sent_twice()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(40, sessions: 7, leaves: 5);
        await harness.StartAsync();
        await harness.DrainAsync();
        await harness.StopAsync();

        harness.Feed.Rebuild("epoch-2");
        harness.Feed.Add(Some.Tool(99), Some.Trace(1), Some.Context("session-1"));
        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(241);
        harness.Table.ResentRows.ShouldBeEmpty();
        harness.Loop.Progress.Unchanged.ShouldBe(240);
    }

    [Fact]
    public async Task A_store_rebuilt_while_running_is_followed_too()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(3);
        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Feed.Rebuild("epoch-2");
        harness.Feed.Add(Some.Tool(99), Some.Trace(1), Some.Context("session-1"));
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(10);
        harness.Table.ResentRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_rebuilt_from_incomplete_history_is_never_sent_over_what_was_delivered()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(1);
        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Feed.Rebuild("epoch-2", isIncomplete: true, change: observation => observation with { Output = "torn" });
        harness.Feed.Add(Some.Tool(99), Some.Trace(1), Some.Context("session-0"), isIncomplete: true);
        await harness.DrainAsync();

        harness.Table.Observations.ShouldAllBe(row => row.Output != "torn");
        harness.Table.Observations.Count.ShouldBe(4);
        harness.Loop.Progress.KeptAsDelivered.ShouldBe(3);
    }

    [Fact]
    public async Task Back_to_content_that_was_delivered_before_is_a_change_like_any_other()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        await harness.StartAsync();
        foreach (var output in new[] { "a", "b", "a" })
        {
            harness.Feed.Add(Some.Tool() with { Output = output }, Some.Trace());
            await harness.DrainAsync();
        }

        var row = harness.Table.Observations.ShouldHaveSingleItem();
        (row.Output, row.Deliveries).ShouldBe(("a", 3));
    }

    [Fact]
    public async Task Never_two_requests_of_one_session_at_once_and_never_more_than_configured()
    {
        await using var harness = await DeliveryHarness.CreateAsync(options => (options.MaxBatchSpans, options.InFlight) = (10, 3));
        harness.Langfuse.Delay = TimeSpan.FromMilliseconds(3);
        harness.AddTurns(300, sessions: 20);
        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Langfuse.SessionOverlaps.ShouldBe(0);
        harness.Langfuse.MostAtOnce.ShouldBeInRange(2, 3);
        harness.Langfuse.MostSpans.ShouldBe(10);
        harness.Table.Observations.Count.ShouldBe(900);
        harness.Table.ResentRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Within_a_session_the_order_of_revisions_holds()
    {
        await using var harness = await DeliveryHarness.CreateAsync(options => (options.MaxBatchSpans, options.ReadChunk) = (4, 7));
        harness.AddTurns(100, sessions: 5);
        await harness.StartAsync();
        await harness.DrainAsync();

        foreach (var session in harness.Table.Observations.GroupBy(row => row.SessionId))
        {
            var inFeedOrder = session
                .OrderBy(row => row.TraceId, StringComparer.Ordinal)
                .ThenBy(row => row.IsRoot)
                .ThenBy(row => row.Start);
            inFeedOrder.Select(row => row.Request).ShouldBeInOrder();
        }
    }

    [Fact]
    public async Task Batches_stay_below_the_limit_of_bytes_and_a_larger_observation_goes_alone()
    {
        await using var harness = await DeliveryHarness.CreateAsync(options => (options.MaxBatchBytes, options.InFlight) = (50_000, 1));
        for (var i = 3; i < 13; i++)
        {
            harness.Feed.Add(Some.Tool(i) with { Output = new string('x', 20_000) }, Some.Trace());
        }

        harness.Langfuse.MaxBytes = 50_200;
        await harness.StartAsync();
        await harness.DrainAsync();
        harness.Table.Observations.Count.ShouldBe(10);
        harness.Langfuse.MostBytes.ShouldBeInRange(40_000, 50_200);
        harness.Langfuse.Exports.ShouldBe(5);

        harness.Langfuse.MaxBytes = int.MaxValue;
        harness.Feed.Add(Some.Tool(90) with { Output = new string('y', 60_000) }, Some.Trace());
        harness.Feed.Add(Some.Tool(91), Some.Trace());
        await harness.DrainAsync();
        harness.Table.Observations.Count.ShouldBe(12);
        harness.Langfuse.Exports.ShouldBe(7);
    }

    [Fact]
    public async Task Nothing_queues_up_in_memory_whatever_the_backlog()
    {
        await using var harness = await DeliveryHarness.CreateAsync(options =>
            (options.MaxBatchSpans, options.InFlight, options.ChannelCapacity, options.ReadChunk) = (10, 2, 1, 20)
        );
        var answer = new TaskCompletionSource();
        harness.Langfuse.Hold = answer.Task;
        harness.AddTurns(2_000, sessions: 50);
        await harness.StartAsync();
        await harness.UntilNowAsync(() => harness.Langfuse.MostAtOnce == 2);
        await Task.Delay(200);

        // Per sender one batch under way, one in the channel, one being filled; and the chunk in hand.
        harness.Feed.ReadUpTo.ShouldBeLessThanOrEqualTo(2 * 3 * 10 + 20);
        harness.Feed.MostRead.ShouldBe(20);
        harness.Langfuse.Hold = null;
        answer.SetResult();
        await harness.DrainAsync();
        harness.Table.Observations.Count.ShouldBe(6_000);
    }

    [Fact]
    public async Task What_changes_while_it_waits_is_sent_once_in_its_last_form()
    {
        await using var harness = await DeliveryHarness.CreateAsync(options => (options.InFlight, options.ChannelCapacity) = (1, 100));
        var answer = new TaskCompletionSource();
        harness.Langfuse.Hold = answer.Task;
        harness.Feed.Add(Some.Generation(2), Some.Trace());
        await harness.StartAsync();
        await harness.UntilNowAsync(() => harness.Langfuse.MostAtOnce == 1 && harness.Langfuse.Exports == 1);
        for (var i = 1; i <= 5; i++)
        {
            var revision = harness.Feed.Add(Some.Tool() with { Output = $"form {i}" }, Some.Trace());
            await harness.UntilNowAsync(() => harness.Feed.WaitedAfter == revision);
        }

        answer.SetResult();
        await harness.DrainAsync();

        var tool = harness.Table.Observations.Single(row => row.Type == "tool");
        (tool.Output, tool.Deliveries).ShouldBe(("form 5", 1));
    }

    [Fact]
    public async Task The_cursor_never_passes_what_is_not_acknowledged()
    {
        await using var harness = await DeliveryHarness.CreateAsync(options =>
            (options.MaxBatchSpans, options.InFlight, options.ChannelCapacity) = (1, 4, 100)
        );
        for (var i = 1; i <= 40; i++)
        {
            // A trace each: a trace belongs to the session that it was first sent under, and a session to one lane.
            harness.Feed.Add(Some.Tool(100 + i), Some.Trace(i), Some.Context($"session-{i}"));
        }

        harness.Langfuse.Poison(span => span.TraceId.Span[7] == 11, status: 503);
        await harness.StartAsync();

        // The clock stands still, so the eleventh is not repeated: those before it and those in other lanes are delivered.
        await harness.UntilNowAsync(() => harness.Table.Observations.Count > 20 && harness.Ledger.Cursor >= 10);

        harness.Ledger.Cursor.ShouldBe(10);
        harness.Loop.Progress.DeliveredUpTo.ShouldBe(10);
        harness.Loop.Progress.IsDrained.ShouldBeFalse();

        harness.Langfuse.Poison(_ => false);
        await harness.DrainAsync();
        harness.Ledger.Cursor.ShouldBe(40);
        harness.Table.Observations.Count.ShouldBe(40);
        harness.Loop.Progress.DeadLetters.ShouldBe(0);
        harness.Table.ResentRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Stopping_finishes_what_is_under_way_and_leaves_the_rest()
    {
        await using var harness = await DeliveryHarness.CreateAsync(options => (options.MaxBatchSpans, options.InFlight) = (3, 1));
        var answer = new TaskCompletionSource();
        harness.Langfuse.Hold = answer.Task;
        harness.AddTurns(10);
        await harness.StartAsync();
        await harness.UntilNowAsync(() => harness.Langfuse.Exports == 1);

        var stopping = harness.StopAsync();
        await harness.UntilNowAsync(() => harness.Clock.NextDue <= harness.Options.StopTimeout);
        answer.SetResult();
        await stopping;
        harness.Table.Observations.Count.ShouldBe(3);
        harness.Langfuse.Hold = null;

        await harness.StartAsync();
        await harness.DrainAsync();
        harness.Table.Observations.Count.ShouldBe(30);
        harness.Table.ResentRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Stopping_does_not_wait_longer_than_it_may()
    {
        await using var harness = await DeliveryHarness.CreateAsync(options => options.StopTimeout = TimeSpan.FromSeconds(1));
        harness.Langfuse.Hold = new TaskCompletionSource().Task;
        harness.AddTurns(1);
        await harness.StartAsync();
        await harness.UntilNowAsync(() => harness.Langfuse.Exports == 1);

        var stopping = harness.StopAsync();
        await harness.UntilAsync(() => stopping.IsCompleted, step: TimeSpan.FromMilliseconds(10));
        await stopping;

        harness.Table.Observations.ShouldBeEmpty();
    }

    [Fact]
    public async Task Draining_ends_when_all_is_delivered_or_the_time_is_over()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(2);
        await harness.StartAsync();
        (await harness.Loop.DrainAsync(TimeSpan.FromMinutes(1))).IsDrained.ShouldBeTrue();

        harness.Langfuse.Fail(LangfuseFault.Answer(503));
        harness.AddTurns(5);
        await harness.UntilNowAsync(() => harness.Loop.Progress.Undelivered == 9);
        var drained = harness.Loop.DrainAsync(TimeSpan.FromMinutes(1));
        await harness.UntilAsync(() => drained.IsCompleted);

        (await drained).IsDrained.ShouldBeFalse();
        (await drained).Undelivered.ShouldBe(9);
    }

    [Fact]
    public async Task The_ledger_is_readable_by_its_owner_alone()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(1);
        await harness.StartAsync();
        await harness.DrainAsync();

        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.GetFiles(Path.GetDirectoryName(harness.LedgerPath)!))
            {
                File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
            }
        }
    }

    [Fact]
    public async Task Revisions_that_a_power_cut_took_and_the_store_gave_again_are_delivered()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(10);
        await harness.StartAsync();
        await harness.DrainAsync();
        await harness.StopAsync();

        harness.Feed.GoBack(25);
        for (var i = 0; i < 8; i++)
        {
            harness.Feed.Add(Some.Tool(100 + i), Some.Trace(50));
        }

        await harness.StartAsync();
        await harness.UntilAsync(() => harness.Table.Observations.Count == 38);
        await harness.DrainAsync();
        harness.Table.ResentRows.ShouldBeEmpty();
        harness.Ledger.Cursor.ShouldBe(33);
    }

    [Fact]
    public async Task A_store_that_went_back_and_goes_on_is_followed_from_where_it_is()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(10);
        await harness.StartAsync();
        await harness.DrainAsync();
        await harness.StopAsync();
        harness.Feed.GoBack(10);

        await harness.StartAsync();
        await harness.UntilAsync(() => harness.Ledger.Cursor == 10);
        harness.Feed.Add(Some.Tool(100), Some.Trace(50));
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(31);
        harness.Ledger.Cursor.ShouldBe(11);
    }

    [Fact]
    public async Task A_latest_revision_from_the_store_before_does_not_carry_the_cursor_away()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(10);
        await harness.StartAsync();
        await harness.DrainAsync();
        await harness.StopAsync();

        harness.Feed.BeginAnew("epoch-2");
        await harness.StartAsync();
        // Nothing is there to be sent, so only the wait for the store can be due this soon; the loop before may have left timers behind.
        await harness.UntilNowAsync(() => harness.Clock.NextDue <= TimeSpan.FromSeconds(1));
        harness.Feed.GoBack(0);
        harness.Feed.Add(Some.Tool(100), Some.Trace(50));
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(31);
        harness.Ledger.Cursor.ShouldBe(1);
    }

    [Fact]
    public async Task A_store_whose_observations_are_all_gone_owes_nothing()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(10);
        harness.Feed.BeginAnew("epoch-2");
        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Ledger.Cursor.ShouldBe(30);
        harness.Feed.Reads.ShouldBeLessThan(10);
    }

    [Fact]
    public async Task Another_Langfuse_gets_everything_and_the_first_nothing_again()
    {
        await using var other = await LangfuseStandIn.StartAsync();
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(4);
        await harness.StartAsync();
        await harness.DrainAsync();
        await harness.StopAsync();

        harness.Options.Host = other.Address.ToString();
        await harness.StartAsync();
        await harness.DrainAsync();

        other.Table.Observations.Count.ShouldBe(12);
        harness.Table.ResentRows.ShouldBeEmpty();
    }
}
