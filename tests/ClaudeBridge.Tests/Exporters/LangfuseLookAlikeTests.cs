using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Sessions;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.Tests.Exporters;

/// <summary>Servers that are not quite Langfuse, and Langfuse behind things that are in the way.</summary>
public sealed class LangfuseLookAlikeTests
{
    public static TheoryData<string> Missing => ["405", "web page"];

    [Theory]
    [MemberData(nameof(Missing))]
    public async Task Whatever_says_that_there_is_no_OTLP_the_ingestion_API_is_tried(string missing)
    {
        await using var harness = await DeliveryHarness.CreateAsync(edition: new LangfuseEdition(null) { Otlp = true });
        harness.Langfuse.Fail(missing == "405" ? LangfuseFault.Answer(405) : LangfuseFault.WebPage);
        await harness.StartAsync();
        harness.Feed.Add(Some.Root(), Some.Trace());
        await harness.UntilAsync(() => harness.Loop.Progress.IsDrained, TimeSpan.FromSeconds(5));

        harness.Table.Observations.ShouldHaveSingleItem();
        harness.Loop.Progress.Route.ShouldBe("the ingestion API");
    }

    [Fact]
    public async Task A_version_of_its_own_does_not_keep_a_look_alike_from_the_ingestion_API()
    {
        await using var harness = await StartAsync(new LangfuseEdition("10.2.0", "legacy") { Otlp = false });
        harness.Feed.Add(Some.Root(), Some.Trace());
        await harness.DrainAsync();

        harness.Table.Observations.ShouldHaveSingleItem();
        harness.Log.Count("is paused").ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_tells_no_version_and_learns_OTLP_gets_it_when_the_ingestion_API_is_gone(bool isOff)
    {
        await using var harness = await StartAsync(new LangfuseEdition(null) { Otlp = false });
        harness.Feed.Add(Some.Root(11), Some.Trace(1));
        await harness.DrainAsync();
        if (isOff)
        {
            await harness.StopAsync();
        }

        harness.Langfuse.Edition = new LangfuseEdition(null) { Otlp = true, Ingestion = false };
        if (isOff)
        {
            await harness.StartAsync();
        }

        harness.Feed.Add(Some.Root(21), Some.Trace(2));
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(2);
        harness.Loop.Progress.Route.ShouldBe("OTLP");
        harness.Log.Count("is paused").ShouldBe(0);
    }

    [Fact]
    public async Task A_downgrade_shows_in_the_answer_and_the_same_batch_goes_the_old_way()
    {
        await using var harness = await StartAsync(new LangfuseEdition("4.16.0"));
        harness.Feed.Add(Some.Root(11), Some.Trace(1));
        await harness.DrainAsync();

        harness.Langfuse.Edition = new LangfuseEdition("2.95.12");
        harness.Feed.Add(Some.Root(21), Some.Trace(2));
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(2);
        harness.Log.Count("is paused").ShouldBe(0);
    }

    [Fact]
    public async Task Health_that_hangs_holds_up_the_first_request_only()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.Langfuse.HoldHealth = new TaskCompletionSource().Task;
        await harness.StartAsync();
        harness.Feed.Add(Some.Root(), Some.Trace());
        await harness.UntilAsync(() => harness.Loop.Progress.IsDrained, TimeSpan.FromSeconds(5));

        for (var turn = 2; turn <= 4; turn++)
        {
            harness.Clock.Advance(harness.Options.ProbeInterval * 2);
            harness.Feed.Add(Some.Root(), Some.Trace(turn));
            await harness.UntilNowAsync(() => harness.Loop.Progress.IsDrained);
        }
    }

    [Fact]
    public async Task An_error_that_quotes_the_words_of_another_server_is_an_error_like_any_other()
    {
        await using var harness = await DeliveryHarness.CreateAsync(edition: new LangfuseEdition("3.21.0"));
        harness.Langfuse.Ingestion.JudgedWords = "name: bad, got 'Event type not accepted'";
        harness.Langfuse.Ingestion.Judge = static item => item.GetProperty("body").GetProperty("name").GetString() == "bad" ? 400 : 0;
        harness.Feed.Add(Some.Tool(2) with { Name = "bad" }, Some.Trace());
        harness.Feed.Add(Some.Tool(3), Some.Trace());
        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Table.Observations.ShouldHaveSingleItem().Name.ShouldBe("Bash");
        harness.Ledger.DeadLetterCount.ShouldBe(1);
        harness.Loop.Progress.Route.ShouldBe("the ingestion API");
    }

