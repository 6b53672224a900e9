using ClaudeBridge.Store.Breakdowns;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Tests.Store;

/// <summary>Percentiles are exact, however many durations there are and however they came.</summary>
public sealed class DurationRanksTests
{
    [Theory]
    [InlineData(1, 1_000_000)]
    [InlineData(1_000, 1_000_000)]
    [InlineData(200_000, 5)]
    [InlineData(200_000, 3_000)]
    [InlineData(200_000, int.MaxValue)]
    public void They_are_the_nearest_ranks_of_all_that_came(int count, int distinct)
    {
        var random = new Random(count ^ distinct);
        List<long> all = [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(distinct))];
        var (whole, part) = (new DurationRanks(), new DurationRanks());
        foreach (var some in all.Chunk(700))
        {
            (random.Next(2) == 0 ? whole : part).Add([.. some]);
        }

        whole.Add(part);

        all.Sort();
        whole.Ranked().ShouldBe(new Percentiles(count, Rank(50), Rank(90), Rank(99), all[^1] / 1000.0));

        double Rank(int percent) => all[(int)Math.Ceiling(count * (percent / 100m)) - 1] / 1000.0;
    }
}
