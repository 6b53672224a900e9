using System.Globalization;
using ClaudeBridge.Exporters;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.Tests.Exporters;

public sealed class DeliveryFaultTests
{
    public static TheoryData<string> Blips => ["408", "425", "500", "502", "503", "504", "429", "hang", "cut", "lost answer"];

    [Theory]
    [MemberData(nameof(Blips))]
    public async Task A_blip_costs_nothing(string blip)
    {
        await using var harness = await ReadyAsync(options => options.AttemptTimeout = LimitFor(blip) ?? options.AttemptTimeout);
        harness.Langfuse.FailNext(Fault(blip), Fault(blip));
        harness.AddTurns(3);
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(9);
        harness.Table.DuplicateRows.ShouldBeEmpty();
        harness.Log.Count("takes nothing").ShouldBe(0);
        harness.Loop.Progress.DeadLetters.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Blips))]
    public async Task An_outage_of_any_length_ends_with_everything_delivered(string cause)
    {
        await using var harness = await ReadyAsync(options => options.AttemptTimeout = LimitFor(cause) ?? options.AttemptTimeout);
        harness.Langfuse.Fail(Fault(cause));
        harness.AddTurns(50, sessions: 9);
        await harness.UntilAsync(() => harness.Loop.Progress.State == DeliveryState.Waiting, step: TimeSpan.FromSeconds(5));
        harness.Clock.Advance(TimeSpan.FromDays(3));
        var requests = harness.Langfuse.Requests;
        await harness.UntilAsync(() => harness.Langfuse.Requests > requests, step: TimeSpan.FromSeconds(5));
        harness.Loop.Progress.OldestUndeliveredAge!.Value.ShouldBeGreaterThan(TimeSpan.FromDays(2));

        harness.Langfuse.Recover();
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(150);
        harness.Table.DuplicateRows.ShouldBeEmpty();
        harness.Loop.Progress.DeadLetters.ShouldBe(0);
        harness.Loop.Progress.State.ShouldBe(DeliveryState.Running);
        harness.Loop.Progress.OldestUndeliveredAge.ShouldBeNull();
        harness.Log.Count("takes nothing").ShouldBe(1);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(413)]
    [InlineData(400)]
    public async Task Half_a_character_in_an_answer_is_only_an_odd_reason(int status)
    {
        await using var harness = await ReadyAsync();
        harness.Langfuse.FailNext(LangfuseFault.Answer(status) with { Body = """{"message":"half \ud83d of it"}""" });
        harness.AddTurns(3);
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(9);
        harness.Log.Count("error of our own").ShouldBe(0);
    }

    [Fact]
    public async Task What_changed_five_times_during_an_outage_is_sent_once()
    {
        await using var harness = await ReadyAsync();
        harness.Langfuse.Fail(LangfuseFault.Answer(503));
        for (var i = 1; i <= 5; i++)
        {
            harness.Feed.Add(Some.Tool() with { Output = $"form {i}" }, Some.Trace());
            var requests = harness.Langfuse.Requests;
            await harness.UntilAsync(() => harness.Langfuse.Requests > requests + 5, step: TimeSpan.FromSeconds(5));
        }

        harness.Langfuse.Recover();
        await harness.DrainAsync();

        var row = harness.Table.Observations.ShouldHaveSingleItem();
        (row.Output, row.Deliveries).ShouldBe(("form 5", 1));
    }

    [Fact]
    public async Task A_backend_that_is_down_at_the_start_is_said_to_be_and_gets_everything_later()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.Langfuse.Fail(LangfuseFault.Cut);
        await harness.StartAsync();
        await harness.UntilNowAsync(() => harness.Log.Count("takes nothing") == 1);
        harness.AddTurns(4);

        harness.Langfuse.Recover();
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(12);
    }

    [Fact]
    public async Task Among_a_hundred_spans_exactly_the_guilty_ones_are_set_aside()
    {
        await using var harness = await ReadyAsync(options => options.InFlight = 1);
        int[] guilty = [7, 42, 43, 99];
        harness.Langfuse.Poison(span => guilty.Contains(span.SpanId.Span[7]));
        harness.Feed.AtOnce(() =>
        {
            for (var i = 1; i <= 100; i++)
            {
                harness.Feed.Add(Some.Generation(i, parent: 200), Some.Trace());
            }
        });

        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(96);
        harness.Table.ResentRows.ShouldBeEmpty();
        var letters = harness.Ledger.DeadLetters();
        letters.Select(letter => (int)letter.ObservationId.Value).ShouldBe(guilty);
        letters.ShouldAllBe(letter =>
            letter.Reason == "a span is poison" && letter.Status == 400 && letter.SessionId == "session-1" && letter.TraceId == Some.Trace()
        );
        letters.ShouldAllBe(letter => letter.PayloadBytes == letter.Payload.Length && letter.PayloadBytes > 100);
        OpenTelemetry.Proto.Trace.V1.Span.Parser.ParseFrom(letters[0].Payload.ToArray()).SpanId.Span[7].ShouldBe((byte)7);
        harness.Langfuse.Requests.ShouldBeLessThan(60);
        harness.Loop.Progress.DeadLetters.ShouldBe(4);
        harness.Log.Texts.ShouldAllBe(text => !text.Contains("poison"));
    }

    [Fact]
    public async Task A_dead_letter_is_not_tried_again_after_a_rebuild_but_changed_content_is()
    {
        await using var harness = await ReadyAsync();
        harness.Langfuse.Poison(span => span.Attributes.Any(pair => pair.Value.StringValue == "bad"));
        harness.Feed.Add(Some.Tool() with { Output = "bad" }, Some.Trace());
        harness.Feed.Add(Some.Root(), Some.Trace());
        await harness.DrainAsync();
        var exports = harness.Langfuse.Exports;

        harness.Feed.Rebuild("epoch-2");
        harness.Feed.Add(Some.Root(), Some.Trace(2));
        await harness.DrainAsync();
        harness.Langfuse.Exports.ShouldBe(exports + 1);
        harness.Loop.Progress.DeadLetters.ShouldBe(1);

        harness.Feed.Add(Some.Tool() with { Output = "good" }, Some.Trace());
        await harness.DrainAsync();
        harness.Loop.Progress.DeadLetters.ShouldBe(0);
        harness.Table.RowsFor(Some.Trace().ToString()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_port_that_refuses_anything_makes_no_dead_letters()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.Langfuse.Fail(LangfuseFault.Answer(400));
        harness.AddTurns(10);
        await harness.StartAsync();
        await harness.UntilAsync(() => harness.Loop.Progress.State == DeliveryState.Paused);
        var requests = harness.Langfuse.Requests;
        await harness.UntilAsync(() => harness.Langfuse.Requests > requests + 20, step: TimeSpan.FromSeconds(10));

        harness.Loop.Progress.PausedReason!.ShouldContain("check the address");
        harness.Loop.Progress.DeadLetters.ShouldBe(0);
        harness.Langfuse.Recover();
        await harness.DrainAsync();
        harness.Table.Observations.Count.ShouldBe(30);
        harness.Loop.Progress.DeadLetters.ShouldBe(0);
    }

    [Fact]
    public async Task Too_large_is_halved_until_it_fits()
    {
        await using var harness = await ReadyAsync(options => options.InFlight = 1);
        harness.Langfuse.MaxSpans = 9;
        harness.AddTurns(30, leaves: 2);
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(90);
        harness.Table.ResentRows.ShouldBeEmpty();
        harness.Loop.Progress.DeadLetters.ShouldBe(0);
    }

    [Fact]
    public async Task One_span_too_large_for_the_backend_is_set_aside()
    {
        await using var harness = await ReadyAsync();
        harness.Langfuse.MaxBytes = 10_000;
        harness.AddTurns(3);
        harness.Feed.Add(Some.Tool(9) with { Output = new string('x', 20_000) }, Some.Trace());
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(9);
        harness.Ledger.DeadLetters().ShouldHaveSingleItem().Status.ShouldBe(413);
    }

    public static TheoryData<string, string> Refusals =>
        new()
        {
            { "401", "LANGFUSE_PUBLIC_KEY" },
            { "403", "key pair of a project" },
            { "404", "no OTLP endpoint" },
            { "405", "no OTLP endpoint" },
            { "302", "sends requests elsewhere (302, to http://elsewhere.example)" },
            { "307", "sends requests elsewhere" },
            { "web page", "web page" },
            { "418", "does not take what is sent" },
        };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_backend_that_takes_nothing_pauses_delivery_says_so_once_and_is_asked_slowly(string refusal, string advice)
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.Langfuse.Fail(Fault(refusal));
        harness.AddTurns(5);
        await harness.StartAsync();
        await harness.UntilNowAsync(() => harness.Loop.Progress.State == DeliveryState.Paused && harness.IsWaiting);
        harness.Loop.Progress.PausedReason!.ShouldContain(advice);
        var requests = harness.Langfuse.Requests;

        for (var minute = 1; minute <= 5; minute++)
        {
            harness.Clock.Advance(TimeSpan.FromMinutes(1));
            await harness.UntilNowAsync(() => harness.Langfuse.Requests == requests + minute && harness.IsWaiting);
        }

        harness.Log.Count("is paused").ShouldBe(1);
        harness.Log.Texts.ShouldAllBe(text => !text.Contains("pk-lf") && !text.Contains("sk-lf") && !text.Contains("fault on demand"));
        harness.Langfuse.Recover();
        await harness.DrainAsync();
        harness.Table.Observations.Count.ShouldBe(15);
        harness.Loop.Progress.PausedReason.ShouldBeNull();
        harness.Log.Count("delivery goes on").ShouldBeGreaterThanOrEqualTo(1);
    }

    [Fact]
    public async Task Keys_that_are_withdrawn_while_running_pause_and_lose_nothing()
    {
        await using var harness = await ReadyAsync();
        harness.AddTurns(2);
        await harness.DrainAsync();

        harness.Langfuse.Fail(LangfuseFault.Answer(401));
        harness.AddTurns(6);
        await harness.UntilAsync(() => harness.Loop.Progress.State == DeliveryState.Paused);
        harness.Loop.Progress.LastStatus.ShouldBe(401);
        var health = new DeliveryHealth(harness.Loop).Check();
        health.State.ShouldBe(ClaudeBridge.Diagnostics.HealthState.Degraded);
        health.Detail!.ShouldContain("(401)");

        harness.Langfuse.Recover();
        await harness.DrainAsync();
        harness.Table.Observations.Count.ShouldBe(18);
        harness.Table.ResentRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_redirect_does_not_take_the_keys_to_another_host()
    {
        await using var other = await LangfuseStandIn.StartAsync();
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.Langfuse.Fail(
            LangfuseFault.Redirect(new Uri(other.Address, "/api/public/otel/v1/traces").ToString()) with
            {
                Status = 308,
            }
        );
        harness.AddTurns(1);
        await harness.StartAsync();
        await harness.UntilAsync(() => harness.Loop.Progress.State == DeliveryState.Paused);

        other.Requests.ShouldBe(0);
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("date", 120)]
    [InlineData("999999", 300)]
    public async Task Retry_after_is_honoured_within_the_configured_limit(string retryAfter, int seconds)
    {
        await using var harness = await ReadyAsync();
        var date = (harness.Clock.GetUtcNow() + TimeSpan.FromSeconds(120)).ToString("R", CultureInfo.InvariantCulture);
        harness.Langfuse.FailNext(LangfuseFault.TooMany(retryAfter == "date" ? date : retryAfter));
        harness.AddTurns(1);
        await harness.UntilNowAsync(() => harness.Langfuse.Exports == 1 && harness.IsWaiting);

        harness.Clock.NextDue!.Value.TotalSeconds.ShouldBe(seconds, tolerance: 0.001);
        harness.Clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        harness.Langfuse.Exports.ShouldBe(1);
        harness.Clock.Advance(TimeSpan.FromSeconds(1.1));
        await harness.UntilNowAsync(() => harness.Table.Observations.Count == 3);
        harness.Langfuse.Exports.ShouldBe(2);
    }

    public static TheoryData<int> Provoked => [500, 502, 403, 451, 0];

    [Theory]
    [MemberData(nameof(Provoked))]
    public async Task An_observation_that_alone_provokes_trouble_does_not_hold_up_the_others(int status)
    {
        await using var harness = await ReadyAsync();
        harness.Langfuse.Poison(span => span.TraceId.Span[7] == 13 && span.ParentSpanId.IsEmpty, status);
        harness.AddTurns(20);
        await harness.UntilAsync(() => harness.Loop.Progress.IsDrained, step: TimeSpan.FromSeconds(2));

        harness.Table.Observations.Count.ShouldBe(59);
        harness.Table.DuplicateRows.ShouldBeEmpty();
        var letter = harness.Ledger.DeadLetters().ShouldHaveSingleItem();
        letter.TraceId.ShouldBe(Some.Trace(13));
        letter.Status.ShouldBe(status == 0 ? null : status);
    }

    [Fact]
    public async Task An_observation_that_was_suspected_wrongly_is_still_delivered_before_what_follows_it_in_its_session()
    {
        await using var harness = await ReadyAsync(options => options.InFlight = 1);
        var wasOvertaken = false;
        harness.Langfuse.Poison(
            span =>
            {
                if (span.TraceId.Span[7] != 1)
                {
                    return false;
                }

                var there = harness.Table.Observations;
                wasOvertaken |= there.Any(static row => row.SessionId == "session-1");
                return there.All(static row => row.SessionId != "session-2");
            },
            status: 503
        );
        harness.Feed.AtOnce(() =>
        {
            for (var i = 1; i <= 6; i++)
            {
                harness.Feed.Add(Some.Tool(100 + i), Some.Trace(i), Some.Context(i <= 4 ? "session-1" : "session-2"));
            }
        });
        await harness.UntilAsync(() => harness.Loop.Progress.IsDrained, step: TimeSpan.FromSeconds(2));

        harness.Loop.Progress.DeadLetters.ShouldBe(0);
        harness.Table.Observations.Count.ShouldBe(6);
        wasOvertaken.ShouldBeFalse();
    }

    [Fact]
    public async Task Sessions_behind_one_in_trouble_wait_while_it_is_repeated_and_no_longer()
    {
        await using var harness = await ReadyAsync(options => (options.MaxBatchSpans, options.InFlight) = (1, 1));
        harness.Langfuse.Poison(span => span.TraceId.Span[7] == 1, status: 503);
        harness.Feed.AtOnce(() =>
        {
            for (var i = 1; i <= 10; i++)
            {
                harness.Feed.Add(Some.Tool(100 + i), Some.Trace(i), Some.Context($"session-{i}"));
            }
        });

        var waited = await harness.WaitedUntilAsync(() => harness.Table.Observations.Count == 9);

        // Four quick repetitions of at most ten seconds each; then waits of one, two, four and eight until it is passed over.
        waited.ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(4 * 10 + 1 + 2 + 4 + 8));
        harness.Table.ResentRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Trouble_with_every_export_sets_nothing_aside_though_empty_ones_are_taken()
    {
        await using var harness = await ReadyAsync();
        harness.Langfuse.Fail(LangfuseFault.Answer(500) with { SparesProbes = true });
        harness.AddTurns(20);
        var requests = harness.Langfuse.Requests;
        await harness.UntilAsync(() => harness.Langfuse.Requests > requests + 150, step: TimeSpan.FromSeconds(20));
        harness.Loop.Progress.Undelivered.ShouldBe(60);

        harness.Langfuse.Recover();
        await harness.DrainAsync();
        harness.Table.Observations.Count.ShouldBe(60);
        harness.Loop.Progress.DeadLetters.ShouldBe(0);
    }

    [Fact]
    public async Task Killed_again_and_again_it_ends_with_every_observation_once_and_one_start()
    {
        await using var harness = await DeliveryHarness.CreateAsync(options => (options.MaxBatchSpans, options.InFlight) = (7, 3));
        harness.Langfuse.Delay = TimeSpan.FromMilliseconds(2);
        harness.AddTurns(200, sessions: 30);
        for (var round = 1; round <= 8; round++)
        {
            await harness.StartAsync();
            await harness.UntilAsync(() => harness.Table.Observations.Count >= round * 60);
            await harness.KillAsync();
        }

        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(600);
        harness.Table.DuplicateRows.ShouldBeEmpty();
        harness.Loop.Progress.DeadLetters.ShouldBe(0);
    }

    private static async Task<DeliveryHarness> ReadyAsync(Action<ClaudeBridge.Exporters.Langfuse.LangfuseOptions>? configure = null)
    {
        var harness = await DeliveryHarness.CreateAsync(configure);
        await harness.StartAsync();
        await harness.UntilNowAsync(() => harness.Log.Count("takes exports") == 1);
        return harness;
    }

    /// <summary>A limit for requests that never end. The others get none that counts: a slow machine must not run into it while the clock is moved.</summary>
    private static TimeSpan? LimitFor(string fault) => fault == "hang" ? TimeSpan.FromMinutes(2) : null;

    private static LangfuseFault Fault(string kind) =>
        kind switch
        {
            "hang" => LangfuseFault.Hang,
            "cut" => LangfuseFault.Cut,
            "lost answer" => LangfuseFault.LoseAnswer,
            "web page" => LangfuseFault.WebPage,
            "429" => LangfuseFault.TooMany("1"),
            "302" => LangfuseFault.Redirect("http://elsewhere.example/path?secret=1"),
            _ => LangfuseFault.Answer(int.Parse(kind, CultureInfo.InvariantCulture)),
        };
}
