namespace ClaudeBridge.Dashboard.Charts;

/// <summary>Round marks for an axis that begins at zero.</summary>
internal static class Ticks
{
    private static readonly decimal[] Steps = [1, 2, 2.5m, 5, 10];

    /// <summary>Evenly spaced values from zero to the first that is not below <paramref name="highest"/>; at most <paramref name="most"/> steps.</summary>
    /// <param name="isWhole">Only whole numbers make sense.</param>
    public static IReadOnlyList<decimal> UpTo(decimal highest, int most = 4, bool isWhole = false)
    {
        if (highest <= 0)
        {
            return [0, 1];
        }

        var power = 1m;
        while (power * 10 * most <= highest)
        {
            power *= 10;
        }

        while (power * most > highest * 2 && power > 0.000001m)
        {
            power /= 10;
        }

        var step = Steps.Concat(Steps.Select(static step => step * 10)).Select(step => step * power).First(step => step * most >= highest);
        if (isWhole)
        {
            step = decimal.Ceiling(step);
        }

        var count = (int)decimal.Ceiling(highest / step);
        return [.. Enumerable.Range(0, count + 1).Select(index => index * step)];
    }
}
