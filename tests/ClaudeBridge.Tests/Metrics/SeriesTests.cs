using ClaudeBridge.Journal;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.Store;
using FsCheck;
using FsCheck.Fluent;
using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Tests.Metrics;

/// <summary>Sums of metric series in the store are those of the set of points.</summary>
public sealed class SeriesTests : IDisposable
{
    private const string Lines = "claude_code.lines_of_code.count";

    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Delta_points_add_up_exactly_and_a_repeated_one_counts_once()
    {
        var first = Some.Read(Some.Delta(Lines, At(0.1, 1), At(0.2, 2)));

        Apply(first).ShouldBe(0);
        Apply(first).ShouldBe(2);
        Apply(Some.Read(Some.Delta(Lines, At(0.7, 3)))).ShouldBe(0);

        Only().Sum.ShouldBe(1.0m);
        Only().Use.ShouldBe(PointUse.Delta);
    }

    [Fact]
    public void Of_two_values_for_one_point_the_larger_counts_whatever_the_order()
    {
        Apply(Some.Read(Some.Delta(Lines, At(5, 1)), Some.Cumulative("claude_code.commit.count", At(9, 2), At(10, 3))));
        Apply(Some.Read(Some.Delta(Lines, At(7, 1)), Some.Cumulative("claude_code.commit.count", At(9.5, 2)))).ShouldBe(0);
        Apply(Some.Read(Some.Delta(Lines, At(6, 1)))).ShouldBe(1);

        Sums().Select(static total => total.Sum).ShouldBe([7m, 10m]);
    }

    [Fact]
    public void Cumulative_points_are_differenced_and_a_fall_or_another_start_begins_anew()
    {
        Apply(
            Some.Read(
                Some.Cumulative(Lines, At(3, 1), At(8, 2), At(8, 3), At(2, 4), At(4, 5)),
                Some.Cumulative("claude_code.commit.count", At(5, 1, start: 1), At(6, 2, start: 1), At(5, 3, start: 2))
            )
        );

        Sums().Select(static total => total.Sum).ShouldBe([8m + 4m, 6m + 5m]);
    }

    [Fact]
    public void What_may_shrink_is_no_new_beginning()
    {
        Apply(Some.Read(Some.Sum("claude_code.open", AggregationTemporality.Cumulative, isMonotonic: false, At(5, 1), At(2, 2), At(3, 3))));

        Only().Sum.ShouldBe(3m);
    }

    [Fact]
    public void A_point_without_temporality_counts_as_delta_and_says_so()
    {
        Apply(Some.Read(Some.Sum(Lines, AggregationTemporality.Unspecified, points: [At(5, 1), At(2, 2)])));

        (Only().Sum, Only().Use).ShouldBe((7m, PointUse.InferredDelta));
    }

    [Fact]
    public void Of_a_gauge_the_last_point_by_time_stands()
    {
        Apply(Gauge(At(5, 100)));
        Apply(Gauge(At(9, 50, start: 7), At(3, 99)));
        Only().Sum.ShouldBe(5m);

        Apply(Gauge(At(1, 86_400)));
        Only().Sum.ShouldBe(1m);

        static ReadExport Gauge(params NumberDataPoint[] points) =>
            Some.Read(
                new Metric
                {
                    Name = "claude_code.level",
                    Gauge = new Gauge { DataPoints = { points } },
                }
            );
    }

    [Fact]
    public void Histograms_keep_sum_and_count()
    {
        Apply(
            Some.Read(
                new Metric
                {
                    Name = "gen_ai.client.operation.duration",
                    Unit = "s",
                    Histogram = new Histogram
                    {
                        AggregationTemporality = AggregationTemporality.Cumulative,
                        DataPoints = { Point(1, 1.5, 2), Point(2, 2.5, 3), Point(3, 0.5, 1) },
                    },
                }
            )
        );

        (Only().Sum, Only().Count, Only().Unit, Only().Shape).ShouldBe((3.0m, 4L, "s", MetricShape.Histogram));

        static HistogramDataPoint Point(int second, double sum, ulong count) =>
            new()
            {
                TimeUnixNano = Some.Noon + ((ulong)second * Some.Second),
                Sum = sum,
                Count = count,
                Attributes = { Some.Attributes([("session.id", "s1")]) },
            };
    }

