using ClaudeBridge.Store;

namespace ClaudeBridge.Cli.Rendering;

/// <summary>One figure of totals, for people.</summary>
/// <param name="Text">The figure with counts written as the second argument does it; empty where there is none.</param>
internal sealed record TotalsColumn(string Header, Func<TotalsRow, Func<long, string>, string> Text);

/// <summary>What people are shown of totals, in this order.</summary>
internal static class TotalsColumns
{
    private const string Note = "Cost is the client's estimate, in US dollars; days are UTC.";

    private const string NoteOnResults =
        "Results is an estimate of what taking in the results cost: the new input of the requests that consumed them. It is a part of the cost of other rows.";

    /// <summary>Larger than anything that is meant.</summary>
    private const decimal LargestNumber = 1_000_000_000_000m;

    public static readonly TotalsColumn Sessions = new("Sessions", static (row, count) => count(row.Sessions));
    public static readonly TotalsColumn Turns = new("Turns", static (row, count) => count(row.Traces));
    public static readonly TotalsColumn Requests = new("Requests", static (row, count) => count(row.Generations));
    public static readonly TotalsColumn Tools = new("Tools", static (row, count) => count(row.Tools));
    public static readonly TotalsColumn Errors = new("Errors", static (row, count) => count(row.Errors));
    public static readonly TotalsColumn In = new(
        "In",
        static (row, count) => count(row.Usage.Input + row.Usage.CacheRead + row.Usage.CacheCreation)
    );
    public static readonly TotalsColumn Out = new("Out", static (row, count) => count(row.Usage.Output));
    public static readonly TotalsColumn Cost = new("Cost", static (row, _) => Texts.Cost(row.Cost));
    public static readonly TotalsColumn Results = new("Results, est.", static (row, _) => Texts.Cost(row.EstimatedCost));
    public static readonly TotalsColumn Lines = new(
        "Lines",
        static (row, count) => Pair(row.Metrics.LinesAdded, row.Metrics.LinesRemoved, count)
    );
    public static readonly TotalsColumn Edits = new(
        "Edits yes/no",
        static (row, count) => Decisions(row.Metrics.EditsAccepted, row.Metrics.EditsRejected, count)
    );
    public static readonly TotalsColumn Commits = new("Commits", static (row, count) => Number(row.Metrics.Commits, count));
    public static readonly TotalsColumn PullRequests = new("PRs", static (row, count) => Number(row.Metrics.PullRequests, count));
    public static readonly TotalsColumn Active = new(
        "Active",
        static (row, _) => Seconds(row.Metrics.ActiveSecondsUser + row.Metrics.ActiveSecondsCli)
    );

    private static readonly TotalsColumn[] s_all =
    [
        Sessions,
        Turns,
        Requests,
        Tools,
        Errors,
        In,
        Out,
        Cost,
        Results,
        Lines,
        Edits,
        Commits,
        PullRequests,
        Active,
    ];

    /// <summary>Those of a report: the estimate only where there is one.</summary>
    public static IReadOnlyList<TotalsColumn> Of(TotalsReport report) => HasEstimates(report) ? s_all : [.. s_all.Except([Results])];

    /// <summary>What must be said of the figures, one sentence or two.</summary>
    public static IEnumerable<string> Notes(TotalsReport report) => HasEstimates(report) ? [Note, NoteOnResults] : [Note];

    /// <summary>Rows, what the limit left out, and the sum, each with what stands in the columns of the dimensions.</summary>
    public static IEnumerable<(TotalsRow Row, IReadOnlyList<string> Labels, TotalsRowKind Kind)> Rows(TotalsReport report)
    {
        foreach (var row in report.Rows)
        {
            yield return (row, [.. report.By.Select(name => row.Key[name])], TotalsRowKind.Row);
        }

        if (report.Rest is { } rest)
        {
            yield return (rest, Labels("the rest"), TotalsRowKind.Rest);
        }

        yield return (report.Total, Labels("all"), TotalsRowKind.Total);

        IReadOnlyList<string> Labels(string label) => [.. report.By.Select((_, place) => place == 0 ? label : "")];
    }

    private static bool HasEstimates(TotalsReport report) => report.Rows.Any(static row => row.EstimatedCost is not null);

    private static string Number(decimal number, Func<long, string> count) => number == 0 ? "" : Count(number, count);

    private static string Pair(decimal added, decimal removed, Func<long, string> count) =>
        added == 0 && removed == 0 ? "" : $"+{Count(added, count)} -{Count(removed, count)}";

    private static string Decisions(decimal accepted, decimal rejected, Func<long, string> count) =>
        accepted == 0 && rejected == 0 ? "" : $"{Count(accepted, count)}/{Count(rejected, count)}";

    private static string Count(decimal number, Func<long, string> count) => count((long)Math.Clamp(number, -LargestNumber, LargestNumber));

    private static string Seconds(decimal seconds) =>
        seconds <= 0 ? "" : Texts.Duration(TimeSpan.FromSeconds((double)Math.Min(seconds, LargestNumber / 1_000)));
}

/// <summary>What a line of totals stands for.</summary>
internal enum TotalsRowKind
{
    /// <summary>One value of every dimension.</summary>
    Row,

    /// <summary>All rows beyond the limit.</summary>
    Rest,

    /// <summary>Everything.</summary>
    Total,
}
