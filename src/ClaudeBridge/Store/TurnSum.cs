using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store;

/// <summary>Adds up what stands below the root of one turn.</summary>
internal static class TurnSum
{
    public static TurnFigures Of(TraceSummary trace, ObservationId root, QueryReader reader)
    {
        // Mostly the trace is the turn, and its sums are kept.
        var sum = reader.RootsOf(trace.Row) > 1 ? TraceTotals.Of(Below(root, reader.ObservationsOf(trace.Row))) : trace.Totals;
        return new TurnFigures(
            sum.Generations,
            sum.Tools,
            sum.Errors,
            new UsageSummary(sum.Input, sum.Output, sum.CacheRead, sum.CacheCreation),
            sum.Cost
        );
    }

    private static List<Observation> Below(ObservationId root, List<Observation> observations)
    {
        var children = observations.Where(static one => one.ParentId is not null).ToLookup(static one => one.ParentId!.Value);
        var found = new List<Observation>();
        var seen = new HashSet<ObservationId> { root };
        var open = new Queue<ObservationId>([root]);
        while (open.TryDequeue(out var parent))
        {
            foreach (var child in children[parent].Where(child => seen.Add(child.Id)))
            {
                found.Add(child);
                open.Enqueue(child.Id);
            }
        }

        return found;
    }
}
