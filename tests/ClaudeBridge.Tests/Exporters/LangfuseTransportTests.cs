using System.Text.Json;
using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Sessions;
using ClaudeBridge.Tests.Sessions;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.Tests.Exporters;

/// <summary>Two ways to Langfuse: which one is taken, and that both show the same.</summary>
public sealed class LangfuseTransportTests
{
    public static TheoryData<string?, string, bool> Editions =>
        new()
        {
            { "2.95.12", "", true },
            { "3.21.0", "", true },
            { "3.22.0", "", false },
            { "3.52.0", "", false },
            { "3.98.0", "", false },
            { "3.225.4", "", false },
            { "4.16.0", "events_only", false },
            { "4.16.0", "legacy", false },
            { "4.16.0", "dual", false },
        };

    [Theory]
    [MemberData(nameof(Editions))]
    public async Task Auto_takes_the_way_that_the_version_has(string? version, string mode, bool isLegacy)
    {
        await using var harness = await StartAsync(new LangfuseEdition(version, mode));
        AddTurns(harness, 3);
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(9);
        (harness.Langfuse.Ingestion.Batches > 0, harness.Langfuse.Exports > 0).ShouldBe((isLegacy, !isLegacy));
        harness.Log.Count("traces go by").ShouldBe(1);
        harness.Loop.Progress.Route.ShouldBe(isLegacy ? "the ingestion API" : "OTLP");
        harness.Langfuse.Ingestion.LastContentError.ShouldBeNull();
        harness.Langfuse.LastContentError.ShouldBeNull();
        harness.Table.Session("session-0").ShouldBe(new LangfuseSessionTotals(3, 9, 0.06883m * 6, 17_012 * 6, 800 * 6));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_look_alike_without_health_gets_OTLP_and_where_there_is_none_the_ingestion_API(bool otlp, bool ingestion)
    {
        await using var harness = await StartAsync(new LangfuseEdition(null) { Otlp = otlp, Ingestion = ingestion });
        AddTurns(harness, 3);
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(9);
        (harness.Langfuse.Exports > 0).ShouldBe(otlp);
        harness.Langfuse.Ingestion.LastContentError.ShouldBeNull();
    }

    [Fact]
    public async Task A_server_that_has_neither_is_paused_for_with_advice()
    {
        await using var harness = await StartAsync(new LangfuseEdition(null) { Otlp = false, Ingestion = false });
        AddTurns(harness, 1);
        await harness.UntilAsync(() => harness.Loop.Progress.State == DeliveryState.Paused);

        harness.Loop.Progress.PausedReason!.ShouldContain("no OTLP endpoint");

        harness.Langfuse.Edition = new LangfuseEdition(null) { Otlp = false };
        await harness.DrainAsync();
        harness.Table.Observations.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Wrong_keys_are_told_of_on_the_old_way_too()
    {
        await using var harness = await DeliveryHarness.CreateAsync(
            static options => options.SecretKey = "sk-lf-wrong",
            new LangfuseEdition("2.95.12")
        );
        await harness.StartAsync();
        AddTurns(harness, 1);
        await harness.UntilAsync(() => harness.Loop.Progress.State == DeliveryState.Paused);

        harness.Loop.Progress.PausedReason!.ShouldContain("LANGFUSE_SECRET_KEY");
        harness.Table.Observations.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("3.98.0", LangfuseTransport.Legacy, true)]
    [InlineData("4.16.0", LangfuseTransport.Otlp, false)]
    public async Task The_setting_goes_before_the_version(string version, LangfuseTransport transport, bool isLegacy)
    {
        await using var harness = await StartAsync(new LangfuseEdition(version), options => options.Transport = transport);
        AddTurns(harness, 2);
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(6);
        (harness.Langfuse.Exports == 0).ShouldBe(isLegacy);
    }

    [Fact]
    public async Task The_old_way_forced_upon_a_server_that_has_given_it_up_is_paused_and_nothing_is_set_aside()
    {
        await using var harness = await StartAsync(
            new LangfuseEdition("4.16.0"),
            static options => options.Transport = LangfuseTransport.Legacy
        );
        AddTurns(harness, 2);
        await harness.UntilAsync(() => harness.Loop.Progress.State == DeliveryState.Paused, TimeSpan.FromSeconds(5));
        var batches = harness.Langfuse.Ingestion.Batches;
        harness.Loop.Progress.PausedReason!.ShouldContain("Transport to auto");
        harness.Clock.Advance(TimeSpan.FromMinutes(3));
        harness.Langfuse.Ingestion.Batches.ShouldBe(batches, "it is not asked in vain");

        harness.Langfuse.Edition = new LangfuseEdition("4.16.0", "dual");
        await harness.UntilAsync(() => harness.Loop.Progress.IsDrained, TimeSpan.FromSeconds(20));
        harness.Table.Observations.Count.ShouldBe(6);
        harness.Loop.Progress.DeadLetters.ShouldBe(0);
        harness.Log.Count("is paused").ShouldBe(1);
    }

    [Fact]
    public async Task An_upgrade_that_nobody_noticed_shows_in_the_answer_and_the_same_batch_goes_over_OTLP()
    {
        await using var harness = await StartAsync(new LangfuseEdition("3.21.0"));
        AddTurns(harness, 2);
        await harness.DrainAsync();

        harness.Langfuse.Edition = new LangfuseEdition("4.16.0");
        harness.Feed.Add(Some.Generation(12, parent: 11) with { Output = "changed" }, Some.Trace(1), Some.Context("session-0"));
        harness.Feed.Add(Some.Root(71), Some.Trace(7));
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(7);
        harness.Table.DuplicateRows.ShouldBeEmpty();
        harness.Table.TakenRequests.ShouldBeInRange(1, 2);
        harness.Loop.Progress.DeadLetters.ShouldBe(0);
        harness.Loop.Progress.Route.ShouldBe("OTLP");
    }

    [Fact]
    public async Task An_upgrade_during_an_outage_moves_delivery_to_OTLP_and_what_was_sent_stays_as_it_is()
    {
        await using var harness = await StartAsync(new LangfuseEdition("2.95.12"));
        // A start that the old way cannot keep to the last digit.
        var odd = Some.Tool() with
        {
            StartUnixNano = Some.Tool().StartUnixNano + 123_456,
        };
        harness.Feed.Add(odd, Some.Trace());
        harness.Feed.Add(Some.Root(), Some.Trace());
        await harness.DrainAsync();
        harness.Langfuse.Ingestion.Fail(LangfuseFault.Answer(503));
        harness.Feed.Add(odd with { Output = "changed" }, Some.Trace());
        harness.Feed.Add(Some.Generation(), Some.Trace());
        await harness.UntilAsync(() => harness.Loop.Progress.State == DeliveryState.Waiting, TimeSpan.FromSeconds(5));
        await harness.UntilNowAsync(() => harness.IsWaiting);

        harness.Langfuse.Edition = new LangfuseEdition("4.16.0");
        harness.Langfuse.Ingestion.Fail(null);
        var batches = harness.Langfuse.Ingestion.Batches;
        await harness.DrainAsync();

        harness.Langfuse.Ingestion.Batches.ShouldBe(batches);
        harness.Table.DuplicateRows.ShouldBeEmpty();
        var rows = harness.Table.Observations.ToDictionary(static row => row.Name);
        rows.Keys.ShouldBe(["claude-code", "Bash", "claude-opus-4-8"], ignoreOrder: true);
        rows["Bash"].Output.ShouldBe("changed");
        rows["Bash"].Type.ShouldBe("tool");
        rows["claude-code"].Type.ShouldBe("span", "it was sent to Langfuse 2, and nothing of it changed");
        harness.Log.Count("go by OTLP now").ShouldBe(1);
    }

    [Fact]
    public async Task Health_that_is_away_at_the_start_holds_up_nothing_and_is_asked_again()
    {
        await using var harness = await DeliveryHarness.CreateAsync(edition: new LangfuseEdition("3.21.0"));
        await harness.Langfuse.DisposeAsync();
        await harness.StartAsync();
        AddTurns(harness, 1);
        await harness.UntilAsync(() => harness.Loop.Progress.State == DeliveryState.Waiting, TimeSpan.FromSeconds(5));

        await using var later = await LangfuseStandIn.StartAsync(port: harness.Langfuse.Address.Port);
        later.Edition = new LangfuseEdition("3.21.0");
        await harness.UntilAsync(() => harness.Loop.Progress.IsDrained, TimeSpan.FromSeconds(1));

        later.Table.Observations.Count.ShouldBe(3);
    }

    [Fact]
    public async Task An_update_wins_over_what_was_sent_before_and_repeats_no_envelope()
    {
        await using var harness = await StartAsync(new LangfuseEdition("3.21.0"));
        foreach (var output in (string[])["first", "second", "first"])
        {
            harness.Feed.Add(Some.Tool() with { Output = output }, Some.Trace());
            harness.Feed.Add(Some.Root() with { Output = output }, Some.Trace());
            await harness.DrainAsync();
            harness.Table.Observations.ShouldAllBe(row => row.Output == output);
        }

        harness.Table.Observations.Single(static row => row.IsRoot)["langfuse.trace.output"].ShouldBe("first");
        harness.Table.Observations.ShouldAllBe(static row => row.Deliveries == 3);
        harness.Langfuse.Ingestion.Repeated.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_refused_by_name_is_set_aside_and_what_failed_is_sent_again_alone()
    {
        await using var harness = await DeliveryHarness.CreateAsync(edition: new LangfuseEdition("3.21.0"));
        var failures = 2;
        harness.Langfuse.Ingestion.Judge = item =>
            Name(item) is not { } name ? 0
            : name == "scope" ? 401
            : name == "gone" ? 404
            : name == "bad" ? 400
            : name == "silent" && failures > 0 ? -1
            : name == "flaky" && failures-- > 0 ? 500
            : 0;
        harness.Feed.AtOnce(() =>
        {
            foreach (
                var (name, i) in ((string[])["scope", "gone", "bad", "flaky", "silent", "well", "good"]).Select(
                    static (name, i) => (name, i)
                )
            )
            {
                harness.Feed.Add(Some.Tool(i + 2) with { Name = name }, Some.Trace());
            }
        });
        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Table.Observations.Select(static row => row.Name).ShouldBe(["flaky", "silent", "well", "good"], ignoreOrder: true);
        harness.Table.ResentRows.ShouldBeEmpty();
        harness.Langfuse.Ingestion.Repeated.ShouldBeEmpty();
        harness.Ledger.DeadLetters().Select(static letter => letter.Status).ShouldBe([401, 404, 400], ignoreOrder: true);
    }

    [Fact]
    public async Task Too_large_for_one_request_is_split()
    {
        await using var harness = await DeliveryHarness.CreateAsync(edition: new LangfuseEdition("2.95.12"));
        // As JSON every line end takes two bytes, and a root stands in two events.
        harness.Feed.AtOnce(() =>
        {
            for (var turn = 1; turn <= 4; turn++)
            {
                harness.Feed.Add(Some.Root(turn) with { Output = new string('\n', 800_000) }, Some.Trace(turn));
            }
        });
        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(4);
        harness.Langfuse.Ingestion.MostBytes.ShouldBeLessThanOrEqualTo(3_500_000);
    }

    [Fact]
    public async Task Contents_that_are_objects_go_as_such_and_everything_else_as_text()
    {
        await using var harness = await StartAsync(new LangfuseEdition("3.21.0"));
        harness.Feed.Add(
            Some.Generation() with
            {
                Input = """[{"role":"user","content":"1"}]""",
                Output = "{not json",
                ModelParameters = new SortedDictionary<string, string> { ["effort"] = "high" },
                CompletionStartUnixNano = Some.Generation().StartUnixNano + 5_000_000,
            },
            Some.Trace()
        );
        harness.Feed.Add(Some.Tool() with { Input = "42", Output = "\"quoted\"" }, Some.Trace());
        harness.Feed.Add(Some.Root(), Some.Trace());
        await harness.DrainAsync();

        var rows = harness.Table.Observations.ToDictionary(static row => row.Name);
        (rows["claude-opus-4-8"].Input, rows["claude-opus-4-8"].Output).ShouldBe(("""[{"role":"user","content":"1"}]""", "{not json"));
        rows["claude-opus-4-8"]["langfuse.observation.model.parameters"].ShouldBe("""{"effort":"high"}""");
        (rows["Bash"].Input, rows["Bash"].Output).ShouldBe(("42", "\"quoted\""));
        rows["Bash"]["langfuse.observation.metadata.observation_type"].ShouldBe("tool");
        rows.Values.Select(static row => row["langfuse.user.id"]).Distinct().ShouldBe(["ada@example.com"]);
        rows.Values.Select(static row => row["langfuse.trace.metadata.organization_id"]).Distinct().ShouldBe(["org-1"]);
    }

    public static TheoryData<string> Recordings => [.. Recording.Names];

    [Theory]
    [MemberData(nameof(Recordings))]
    public async Task Both_ways_show_the_same_tree_tokens_and_cost(string recording)
    {
        var traces = Assembled.From(Recording.Open(recording).Requests.Select(static request => request.Decode())).All.ToList();
        var otlp = await ShownAsync(traces, new LangfuseEdition("3.225.4"), LangfuseTransport.Otlp);
        var legacy = await ShownAsync(traces, new LangfuseEdition("3.225.4"), LangfuseTransport.Legacy);
        var old = await ShownAsync(traces, new LangfuseEdition("2.95.12"), LangfuseTransport.Auto);

        legacy.Trees.ShouldBe(otlp.Trees);
        legacy.Totals.ShouldBe(otlp.Totals);
        old.Trees.ShouldBe(otlp.Trees.Select(static tree => tree.Replace("agent ", "span ").Replace("tool ", "span ")));
        old.Totals.ShouldBe(otlp.Totals);
        legacy.Contents.ShouldBe(otlp.Contents);
    }

    private static async Task<(List<string> Trees, List<LangfuseSessionTotals> Totals, List<string> Contents)> ShownAsync(
        List<TraceView> traces,
        LangfuseEdition edition,
        LangfuseTransport transport
    )
    {
        await using var harness = await StartAsync(edition, options => options.Transport = transport);
        harness.Feed.AtOnce(() =>
        {
            foreach (var trace in traces)
            {
                foreach (var observation in trace.Observations)
                {
                    harness.Feed.Add(observation, trace.Id, trace.Context);
                }
            }
        });
        await harness.DrainAsync();
        harness.Langfuse.Ingestion.LastContentError.ShouldBeNull();
        harness.Ledger.DeadLetters().Select(static letter => letter.Reason).ShouldBeEmpty();
        return (
            [.. traces.Select(trace => harness.Table.Tree(trace.Id.ToString()))],
            [.. traces.Select(static trace => trace.Context.SessionId).Distinct().Select(harness.Table.Session)],
            [
                .. harness
                    .Table.Observations.Select(static row =>
                        $"{row.Id} {row.Level} {row.Model} {row["langfuse.observation.status_message"]} {Plain(row.Input)} {Plain(row.Output)} {Facts(row)}"
                    )
                    .Order(StringComparer.Ordinal),
            ]
        );
    }

    /// <summary>Turns whose observations have ids of their own in the whole project, as the ingestion API needs them.</summary>
    private static void AddTurns(DeliveryHarness harness, int turns) =>
        harness.Feed.AtOnce(() =>
        {
            for (var turn = 1; turn <= turns; turn++)
            {
                var (id, context) = (turn * 10, Some.Context("session-0"));
                harness.Feed.Add(Some.Generation(id + 2, parent: id + 1), Some.Trace(turn), context);
                harness.Feed.Add(Some.Generation(id + 3, parent: id + 1), Some.Trace(turn), context);
                harness.Feed.Add(Some.Root(id + 1), Some.Trace(turn), context);
            }
        });

    private static string Facts(LangfuseRow row) =>
        string.Join(
            ' ',
            row.Attributes.Where(static pair =>
                    pair.Key.Contains("metadata", StringComparison.Ordinal) || pair.Key.EndsWith("tags", StringComparison.Ordinal)
                )
                .OrderBy(static pair => pair.Key, StringComparer.Ordinal)
                .Select(static pair => $"{pair.Key}={pair.Value}")
        );

    /// <summary>JSON in one way of writing it.</summary>
    private static string? Plain(string? text)
    {
        try
        {
            return text is ['{' or '[', ..] ? JsonSerializer.Serialize(JsonDocument.Parse(text).RootElement) : text;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static string? Name(JsonElement item) =>
        item.GetProperty("type").GetString() != "trace-create" && item.GetProperty("body").TryGetProperty("name", out var name)
            ? name.GetString()
            : null;

    private static async Task<DeliveryHarness> StartAsync(LangfuseEdition edition, Action<LangfuseOptions>? configure = null)
    {
        var harness = await DeliveryHarness.CreateAsync(configure, edition);
        await harness.StartAsync();
        return harness;
    }
}
