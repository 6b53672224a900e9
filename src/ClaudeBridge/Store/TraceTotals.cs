using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store;

/// <summary>The sums over the observations of one or more traces. Costs are exact.</summary>
internal readonly record struct TraceTotals(
    int Generations,
    int Tools,
    int Errors,
    long Input,
    long Output,
    long CacheRead,
    long CacheCreation,
    decimal Cost
)
{
    public UsageSummary Usage => new(Input, Output, CacheRead, CacheCreation);

    /// <summary>Eight columns of a row, in the order of their names here.</summary>
    public static TraceTotals Read(Statement row, int first) =>
        new(
            row.Int(first),
            row.Int(first + 1),
            row.Int(first + 2),
            row.Long(first + 3),
            row.Long(first + 4),
            row.Long(first + 5),
            row.Long(first + 6),
            ExactCost.Read(row.Text(first + 7))
        );

    public static TraceTotals Of(IReadOnlyList<Observation> observations)
    {
        var sum = default(TraceTotals);
        foreach (var observation in observations)
        {
            sum += Of(observation);
        }

        return sum;
    }

    public static TraceTotals operator +(TraceTotals one, TraceTotals other) =>
        new(
            one.Generations + other.Generations,
            one.Tools + other.Tools,
            one.Errors + other.Errors,
            one.Input + other.Input,
            one.Output + other.Output,
            one.CacheRead + other.CacheRead,
            one.CacheCreation + other.CacheCreation,
            ExactCost.Add(one.Cost, other.Cost)
        );

    /// <summary>A request counts once it was paid for; a tool call once it was answered or refused, so not while only an accepting decision is known.</summary>
    /// <remarks>A root that is a request or a tool itself, as other programs have them, fails for itself; other roots show what failed below them.</remarks>
    public static TraceTotals Of(ObservationType type, ObservationLevel level, Readiness readiness, Usage? usage, decimal? cost) =>
        new(
            type == ObservationType.Generation && usage is not null ? 1 : 0,
            type == ObservationType.Tool && readiness != Readiness.AwaitsEnd ? 1 : 0,
            level == ObservationLevel.Error && (readiness != Readiness.Root || type is not (ObservationType.Agent or ObservationType.Span))
                ? 1
                : 0,
            usage?.Input ?? 0,
            usage?.Output ?? 0,
            usage?.CacheRead ?? 0,
            usage?.CacheCreation ?? 0,
            cost ?? 0
        );

    private static TraceTotals Of(Observation observation) =>
        Of(observation.Type, observation.Level, observation.Readiness, observation.Usage, observation.Cost);
}
