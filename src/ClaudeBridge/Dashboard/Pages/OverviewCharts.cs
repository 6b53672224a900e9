using ClaudeBridge.Dashboard.Charts;
using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary>Cost and tokens over time.</summary>
internal static class OverviewCharts
{
    /// <summary>Models with a colour of their own; the rest shares one.</summary>
    private const int Colours = 7;

    /// <summary>Steps that a chart keeps, however few of them hold something.</summary>
    private const int Fewest = 14;

    /// <summary>The report from its first step with anything on, so that few days of work do not stand at the end of an empty axis.</summary>
    public static OverviewReport FromFirst(OverviewReport report)
    {
        var empty = report
            .Steps.TakeWhile(static step => step.ByModel.All(static share => share.CostMicros == 0) && Html.Tokens.Sum(step.Usage) == 0)
            .Count();
        return report with { Steps = [.. report.Steps.Skip(Math.Max(0, Math.Min(empty, report.Steps.Count - Fewest)))] };
    }

    public static StackedBars Cost(PageContext page, OverviewPage.Period period, OverviewReport report) =>
        new("cost", "Cost by model (estimate)", Starts(report), period.Step, ByModel(report))
        {
            Form = static dollars => Format.Money((long)(dollars * 1_000_000)),
            Mark = static dollars => "$" + dollars.ToString("#,0.######", System.Globalization.CultureInfo.InvariantCulture),
            Unit = 1_000_000,
            LinkOf = Link(page, period),
            Since = SinceOf(period, report),
        };

    public static StackedBars Tokens(PageContext page, OverviewPage.Period period, OverviewReport report) =>
        new(
            "tokens",
            "Tokens",
            Starts(report),
            period.Step,
            [
                new("Cache read", "t1", [.. report.Steps.Select(static step => step.Usage.CacheRead)]),
                new("Cache write", "t2", [.. report.Steps.Select(static step => step.Usage.CacheCreation)]),
                new("Input", "t3", [.. report.Steps.Select(static step => step.Usage.Input)]),
                new("Output", "t4", [.. report.Steps.Select(static step => step.Usage.Output)]),
            ]
        )
        {
            Form = Format.Short,
            IsWhole = true,
            LinkOf = Link(page, period),
            Since = SinceOf(period, report),
        };

    /// <summary>The dearest models first, the others together.</summary>
    internal static IReadOnlyList<Series> ByModel(OverviewReport report)
    {
        var models = report
            .Steps.SelectMany(static step => step.ByModel)
            .GroupBy(static share => share.Key)
            .OrderByDescending(static group => group.Sum(static share => (decimal)share.CostMicros))
            .ThenBy(static group => group.Key, StringComparer.Ordinal)
            .Select(static group => group.Key)
            .ToArray();
        var named = models.Take(models.Length <= Colours + 1 ? Colours + 1 : Colours).ToArray();
        List<Series> series =
        [
            .. named.Select((model, index) => new Series(model, $"s{index + 1}", ValuesOf(report, key => key == model))),
        ];
        if (models.Length > named.Length)
        {
            series.Add(new($"{models.Length - named.Length} others", $"s{Colours + 1}", ValuesOf(report, key => !named.Contains(key))));
        }

        return series;
    }

    private static long[] ValuesOf(OverviewReport report, Func<string, bool> isMeant) =>
        [.. report.Steps.Select(step => step.ByModel.Where(share => isMeant(share.Key)).Sum(static share => share.CostMicros))];

    /// <summary>Where the axis begins, when that is later than the period.</summary>
    private static DateTimeOffset? SinceOf(OverviewPage.Period period, OverviewReport report) =>
        report.Steps.Count > 0 && report.Steps[0].Start > period.From ? report.Steps[0].Start : null;

    private static DateTimeOffset[] Starts(OverviewReport report) => [.. report.Steps.Select(static step => step.Start)];

    private static Func<DateTimeOffset, string> Link(PageContext page, OverviewPage.Period period) =>
        start => page.Query.Link(Paths.Turns, ("from", Format.Iso(start)), ("to", Format.Iso(start + period.Step)));
}
