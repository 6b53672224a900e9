using System.Diagnostics;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Breakdowns;
using ClaudeBridge.Store.Pages;
using ClaudeBridge.Tests.Store;
using Some = ClaudeBridge.Tests.Store.Some;

namespace ClaudeBridge.Tests.Figures;

/// <summary>Run by hand: what sums over many sessions cost.</summary>
public sealed class FiguresThroughput(ITestOutputHelper output)
{
    [Fact(Explicit = true)]
    public void Milliseconds_an_answer()
    {
        using var store = new TestStore();
        ManySessions.Add(store);
        foreach (var days in new[] { 1, 7, 30, 90 })
        {
            Measure(
                $"overview, {days} days",
                connection =>
                {
                    using var reader = new OverviewReader(
                        connection.Handle!,
                        new OverviewRequest(
                            new ViewFilter(),
                            Some.Time.AddDays(-days),
                            Some.Time.AddHours(1),
                            days == 1 ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1)
                        )
                    );
                    return reader.Read();
                }
            );
        }

        foreach (var by in new[] { "model", "user", "day,model", "tool", "agent", "terminal" })
        {
            Measure(
                $"totals by {by}",
                connection =>
                {
                    using var reader = new TotalsReader(connection.Handle!, new TotalsRequest { By = by.Split(',') });
                    return reader.Read();
                }
            );
        }

        void Measure(string what, Func<Microsoft.Data.Sqlite.SqliteConnection, object> ask)
        {
            var best = TimeSpan.MaxValue;
            for (var i = 0; i < 8; i++)
            {
                var cpu = Process.GetCurrentProcess().TotalProcessorTime;
                using var connection = store.Database.OpenReader();
                _ = ask(connection);
                var spent = Process.GetCurrentProcess().TotalProcessorTime - cpu;
                best = spent < best ? spent : best;
            }

            output.WriteLine($"{what}: {best.TotalMilliseconds:0} ms of processor time, the best of 8");
        }
    }
}