    [Fact]
    public async Task An_answer_too_long_to_be_read_is_no_success()
    {
        await using var harness = await DeliveryHarness.CreateAsync(edition: new LangfuseEdition("3.21.0"));
        harness.Langfuse.Ingestion.FailNext(
            LangfuseFault.Answer(207),
            LangfuseFault.Answer(207) with
            {
                Body = """{"successes":[],"errors":[{"id":"x","status":500,"error":" """ + new string('x', 100_000) + "\"}]}",
            }
        );
        await harness.StartAsync();
        harness.Feed.Add(Some.Tool(), Some.Trace());
        await harness.DrainAsync();

        harness.Table.Observations.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("2.95.12")]
    [InlineData("3.21.0")]
    [InlineData("3.225.4")]
    public async Task Tokens_and_cost_of_what_is_no_generation_are_not_lost_on_the_old_way(string version)
    {
        await using var harness = await StartAsync(new LangfuseEdition(version), LangfuseTransport.Legacy);
        foreach (
            var (type, i) in ((ObservationType[])[ObservationType.Span, ObservationType.Tool, ObservationType.Agent]).Select(
                static (type, i) => (type, i)
            )
        )
        {
            harness.Feed.Add(Some.Generation(i + 2) with { Type = type }, Some.Trace(), Some.Context("session-0"));
        }

        harness.Feed.Add(Some.Root(), Some.Trace(), Some.Context("session-0"));
        await harness.DrainAsync();

        harness.Table.Session("session-0").ShouldBe(new LangfuseSessionTotals(1, 4, 0.06883m * 3, 17_012 * 3, 800 * 3));
        harness.Langfuse.Ingestion.LastContentError.ShouldBeNull();
    }

    [Fact]
    public async Task After_the_ledger_was_deleted_a_later_content_still_wins()
    {
        await using var harness = await StartAsync(new LangfuseEdition("3.21.0"));
        foreach (var output in (string[])["first", "second", "third"])
        {
            harness.Feed.Add(Some.Tool() with { Output = output }, Some.Trace());
            await harness.DrainAsync();
        }

        await harness.StopAsync();
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(harness.LedgerPath)!, "delivery.db*"))
        {
            File.Delete(file);
        }

        harness.Clock.Advance(TimeSpan.FromMinutes(1));
        await harness.StartAsync();
        harness.Feed.Add(Some.Tool() with { Output = "fourth" }, Some.Trace());
        await harness.DrainAsync();

        harness.Table.Observations.ShouldHaveSingleItem().Output.ShouldBe("fourth");
    }

    [Theory]
    [InlineData("""{"id":9007199254740993}""")]
    [InlineData("[1e400]")]
    [InlineData("[0.12345678901234567890]")]
    public async Task A_number_that_the_server_would_change_goes_as_it_was_written(string input)
    {
        await using var harness = await StartAsync(new LangfuseEdition("3.21.0"));
        harness.Feed.Add(Some.Tool() with { Input = input }, Some.Trace());
        await harness.DrainAsync();

        harness.Langfuse.Ingestion.LastContentError.ShouldBeNull();
        harness.Table.Observations.ShouldHaveSingleItem().Input.ShouldBe(input);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(63)]
    public async Task Contents_however_deep_arrive(int depth)
    {
        await using var harness = await StartAsync(new LangfuseEdition("3.21.0"));
        var input = new string('[', depth) + new string(']', depth);
        harness.Feed.Add(Some.Tool() with { Input = input, Output = "half \ud83d a pair" }, Some.Trace());
        await harness.DrainAsync();

        harness.Table.Observations.ShouldHaveSingleItem().Input.ShouldBe(input);
        harness.Ledger.DeadLetterCount.ShouldBe(0);
    }

    [Theory]
    [InlineData("Prod Env!")]
    [InlineData("Langfuse-Prod")]
    public async Task Long_and_strange_ids_are_the_same_on_traces_and_scores(string environment)
    {
        foreach (var transport in (LangfuseTransport[])[LangfuseTransport.Legacy, LangfuseTransport.Otlp])
        {
            var session = "sitzung-äöü-" + new string('x', 500);
            await using var harness = await DeliveryHarness.CreateAsync(
                options => (options.Transport, options.Environment) = (transport, environment),
                new LangfuseEdition("3.98.0")
            );
            await harness.StartAsync(withScores: true);
            harness.Feed.Add(
                Some.Root(),
                Some.Trace(),
                Some.Context(session) with
                {
                    UserId = "ü" + new string('u', 300),
                    Tags = ["ort:Köln" + new string('t', 300)],
                    Metadata = new SortedDictionary<string, string>
                    {
                        ["a.b-c"] = "1",
                        ["a_b_c"] = "2",
                        ["__proto__"] = "3",
                        ["é"] = "4",
                    },
                }
            );
            harness.Feed.Add(
                Some.Scores(session, ("huge", 79_228_162_514_264_337_593_543_950_335m), ("tiny", 0.0000000000000000000000000001m)) with
                {
                    Environment = null,
                }
            );
            await harness.DrainAsync();

            harness.Langfuse.Ingestion.LastContentError.ShouldBeNull();
            var row = harness.Table.Observations.ShouldHaveSingleItem();
            harness.Table.Scores.Count.ShouldBe(2);
            harness.Table.Scores.ShouldAllBe(score =>
                score.SessionId == row["langfuse.session.id"] && score.Environment == row["langfuse.environment"]
            );
        }
    }

    private static async Task<DeliveryHarness> StartAsync(LangfuseEdition edition, LangfuseTransport transport = LangfuseTransport.Auto)
    {
        var harness = await DeliveryHarness.CreateAsync(options => options.Transport = transport, edition);
        await harness.StartAsync();
        return harness;
    }
}
