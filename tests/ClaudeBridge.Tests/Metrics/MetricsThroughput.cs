using System.Diagnostics;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.Store;
using StoreSome = ClaudeBridge.Tests.Store.Some;

namespace ClaudeBridge.Tests.Metrics;

/// <summary>Run by hand: what totals and metric points cost.</summary>
public sealed class MetricsThroughput(ITestOutputHelper output)
{
    [Fact(Explicit = true)]
    public void Milliseconds_for_totals_over_ten_thousand_traces()
    {
        using var store = new TestStore();
        for (var session = 0; session < 100; session++)
        {
            var context = StoreSome.Context($"session-{session}");
            store.Apply(
                StoreSome.Change([
                    .. Enumerable
                        .Range(0, 100)
                        .Select(i =>
                            StoreSome.Trace(
                                [
                                    StoreSome.Root(atSecond: i),
                                    .. Enumerable
                                        .Range(1, 8)
                                        .Select(k =>
                                            StoreSome.Observation(
                                                (ulong)k,
                                                k % 2 == 0 ? ObservationType.Tool : ObservationType.Generation,
                                                cost: k % 2 == 0 ? null : 0.045377999999999995m,
                                                usage: k % 2 == 0 ? null : new Usage(1, 2, 3, 4)
                                            )
                                        ),
                                ],
                                new TraceId(new UInt128((ulong)session, (ulong)i)),
                                context
                            )
                        ),
                ])
            );
        }

        foreach (var by in new[] { "model", "team", "day,session", "agent" })
        {
            _ = store.Queries.Totals(new TotalsRequest { By = by.Split(',') });
            var best = Enumerable
                .Range(0, 3)
                .Min(_ =>
                {
                    var since = Stopwatch.GetTimestamp();
                    store.Queries.Totals(new TotalsRequest { By = by.Split(',') }).Total.Generations.ShouldBe(40_000);
                    return Stopwatch.GetElapsedTime(since);
                });
            output.WriteLine($"by {by}: {best.TotalMilliseconds:0} ms");
        }
    }

    [Fact(Explicit = true)]
    public void Microseconds_a_point_of_200_sessions_with_30_series_each()
    {
        foreach (var isCumulative in new[] { false, true })
        {
            using var store = new TestStore();
            var spent = TimeSpan.Zero;
            var read = TimeSpan.Zero;
            for (var minute = 0; minute < 20; minute++)
            {
                var time = Some.Noon + ((ulong)minute * 60 * Some.Second);
                foreach (var sessions in Enumerable.Range(0, 200).Chunk(20))
                {
                    var exports = sessions
                        .Select(session =>
                        {
                            var points = Enumerable
                                .Range(0, 30)
                                .Select(k =>
                                    Some.Point(minute + 0.1, time, 1, ("session.id", $"s{session}"), ("type", $"t{k}"), ("model", "opus"))
                                )
                                .ToArray();
                            return Some.Export(
                                Some.Resource(("team.id", "blue")),
                                isCumulative
                                    ? Some.Cumulative("claude_code.token.usage", points)
                                    : Some.Delta("claude_code.token.usage", points)
                            );
                        })
                        .ToList();
                    var since = Stopwatch.GetTimestamp();
                    var points = exports.SelectMany(export => RecordReader.Read(export, store.Now).Points).ToList();
                    read += Stopwatch.GetElapsedTime(since);
                    since = Stopwatch.GetTimestamp();
                    store.Writer.Apply([], new ClaudeBridge.Journal.JournalPosition(store.Writer.Position.Value + 1), store.Now, points);
                    spent += Stopwatch.GetElapsedTime(since);
                }
            }

            const int Points = 20 * 200 * 30;
            output.WriteLine(
                $"{(isCumulative ? "cumulative" : "delta")}: {read.TotalMicroseconds / Points:0.0} µs reading, {spent.TotalMicroseconds / Points:0.0} µs storing a point"
            );
        }
    }
}
