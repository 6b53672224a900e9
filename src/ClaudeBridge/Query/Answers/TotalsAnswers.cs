using ClaudeBridge.Query.Http;
using ClaudeBridge.Store;

namespace ClaudeBridge.Query.Answers;

/// <summary><c>/api/totals</c>: what <c>report</c> prints, one figure of it, or the sums of everything.</summary>
internal static class TotalsAnswers
{
    private const string Dashboard = "dashboard";

    /// <summary>What stands for every dimension in the CSV row of the rest.</summary>
    public const string Rest = "(rest)";

    public static readonly Parameter By = Parameter.Text(
        "by",
        $"What to break down by, several with commas or repeated: {string.Join(", ", Dimension.Known)}, or any other key of a trace's metadata or tags. Without any there is one row.",
        "day,model"
    ) with
    {
        IsList = true,
    };

    public static readonly Parameter Metric = Parameter.Choice(
        "metric",
        "One figure a row as 'value', the largest first; all figures when it is left out. 'cost' is the client's estimate; 'estimated_cost', by tool, mcp_server or skill alone, estimates what their results cost: the new input of the requests that consumed them.",
        null,
        [.. TotalsMetric.All.Select(static metric => metric.Name)]
    );

    public static readonly Parameter Format = Parameter.Choice(
        CommonParameters.FormatName,
        "JSON, CSV with a header, or 'dashboard': one object with the sums that dashboards show at their top.",
        "json",
        "json",
        "csv",
        Dashboard
    );

    public static Parameter Limit(QueryOptions options) =>
        Parameter.Number(
            "limit",
            "Rows at most; what stands below is added up as 'rest'.",
            1,
            options.MaxTotalsRows,
            options.MaxTotalsRows
        );

    public static async Task AnswerAsync(ApiCall call)
    {
        var arguments = call.Arguments;
        var limit = arguments.Number(Limit(call.Parts.Options));
        var metric = TotalsMetric.All.FirstOrDefault(known => known.Name == arguments.Text(Metric));
        var isDashboard = arguments.Text(Format) == Dashboard;
        var by = arguments.List(By);
        Check(call, By, by);
        var request = RequestOf(call, by) with
        {
            // By another figure than the cost other rows may be the largest.
            Limit = metric is null ? limit : null,
        };
        if (metric == TotalsMetric.EstimatedCost && !by.Any(static name => Dimension.Of(name).HasEstimates))
        {
            throw ApiProblemException.Wrong(Metric.Name, "'estimated_cost' is known by tool, mcp_server and skill alone.");
        }

        if (isDashboard && (arguments.Has(By) || metric is not null))
        {
            throw ApiProblemException.Wrong(Format.Name, "'format=dashboard' takes neither 'by' nor 'metric'.");
        }

        var report = await call.Parts.Gate.AskAsync(() => call.Parts.Queries.Totals(request), call.Cancelled);
        if (isDashboard)
        {
            await call.WriteAsync(DashboardTotals.Of(report), QueryJson.Compact.DashboardTotals);
        }
        else if (metric is not null)
        {
            await WriteAsync(call, MeasuredTotals.Of(report, metric, limit));
        }
        else
        {
            await WriteAsync(call, report);
        }
    }

    /// <exception cref="ApiProblemException">A name is none, or they are too many.</exception>
    public static void Check(ApiCall call, Parameter parameter, IReadOnlyList<string> names)
    {
        if (names.Count > call.Parts.Options.MaxDimensions)
        {
            throw ApiProblemException.Wrong(parameter.Name, $"At most {call.Parts.Options.MaxDimensions} may be named.");
        }

        if (names.FirstOrDefault(static name => !Dimension.IsName(name)) is { } bad)
        {
            throw ApiProblemException.Wrong(parameter.Name, $"'{bad}' is no name of a dimension.");
        }
    }

    /// <exception cref="ApiProblemException">The times cannot be used.</exception>
    public static TotalsRequest RequestOf(ApiCall call, IReadOnlyList<string> by)
    {
        var (from, to) = Filters.Times(call);
        return new TotalsRequest
        {
            By = by,
            Tenant = call.Tenant,
            From = from is { } first ? DayOf(first, CommonParameters.FromDay) : null,
            To = to is { } end ? DayOf(end, CommonParameters.ToDay).AddDays(-1) : null,
        };
    }

    private static DateOnly DayOf(DateTimeOffset time, Parameter parameter) =>
        time.TimeOfDay == TimeSpan.Zero
            ? DateOnly.FromDateTime(time.UtcDateTime)
            : throw ApiProblemException.Wrong(
                parameter.Name,
                $"'{parameter.Name}' must be a day such as 2026-11-20, or the time at which one begins (UTC): totals are kept by whole days."
            );

    private static Task WriteAsync(ApiCall call, TotalsReport report)
    {
        if (call.MediaType != MediaType.Csv)
        {
            return call.WriteAsync(report, QueryJson.Compact.TotalsReport);
        }

        IEnumerable<TotalsRow> rest = report.Rest is { } row ? [row with { Key = RestKey(report.By) }] : [];
        return call.WriteCsvAsync(report.Rows.Concat(rest), [.. KeyColumns<TotalsRow>(report.By, static row => row.Key), .. Figures]);
    }

    private static Task WriteAsync(ApiCall call, MeasuredTotals totals)
    {
        if (call.MediaType != MediaType.Csv)
        {
            return call.WriteAsync(totals, QueryJson.Compact.MeasuredTotals);
        }

        IEnumerable<MeasuredRow> rest = totals.Rest is { } value ? [new(RestKey(totals.By), value)] : [];
        return call.WriteCsvAsync(
            totals.Rows.Concat(rest),
            [.. KeyColumns<MeasuredRow>(totals.By, static row => row.Key), new("value", static row => row.Value)]
        );
    }

    private static Dictionary<string, string> RestKey(IReadOnlyList<string> by) =>
        by.ToDictionary(static name => name, static _ => Rest, StringComparer.Ordinal);

    public static IEnumerable<Column<T>> KeyColumns<T>(IReadOnlyList<string> by, Func<T, IReadOnlyDictionary<string, string>> key) =>
        by.Select(name => new Column<T>("key." + name, row => key(row).GetValueOrDefault(name)));

    /// <summary>What CSV has of a row, here and in <c>report</c>.</summary>
    public static IReadOnlyList<Column<TotalsRow>> Figures { get; } =
    [
        new("sessions", static row => row.Sessions),
        new("traces", static row => row.Traces),
        new("generations", static row => row.Generations),
        new("tools", static row => row.Tools),
        new("errors", static row => row.Errors),
        .. SharedColumns.Usage<TotalsRow>(static row => row.Usage),
        new("cost", static row => ExactNumber.Of(row.Cost)),
        new("costMicros", static row => row.CostMicros),
        new("estimatedCost", static row => ExactNumber.Of(row.EstimatedCost)),
        new("estimatedCostMicros", static row => row.EstimatedCostMicros),
        .. SharedColumns.Metrics<TotalsRow>(static row => row.Metrics),
    ];
}