    [Fact]
    public void Processes_of_one_session_are_series_of_their_own()
    {
        Apply(Some.Read(Some.Resource(("host.name", "a")), Some.Cumulative("claude_code.commit.count", At(3, 1))));
        Apply(Some.Read(Some.Resource(("host.name", "b")), Some.Cumulative("claude_code.commit.count", At(2, 2))));

        Sums().Sum(static total => total.Sum).ShouldBe(5m);
        Sums().Count.ShouldBe(2);
    }

    /// <summary>Each number is a point: which metric, which start, which time, which value; and where it is cut into requests and sent again.</summary>
    [Fact]
    public void Any_order_any_repetition_and_any_split_give_the_same_sums() =>
        Prop.ForAll(
                ArbMap.Default.ArbFor<int[]>(),
                seeds =>
                {
                    var points = seeds.Select(PointOf).ToList();
                    var random = new Random(seeds.Length == 0 ? 0 : seeds[0]);
                    var sent = points.Concat(points.Where(_ => random.Next(3) == 0)).ToArray();
                    random.Shuffle(sent);

                    using var store = new TestStore();
                    foreach (var request in sent.Chunk(1 + random.Next(5)))
                    {
                        var read = Some.Read([
                            .. request.Select(static point => Some.Sum(point.Metric, point.Temporality, true, point.Point)),
                        ]);
                        store.Writer.Apply([], new JournalPosition(store.Writer.Position.Value + 1), store.Now, read.Points);
                    }

                    var expected = Expected(points);
                    store.Writer.SumsOf(1).Select(static total => (total.Metric, total.Use, total.Sum)).Order().ToList().ShouldBe(expected);
                    DayPerDay(store).ShouldBe(ExpectedDays(points));
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_session_that_has_only_metrics_expires_with_all_that_belongs_to_it()
    {
        Apply(Some.Read(Some.Delta(Lines, At(5, 1))));
        var now = _store.Now;
        _store.Writer.SettleAll(now);

        _store.Writer.DeleteExpired(now, now, long.MaxValue, 10).ShouldBeEmpty();
        _store.Writer.DeleteExpired(now.AddSeconds(1), now.AddSeconds(1), long.MaxValue, 10).ShouldBe(["session:s1"]);

        Count("series").ShouldBe(0);
        Count("points").ShouldBe(0);
        Count("series_days").ShouldBe(0);
        Apply(Some.Read(Some.Delta(Lines, At(6, 1)))).ShouldBe(0);
        Only().Sum.ShouldBe(6m);
    }

    [Fact]
    public void A_point_that_cannot_be_taken_costs_itself_alone()
    {
        var read = Some.Read(Some.Delta(Lines, At(5, 1), At(6, 2)), Some.Delta("claude_code.commit.count", At(1, 3)));
        var (key, points) = read.Points.ShouldHaveSingleItem();
        var poison = points[0] with { Series = null! };
        var skipped = new List<MetricPoint>();
        var applier = new StepApplier(
            _store.Writer,
            _store.Options,
            (_, failure) => throw failure,
            onPointSkipped: (point, _) => skipped.Add(point)
        );

        applier.Apply([], new JournalPosition(9), _store.Now, [new(key, [poison, .. points])]);

        skipped.ShouldBe([poison]);
        Sums().Select(static total => total.Sum).ShouldBe([11m, 1m]);
        _store.Writer.Position.ShouldBe(new JournalPosition(9));
        applier.RepeatedPoints.ShouldBe(0);
    }

    [Fact]
    public void A_step_that_fails_leaves_neither_points_nor_position()
    {
        var read = Some.Read(Some.Delta(Lines, At(5, 1)));
        var broken = new SessionChange
        {
            SessionKey = "session:s1",
            NewFacts = [],
            Buckets = [],
            Traces = [null!],
            RemovedTraces = [],
            Duplicates = 0,
        };

        Should.Throw<NullReferenceException>(() => _store.Writer.Apply([broken], new JournalPosition(7), _store.Now, read.Points));
        Count("points").ShouldBe(0);
        _store.Writer.Position.ShouldBe(JournalPosition.Start);
        Apply(read).ShouldBe(0);
        Only().Sum.ShouldBe(5m);
    }

    [Theory]
    [InlineData("0.06883")]
    [InlineData("-12.5")]
    [InlineData("79228162514264337593543950335")]
    [InlineData("0.0000000000000000000000000001")]
    [InlineData("0")]
    public void An_exact_sum_is_written_and_read_back(string text)
    {
        ExactSum.Of(decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture)).ToString().ShouldBe(text);
        ExactSum.Read(text)!.Value.ToString().ShouldBe(text);
        ExactSum.Read("x" + text).ShouldBeNull();
        (ExactSum.Of(decimal.MaxValue) + ExactSum.Of(1) - ExactSum.Of(decimal.MaxValue)).ToDecimal().ShouldBe(1m);
        (ExactSum.Of(decimal.MaxValue) + ExactSum.Of(1)).ToDecimal().ShouldBe(decimal.MaxValue);
    }

    private static NumberDataPoint At(double value, int second, ulong start = 0) =>
        Some.Point(value, Some.Noon + ((ulong)second * Some.Second), start);

    private static (string Metric, AggregationTemporality Temporality, NumberDataPoint Point) PointOf(int seed)
    {
        var random = new Random(seed);
        var isDelta = random.Next(2) == 0;
        // Few starts, times and values, so that they meet; times reach over three days.
        var point = At(Math.Round(random.NextDouble() * 10, 1), random.Next(12) * 20_000, (ulong)random.Next(3));
        return (
            isDelta ? Lines : "claude_code.commit.count",
            isDelta ? AggregationTemporality.Delta : AggregationTemporality.Cumulative,
            point
        );
    }

    private static List<(string Metric, PointUse Use, decimal Sum)> Expected(
        IEnumerable<(string Metric, AggregationTemporality Temporality, NumberDataPoint Point)> points
    ) =>
        [
            .. Shares(points)
                .GroupBy(static share => share.Metric)
                .Select(static group =>
                    (group.Key, group.Key == Lines ? PointUse.Delta : PointUse.Cumulative, group.Sum(static share => share.Share))
                )
                .Order(),
        ];

    private static List<(string Metric, ulong Day, decimal Sum)> ExpectedDays(
        IEnumerable<(string Metric, AggregationTemporality Temporality, NumberDataPoint Point)> points
    ) =>
        [
            .. Shares(points)
                .GroupBy(static share => (share.Metric, Day: share.Time / 86_400_000_000_000))
                .Select(static group => (group.Key.Metric, group.Key.Day, Sum: group.Sum(static share => share.Share)))
                .Where(static day => day.Sum != 0)
                .Order(),
        ];

    /// <summary>The definition, as plainly as it can be said: all points of a start in order, each less the one before it unless it fell.</summary>
    private static IEnumerable<(string Metric, ulong Time, decimal Share)> Shares(
        IEnumerable<(string Metric, AggregationTemporality Temporality, NumberDataPoint Point)> points
    )
    {
        var kept = points
            .GroupBy(static point =>
                (point.Metric, point.Temporality, Start: point.Point.StartTimeUnixNano, Time: point.Point.TimeUnixNano)
            )
            .Select(static same => (same.Key, Value: same.Max(static point => (decimal)point.Point.AsDouble)));
        foreach (var run in kept.GroupBy(static point => (point.Key.Metric, point.Key.Temporality, point.Key.Start)))
        {
            var before = 0m;
            foreach (var (key, value) in run.OrderBy(static point => point.Key.Time))
            {
                yield return (
                    key.Metric,
                    key.Time,
                    key.Temporality == AggregationTemporality.Delta || value < before ? value : value - before
                );
                before = value;
            }
        }
    }

    private static List<(string Metric, ulong Day, decimal Sum)> DayPerDay(TestStore store)
    {
        using var read = new Statement(
            store.Database.Handle,
            "SELECT s.metric, d.day, d.sum FROM series s JOIN series_days d ON d.series = s.id"
        );
        var days = new List<(string, ulong, decimal)>();
        while (read.Step())
        {
            days.Add((read.Text(0), (ulong)read.Long(1), decimal.Parse(read.Text(2), System.Globalization.CultureInfo.InvariantCulture)));
        }

        return [.. days.Where(static day => day.Item3 != 0).Order()];
    }

    private int Apply(ReadExport read) =>
        _store.Writer.Apply([], new JournalPosition(_store.Writer.Position.Value + 1), _store.Now, read.Points);

    private IReadOnlyList<SeriesTotal> Sums() => _store.Writer.SumsOf(1);

    private SeriesTotal Only() => Sums().ShouldHaveSingleItem();

    private long Count(string table)
    {
        using var count = new Statement(_store.Database.Handle, $"SELECT COUNT(*) FROM {table}");
        return count.ReadLong() ?? -1;
    }
}
