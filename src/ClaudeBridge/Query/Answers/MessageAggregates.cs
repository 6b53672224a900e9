using ClaudeBridge.Query.Http;
using ClaudeBridge.Store;

namespace ClaudeBridge.Query.Answers;

/// <summary>Model requests added up by group. The JSON names are those that other dashboards for Claude Code use: add, never rename.</summary>
/// <param name="GroupBy">As the caller named them.</param>
/// <param name="From">As the caller gave it.</param>
internal sealed record MessageAggregate(
    string Type,
    IReadOnlyList<string> GroupBy,
    IReadOnlyList<string> Metric,
    string? From,
    string? To,
    IReadOnlyList<MessageGroup> Data
);

/// <param name="Key">The values of the group with <c> / </c> between them.</param>
/// <param name="Group">The value by group.</param>
/// <param name="Value">The first metric.</param>
/// <param name="Values">All metrics by name.</param>
internal sealed record MessageGroup(
    string Key,
    IReadOnlyDictionary<string, string> Group,
    decimal Value,
    IReadOnlyDictionary<string, decimal> Values
);

/// <summary><c>/api/v1/messages/aggregate</c>, as analytics endpoints of other dashboards have it, over the same totals as <c>/api/totals</c>.</summary>
internal static class MessageAggregates
{
    /// <summary>A hundred-millionth of a dollar, a millionth of a cent.</summary>
    private const decimal MicroCentsPerDollar = 100_000_000m;

    /// <summary>Digits after the point of an average.</summary>
    private const int AverageDigits = 6;

    private const string Metadata = "metadata.";

    private static readonly (string Name, Func<TotalsRow, decimal> Of)[] Figures =
    [
        ("costMicrocents", static row => decimal.Round(TotalsMetric.CostOf(row) * MicroCentsPerDollar)),
        ("costUsd", TotalsMetric.CostOf),
        ("inputTokens", static row => row.Usage.Input),
        ("outputTokens", static row => row.Usage.Output),
        ("cacheReadTokens", static row => row.Usage.CacheRead),
        ("cacheCreationTokens", static row => row.Usage.CacheCreation),
        ("totalTokens", static row => TotalsMetric.TokensOf(row.Usage)),
    ];

    private static readonly Dictionary<string, Func<TotalsRow, decimal>> Metrics = Figures
        .SelectMany(static figure =>
            new KeyValuePair<string, Func<TotalsRow, decimal>>[]
            {
                new($"sum({figure.Name})", figure.Of),
                new(
                    $"avg({figure.Name})",
                    row => row.Generations == 0 ? 0 : decimal.Round(figure.Of(row) / row.Generations, AverageDigits)
                ),
            }
        )
        .Append(new("count()", static row => row.Generations))
        .ToDictionary(StringComparer.Ordinal);

    public static readonly Parameter Type = Parameter.Choice("type", "Model requests are all there is.", "ai.generation", "ai.generation");

    public static readonly Parameter GroupBy = Parameter.Text(
        "groupBy",
        "model, user (also metadata.user.name), session, day, any other dimension of /api/totals, or metadata.KEY for a key of metadata or tags; several with commas or repeated. Without any there is one group.",
        "model"
    ) with
    {
        IsList = true,
    };

    public static readonly Parameter Metric = Parameter.Choice(
        "metric",
        "What is added up, several with commas or repeated. costMicrocents are millionths of a cent: US dollars times 100 000 000.",
        "count()",
        [.. Metrics.Keys]
    ) with
    {
        IsList = true,
    };

    public static readonly Parameter From = CommonParameters.From with
    {
        Description = "The first moment that counts, by the start of requests; cut to the beginning of its hour.",
    };

    public static readonly Parameter To = CommonParameters.To with
    {
        Description = "The end: a day, which counts as a whole, or the first moment that does not count any more, at the end of its hour.",
    };

    public static async Task AnswerAsync(ApiCall call)
    {
        var groups = call.Arguments.List(GroupBy);
        var dimensions = groups.Select(DimensionOf).ToList();
        TotalsAnswers.Check(call, GroupBy, dimensions);
        if (dimensions.Distinct(StringComparer.Ordinal).Count() < dimensions.Count)
        {
            throw ApiProblemException.Wrong(GroupBy.Name, "Two of the groups are the same.");
        }

        IReadOnlyList<string> metrics = call.Arguments.Has(Metric) ? call.Arguments.List(Metric) : [call.Arguments.Required(Metric)];
        var (from, to) = Filters.Times(call);
        var request = new TotalsRequest
        {
            By = dimensions,
            Tenant = call.Tenant,
            FromTime = from,
            ToTime = to,
        };
        var report = await call.Parts.Gate.AskAsync(() => call.Parts.Queries.Totals(request), call.Cancelled);
        await call.WriteAsync(
            new MessageAggregate(
                call.Arguments.Required(Type),
                groups,
                metrics,
                call.Arguments.Text(CommonParameters.From),
                call.Arguments.Text(CommonParameters.To),
                [.. report.Rows.Where(IsOfRequests).Select(row => GroupOf(row, groups, dimensions, metrics))]
            ),
            QueryJson.Compact.MessageAggregate
        );
    }

    /// <summary>Rows of tools and metrics alone are none of model requests.</summary>
    private static bool IsOfRequests(TotalsRow row) => row.Generations > 0 || TotalsMetric.TokensOf(row.Usage) > 0 || row.Cost != "0";

    private static MessageGroup GroupOf(
        TotalsRow row,
        IReadOnlyList<string> groups,
        IReadOnlyList<string> dimensions,
        IReadOnlyList<string> metrics
    ) =>
        new(
            string.Join(" / ", dimensions.Select(name => row.Key[name])),
            groups.Zip(dimensions).ToDictionary(static pair => pair.First, pair => row.Key[pair.Second], StringComparer.Ordinal),
            Metrics[metrics[0]](row),
            metrics.ToDictionary(static metric => metric, metric => Metrics[metric](row), StringComparer.Ordinal)
        );

    private static string DimensionOf(string group) =>
        group switch
        {
            "metadata.user.name" or "metadata.user.id" or "metadata.user.email" or "userId" => "user",
            "metadata.session.id" or "sessionId" => "session",
            _ when group.StartsWith(Metadata, StringComparison.Ordinal) => group[Metadata.Length..],
            _ when Dimension.Known.Contains(group) => group,
            _ => throw ApiProblemException.Wrong(
                GroupBy.Name,
                $"'{group}' is no group; these are: {string.Join(", ", Dimension.Known)}, metadata.user.name and metadata.KEY."
            ),
        };
}
