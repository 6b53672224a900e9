using System.Globalization;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;
using ClaudeBridge.Tests.Metrics;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.Store;
using Some = ClaudeBridge.Tests.Store.Some;

namespace ClaudeBridge.Tests.Figures;

public sealed class OverviewTests : IClassFixture<OverviewTests.FewSessions>
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly FewSessions _few;

    public OverviewTests(FewSessions few) => _few = few;

    public static TheoryData<string> Recordings => [.. Recording.Names];

    public static TheoryData<string> Filters => ["none", "user", "team", "model", "tool", "failed", "failed tool", "session", "no team"];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void An_overview_of_a_recording_is_what_a_plain_count_gives(string recording)
    {
        using var store = new TestStore();
        TotalsTests.AllRecordings.Add(store, recording);

        var report = Pages(store)
            .Overview(new OverviewRequest(new ViewFilter(), Time("2026-06-01T00:00:00Z"), Time("2027-06-01T00:00:00Z"), Day));

        var count = PlainCount.Of(recording);
        report.Total.Generations.ShouldBe(count.Requests);
        report.Total.Usage.ShouldBe(count.Usage);
        decimal.Parse(report.Total.Cost, CultureInfo.InvariantCulture).ShouldBe(count.Cost);
        report.Tools.Sum(static tool => tool.Calls).ShouldBe(count.Tools);
        report.Metrics.ShouldBe(count.Metrics);
        report.Steps.Count.ShouldBe(365);
        ShouldAddUp(report);
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void A_filtered_overview_is_what_the_observations_shown_add_up_to(string name)
    {
        var filter = name switch
        {
            "user" => new ViewFilter { User = "user-3" },
            "team" => new ViewFilter { Labels = [new("team", "team-2"), new("repository", "repo-3")] },
            "model" => new ViewFilter { Model = "claude-opus-5-5" },
            "tool" => new ViewFilter { Tool = "mcp__files__list" },
            "failed" => new ViewFilter { OnlyFailed = true },
            "failed tool" => new ViewFilter { Tool = "Bash", OnlyFailed = true },
            "session" => new ViewFilter { SessionId = "session-7" },
            "no team" => new ViewFilter { Labels = [new("team", "(none)")] },
            _ => new ViewFilter(),
        };
        var (from, to) = (Some.Time.AddDays(-30), Some.Time.AddDays(-3));

        var report = Pages(_few.Store).Overview(new OverviewRequest(filter, from, to, Day));

        var shown = _few.Turns.Where(turn => IsMeant(turn, filter)).ToList();
        var begin = new DateTimeOffset(from.UtcDateTime.Date, TimeSpan.Zero);
        var counted = shown
            .SelectMany(turn =>
                turn.Trace.Observations.Where(one => one.StartTime >= begin && one.StartTime < to)
                    .Select(one => (turn.Session, turn.Trace, One: one))
            )
            .ToList();
        var requests = counted.Where(static item => item.One.Type == "GENERATION").ToList();
        var calls = counted.Where(static item => item.One.Type == "TOOL").ToList();
        report.Total.Generations.ShouldBe(requests.Count);
        report.Total.Cost.ShouldBe(
            ExactCost.Text(requests.Sum(static item => decimal.Parse(item.One.Cost!, CultureInfo.InvariantCulture)))
        );
        report.Total.FailedGenerations.ShouldBe(requests.Count(static item => item.One.Level == "ERROR"));
        report.Total.Usage.Input.ShouldBe(requests.Sum(static item => item.One.Usage!.Input));
        report.Total.Sessions.ShouldBe(counted.Select(static item => item.Session.SessionId).Distinct().Count());
        report.Total.Traces.ShouldBe(counted.Select(static item => item.Trace.TraceId).Distinct().Count());
        report.Total.Latency.ShouldBe(Ranked(requests.Select(static item => item.One)));
        foreach (var tool in report.Tools)
        {
            var own = calls.Where(item => item.One.Name == tool.Key).ToList();
            tool.Calls.ShouldBe(own.Count);
            tool.Failed.ShouldBe(own.Count(static item => item.One.Level == "ERROR"));
            tool.Latency.ShouldBe(Ranked(own.Select(static item => item.One)));
        }

        report.Tools.Sum(static tool => tool.Calls).ShouldBe(calls.Count);
        report
            .Users.Select(static row => (row.Key, row.Generations))
            .ShouldBe(
                counted
                    .GroupBy(static item => item.Session.UserId!)
                    .Select(static user => (user.Key, (long)user.Count(static item => item.One.Type == "GENERATION"))),
                ignoreOrder: true
            );
        ShouldAddUp(report);
    }

    [Fact]
    public void Hours_days_and_their_limits()
    {
        var pages = Pages(_few.Store);
        var hours = pages.Overview(
            new OverviewRequest(new ViewFilter(), Some.Time.AddHours(-5).AddMinutes(20), Some.Time.AddMinutes(1), TimeSpan.FromHours(1))
        );
        hours.Steps.Count.ShouldBe(6);
        hours.Steps[0].Start.ShouldBe(Some.Time.AddHours(-5));
        ShouldAddUp(hours);

        pages.Overview(new OverviewRequest(new ViewFilter(), Some.Time, Some.Time, Day)).Steps.ShouldBeEmpty();
        Should.Throw<ArgumentException>(() =>
            pages.Overview(new OverviewRequest(new ViewFilter(), Some.Time, Some.Time.AddDays(1001), Day))
        );
        Should.Throw<ArgumentException>(() =>
            pages.Overview(new OverviewRequest(new ViewFilter(), Some.Time, Some.Time.AddDays(1), TimeSpan.FromMinutes(1)))
        );
        Should.NotThrow(() =>
            pages.Overview(new OverviewRequest(new ViewFilter(), DateTimeOffset.MaxValue.AddDays(-1), DateTimeOffset.MaxValue, Day))
        );
    }

    [Fact]
    public void A_late_record_changes_only_its_own_turn()
    {
        using var store = new TestStore();
        ManySessions.Add(store, 20);
        var request = new OverviewRequest(new ViewFilter(), Some.Time.AddDays(-90), Some.Time.AddDays(1), Day);
        var before = Pages(store).Overview(request);

        var late = Some.Observation(77, cost: 1.5m, usage: new Usage(1, 1, 1, 1)) with { Model = "late" };
        store.Apply(Some.Change(Some.Trace([Some.Root(), late], new TraceId(9), Some.Context("late"))));
        var after = Pages(store).Overview(request);
        store.Apply(Some.Change(Some.Trace([Some.Root()], new TraceId(9), Some.Context("late"))));
        var again = Pages(store).Overview(request);

        (after.Total.CostMicros - before.Total.CostMicros, after.Total.Generations - before.Total.Generations).ShouldBe((1_500_000L, 1L));
        after.Models.Single(static model => model.Key == "late").Sessions.ShouldBe(1);
        (again.Total.Cost, again.Total.Generations, again.Models.Count).ShouldBe(
            (before.Total.Cost, before.Total.Generations, before.Models.Count)
        );
    }

    [Fact]
    public void Estimates_by_tool_are_those_of_the_totals()
    {
        var report = Pages(_few.Store).Overview(new OverviewRequest(new ViewFilter(), Some.Time.AddDays(-90), Some.Time.AddDays(1), Day));
        var totals = _few.Store.Queries.Totals(new TotalsRequest { By = ["tool"] });

        foreach (var tool in report.Tools)
        {
            var row = totals.Rows.Single(row => row.Key["tool"] == tool.Key);
            (tool.EstimatedCost, tool.EstimatedCostMicros).ShouldBe((row.EstimatedCost, row.EstimatedCostMicros));
            row.EstimatedCostMicros.ShouldNotBeNull().ShouldBeGreaterThan(0);
        }

        totals.Total.EstimatedCostMicros.ShouldNotBeNull().ShouldBeLessThan(totals.Total.CostMicros);
        totals.Rows.Single(static row => row.Key["tool"] == "(none)").EstimatedCost.ShouldBeNull();
        _few.Store.Queries.Totals(new TotalsRequest { By = ["model"] }).Total.EstimatedCost.ShouldBeNull();
    }

    private static void ShouldAddUp(OverviewReport report)
    {
        foreach (var rows in new[] { report.Models, report.Users, report.Teams, report.Repositories })
        {
            rows.Sum(static row => decimal.Parse(row.Cost, CultureInfo.InvariantCulture))
                .ShouldBe(decimal.Parse(report.Total.Cost, CultureInfo.InvariantCulture));
            rows.Sum(static row => row.Generations).ShouldBe(report.Total.Generations);
            rows.Sum(static row => row.Requests).ShouldBe(report.Total.Requests);
            rows.Sum(static row => row.Usage.CacheRead).ShouldBe(report.Total.Usage.CacheRead);
        }

        report.Steps.Sum(static step => step.Requests).ShouldBe(report.Total.Requests);
        report.Steps.Sum(static step => step.Generations).ShouldBe(report.Total.Generations);
        report.Steps.Sum(static step => step.Usage.Output).ShouldBe(report.Total.Usage.Output);
        var usage = report.Total.Usage;
        report
            .Steps.SelectMany(static step => step.ByModel)
            .Sum(static share => share.Tokens)
            .ShouldBe(usage.Input + usage.Output + usage.CacheRead + usage.CacheCreation);
    }

    private static bool IsMeant((SessionDetail Session, TraceDetail Trace) turn, ViewFilter filter) =>
        (filter.User is null || turn.Trace.UserId == filter.User)
        && (filter.SessionId is null || turn.Session.SessionId == filter.SessionId)
        && filter.Labels.All(label =>
            label.Value == "(none)"
                ? !turn.Trace.Tags.Any(tag => tag.StartsWith(label.Key + ":", StringComparison.Ordinal))
                : turn.Trace.Tags.Contains($"{label.Key}:{label.Value}")
        )
        && (filter.Model is null || turn.Trace.Observations.Any(one => one.Model == filter.Model))
        && (
            filter.Tool is null
            || turn.Trace.Observations.Any(one =>
                one.Type == "TOOL" && one.Name == filter.Tool && (!filter.OnlyFailed || one.Level == "ERROR")
            )
        )
        && (!filter.OnlyFailed || turn.Trace.Observations.Any(static one => one.Level == "ERROR"));

    /// <summary>By sorting everything.</summary>
    private static Percentiles? Ranked(IEnumerable<ObservationDetail> observations)
    {
        var sorted = observations.Select(static one => Math.Floor((one.EndTime - one.StartTime).TotalMicroseconds) / 1000).Order().ToList();
        return sorted.Count == 0 ? null : new Percentiles(sorted.Count, At(0.5), At(0.9), At(0.99), sorted[^1]);

        double At(double share) => sorted[(int)Math.Ceiling(Math.Round(sorted.Count * share, 6)) - 1];
    }

    private static StorePages Pages(TestStore store) => StorePages.In(store.Folder);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    public sealed class FewSessions : IDisposable
    {
        public FewSessions()
        {
            ManySessions.Add(Store, 120, seed: 7);
            Turns =
            [
                .. Store
                    .Queries.Sessions()
                    .Select(session => Store.Queries.Session(session.SessionId)!)
                    .SelectMany(static session => session.TraceList.Select(trace => (session, trace))),
            ];
        }

        internal TestStore Store { get; } = new();

        internal IReadOnlyList<(SessionDetail Session, TraceDetail Trace)> Turns { get; }

        public void Dispose() => Store.Dispose();
    }
}
