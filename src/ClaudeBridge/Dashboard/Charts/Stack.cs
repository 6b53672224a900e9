namespace ClaudeBridge.Dashboard.Charts;

/// <summary>One kind of thing over time; a value for every step.</summary>
/// <param name="Label">Its name in the legend.</param>
/// <param name="Class">Its colour: a class of the style sheet.</param>
internal sealed record Series(string Label, string Class, IReadOnlyList<long> Values)
{
    public decimal Total => Values.Sum(static value => (decimal)value);
}

/// <summary>A piece of a stacked bar, as shares of the height: zero is the axis, one the top.</summary>
internal readonly record struct Piece(int Series, double From, double To);

/// <summary>Puts the values of each step on top of each other.</summary>
internal static class Stack
{
    public static decimal Highest(IReadOnlyList<Series> series, int steps) =>
        Enumerable.Range(0, steps).Select(step => SumAt(series, step)).DefaultIfEmpty(0).Max();

    public static decimal SumAt(IReadOnlyList<Series> series, int step) => series.Sum(one => (decimal)Math.Max(0, one.Values[step]));

    /// <summary>The pieces of one step, from the axis upwards; what is nothing has none.</summary>
    public static IEnumerable<Piece> PiecesOf(IReadOnlyList<Series> series, int step, decimal top)
    {
        var below = 0m;
        for (var index = 0; index < series.Count; index++)
        {
            var value = (decimal)Math.Max(0, series[index].Values[step]);
            if (value > 0)
            {
                yield return new(index, (double)(below / top), (double)((below + value) / top));
            }

            below += value;
        }
    }
}
