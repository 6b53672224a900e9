using System.Globalization;
using ClaudeBridge.Journal;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.Store;

namespace ClaudeBridge.Tests.Metrics;

public sealed class TotalsTests : IClassFixture<TotalsTests.AllRecordings>
{
    private readonly AllRecordings _all;

    public TotalsTests(AllRecordings all) => _all = all;

    public static TheoryData<string> Dimensions =>
        [.. Dimension.Known, "terminal", "os", "no_such_key", "day,model", "session,tool,language"];

    public static TheoryData<string> Recordings => [.. Recording.Names];

    [Theory]
    [MemberData(nameof(Dimensions))]
    public void The_rows_of_any_dimension_add_up_to_the_total(string by)
    {
        var report = _all.Totals(by.Split(','));

        report.Rows.ShouldNotBeEmpty();
        report.Total.ShouldBeSums(_all.Totals().Total);
        Sum(report.Rows).ShouldBeSums(report.Total);
        report.Rows.Select(static row => string.Join('\n', row.Key.Values)).ShouldBeUnique();

        var limited = _all.Totals(new TotalsRequest { By = by.Split(','), Limit = 1 });
        Sum([.. limited.Rows, .. limited.Rest is { } rest ? new[] { rest } : []]).ShouldBeSums(report.Total);
        limited.Rows.ShouldHaveSingleItem();
        (limited.Rest is null).ShouldBe(report.Rows.Count == 1);
        limited.Total.ShouldBeSums(report.Total);
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void The_total_is_what_a_plain_count_over_the_recording_gives(string recording)
    {
        using var store = new TestStore();
        AllRecordings.Add(store, recording);

        var total = store.Queries.Totals(new TotalsRequest { By = [] }).Total;

        var count = PlainCount.Of(recording);
        total.Generations.ShouldBe(count.Requests);
        total.Usage.ShouldBe(count.Usage);
        decimal.Parse(total.Cost, CultureInfo.InvariantCulture).ShouldBe(count.Cost);
        total.CostMicros.ShouldBe((long)Math.Round(count.Cost * 1_000_000m, MidpointRounding.ToEven));
        total.Tools.ShouldBe(count.Tools);
        total.Metrics.ShouldBe(count.Metrics);
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Every_series_of_a_recording_has_the_sum_of_a_plain_count(string recording)
    {
        using var store = new TestStore();
        AllRecordings.Add(store, recording);

        var sums = Enumerable
            .Range(1, store.SessionRows())
            .SelectMany(row => store.Writer.SumsOf(row))
            .GroupBy(static total =>
                total.Metric + " " + string.Join(' ', total.Attributes.Select(static pair => $"{pair.Key}={pair.Value}"))
            )
            .ToDictionary(static group => group.Key, static group => group.Sum(static total => total.Sum));

        sums.ShouldBe(PlainCount.Of(recording).Series, ignoreOrder: true);
    }

    [Fact]
    public void Sums_by_session_are_those_of_the_list_of_sessions()
    {
        var bySession = _all.Totals("session").Rows.ToDictionary(static row => row.Key["session"]);
        foreach (var session in _all.Store.Queries.Sessions())
        {
            var row = bySession[session.SessionId];
            (row.Generations, row.Tools, row.Errors, row.Traces).ShouldBe(
                (session.Generations, session.Tools, session.Errors, session.Traces)
            );
            (row.Usage, row.Cost, row.CostMicros).ShouldBe((session.Usage, session.Cost, session.CostMicros));
            row.Metrics.ShouldBe(session.Metrics);
            _all.Store.Queries.Session(session.SessionId)!.Metrics.ShouldBe(session.Metrics);
        }
    }

    [Fact]
    public void Starts_under_a_session_that_nothing_followed_count_though_it_is_not_shown()
    {
        var shown = _all.Store.Queries.Sessions().Select(static session => session.SessionId).ToHashSet();
        var thrownAway = _all.Totals("session").Rows.Where(row => !shown.Contains(row.Key["session"])).ToList();

        thrownAway.ShouldContain(static row => row.Metrics.SessionsStarted == 1 && row.Sessions == 0);
        _all.Totals().Total.Sessions.ShouldBe(shown.Count);
    }

    [Fact]
    public void Each_dimension_finds_its_values()
    {
        Values("model").ShouldContain("claude-opus-5-5");
        Values("tool").ShouldContain("Bash");
        Values("team").ShouldContain("checkout");
        Values("department").ShouldContain("engineering");
        Values("cost_center").ShouldContain("cc-4711");
        Values("environment").ShouldContain("dev");
        Values("version").ShouldContain("2.0.10");
        Values("agent").ShouldContain("general-purpose");
        Values("mcp_server").Count.ShouldBeGreaterThan(1);
        Values("day").ShouldAllBe(static day => day.StartsWith("2026-"));
        var language = _all.Totals("language").Rows.First(static row => row.Key["language"] == "Python");
        language.Metrics.EditsAccepted.ShouldBeGreaterThan(0);
        language.Generations.ShouldBe(0);

        List<string> Values(string by) => [.. _all.Totals(by).Rows.Select(row => row.Key[by])];
    }

    [Fact]
    public void Days_are_taken_whole_and_split_the_total_without_rest()
    {
        using var store = new TestStore();
        var first = new DateOnly(2026, 11, 19);
        store.Apply(
            ClaudeBridge.Tests.Store.Some.Change(
                ClaudeBridge.Tests.Store.Some.Trace([
                    At(1, "2026-11-19T23:59:59.9999999Z", 0.1m),
                    At(2, "2026-11-20T00:00:00Z", 0.2m),
                    At(3, "2026-11-20T23:59:59Z", 0.4m),
                    At(4, "2026-11-21T00:00:00Z", 0.8m),
                ])
            )
        );
        store.Apply(
            Some.Read(
                Some.Delta(
                    "claude_code.commit.count",
                    Some.Point(1, Nano("2026-11-19T23:59:59.9999999Z")),
                    Some.Point(2, Nano("2026-11-20T00:00:00Z")),
                    Some.Point(4, Nano("2026-11-21T00:00:00Z"))
                )
            )
        );

        var days = store.Queries.Totals(new TotalsRequest { By = ["day"] });
        days.Rows.Select(static row => (row.Key["day"], row.Cost, row.Metrics.Commits))
            .ShouldBe([("2026-11-21", "0.8", 4m), ("2026-11-20", "0.6", 2m), ("2026-11-19", "0.1", 1m)]);
        Of(first, first).ShouldBe(("0.1", 1m));
        Of(first.AddDays(1), first.AddDays(1)).ShouldBe(("0.6", 2m));
        Of(first.AddDays(1), null).ShouldBe(("1.4", 6m));
        Of(null, first.AddDays(1)).ShouldBe(("0.7", 3m));
        Of(DateOnly.MinValue, DateOnly.MaxValue).ShouldBe(("1.5", 7m));
        Of(new DateOnly(1600, 1, 1), new DateOnly(2300, 1, 1)).ShouldBe(("1.5", 7m));
        Of(new DateOnly(2300, 1, 1), null).ShouldBe(("0", 0m));
        Of(null, new DateOnly(1600, 1, 1)).ShouldBe(("0", 0m));

        (string, decimal) Of(DateOnly? from, DateOnly? to)
        {
            var total = store
                .Queries.Totals(
                    new TotalsRequest
                    {
                        By = ["model"],
                        From = from,
                        To = to,
                    }
                )
                .Total;
            return (total.Cost, total.Metrics.Commits);
        }

        static ulong Nano(string time) => Clock.ToUnixNano(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture));

        static Observation At(ulong id, string time, decimal cost) =>
            ClaudeBridge.Tests.Store.Some.Observation(id, cost: cost, usage: new Usage(1, 1, 0, 0)) with
            {
                StartUnixNano = Nano(time),
                EndUnixNano = Nano(time),
            };
    }

    [Fact]
    public void Programs_that_use_the_same_session_id_have_sessions_of_their_own()
    {
        using var store = new TestStore();
        var context = ClaudeBridge.Tests.Store.Some.Context();
        store.Apply(
            ClaudeBridge.Tests.Store.Some.Change(
                ClaudeBridge.Tests.Store.Some.Trace([ClaudeBridge.Tests.Store.Some.Observation(1)], new(1), context),
                ClaudeBridge.Tests.Store.Some.Trace([ClaudeBridge.Tests.Store.Some.Observation(2)], new(2), context),
                ClaudeBridge.Tests.Store.Some.Trace(
                    [ClaudeBridge.Tests.Store.Some.Observation(3)],
                    new(3),
                    context with
                    {
                        Service = "bot",
                    }
                )
            )
        );

        store.Queries.Totals(new TotalsRequest { By = ["service"] }).Total.Sessions.ShouldBe(2);
        store.Queries.Totals(new TotalsRequest { By = ["session"] }).Total.Sessions.ShouldBe(1);
        store.Queries.Sessions().Count.ShouldBe(2);
    }

    [Fact]
    public void A_name_that_is_none_is_refused_and_one_that_nobody_knows_is_none()
    {
        Should.Throw<ArgumentException>(() => _all.Totals("a'b"));
        _all.Totals("nobody.knows").Rows.ShouldHaveSingleItem().Key.ShouldBe([new("nobody.knows", "(none)")]);
    }

    private static TotalsRow Sum(IReadOnlyList<TotalsRow> rows) =>
        new()
        {
            Key = Observation.EmptyText,
            Sessions = 0,
            Traces = 0,
            Generations = rows.Sum(static row => row.Generations),
            Tools = rows.Sum(static row => row.Tools),
            Errors = rows.Sum(static row => row.Errors),
            Usage = new UsageSummary(
                rows.Sum(static row => row.Usage.Input),
                rows.Sum(static row => row.Usage.Output),
                rows.Sum(static row => row.Usage.CacheRead),
                rows.Sum(static row => row.Usage.CacheCreation)
            ),
            Cost = ExactCost.Text(rows.Sum(static row => decimal.Parse(row.Cost, CultureInfo.InvariantCulture))),
            CostMicros = 0,
            Metrics = new MetricSums
            {
                LinesAdded = rows.Sum(static row => row.Metrics.LinesAdded),
                LinesRemoved = rows.Sum(static row => row.Metrics.LinesRemoved),
                Commits = rows.Sum(static row => row.Metrics.Commits),
                PullRequests = rows.Sum(static row => row.Metrics.PullRequests),
                ActiveSecondsUser = rows.Sum(static row => row.Metrics.ActiveSecondsUser),
                ActiveSecondsCli = rows.Sum(static row => row.Metrics.ActiveSecondsCli),
                EditsAccepted = rows.Sum(static row => row.Metrics.EditsAccepted),
                EditsRejected = rows.Sum(static row => row.Metrics.EditsRejected),
                SessionsStarted = rows.Sum(static row => row.Metrics.SessionsStarted),
            },
        };

    /// <summary>All recordings in one store.</summary>
    public sealed class AllRecordings : IDisposable
    {
        public AllRecordings()
        {
            foreach (var recording in Recording.Names)
            {
                Add(Store, recording);
            }
        }

        internal TestStore Store { get; } = new();

        public TotalsReport Totals(params string[] by) => Totals(new TotalsRequest { By = by });

        public TotalsReport Totals(TotalsRequest request) => Store.Queries.Totals(request);

        public void Dispose() => Store.Dispose();

        internal static void Add(TestStore store, string recording)
        {
            var applier = new StepApplier(
                store.Writer,
                store.Options,
                static (_, failure) => throw failure,
                onPointSkipped: static (_, failure) => throw failure
            );
            foreach (var request in Recording.Open(recording).Requests)
            {
                var read = RecordReader.Read(request.Decode(), store.Now);
                applier.Apply(read.Sessions, new JournalPosition(store.Writer.Position.Value + 1), store.Now, read.Points);
            }
        }
    }
}

internal static class TotalsAssertions
{
    public static void ShouldBeSums(this TotalsRow row, TotalsRow expected)
    {
        (row.Generations, row.Tools, row.Errors).ShouldBe((expected.Generations, expected.Tools, expected.Errors));
        row.Usage.ShouldBe(expected.Usage);
        row.Cost.ShouldBe(expected.Cost);
        row.Metrics.ShouldBe(expected.Metrics);
    }

    public static void Apply(this TestStore store, ReadExport read) =>
        store.Writer.Apply([], new JournalPosition(store.Writer.Position.Value + 1), store.Now, read.Points);

    public static int SessionRows(this TestStore store)
    {
        using var last = new Statement(store.Database.Handle, "SELECT MAX(id) FROM sessions");
        return (int)(last.ReadLong() ?? 0);
    }
}
