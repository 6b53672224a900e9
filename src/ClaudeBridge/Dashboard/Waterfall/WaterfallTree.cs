using System.Globalization;
using ClaudeBridge.Store;

namespace ClaudeBridge.Dashboard.Waterfall;

/// <summary>One line of a waterfall.</summary>
/// <param name="Depth">Zero for what stands at the top.</param>
/// <param name="Left">Where its bar begins, as a share of the whole time.</param>
/// <param name="Width">How much of the whole time it took.</param>
/// <param name="Waited">How much of it, before the bar, a person was waited for.</param>
/// <param name="Below">What is nested below it adds up to.</param>
internal sealed record WaterfallRow(ObservationDetail Observation, int Depth, double Left, double Width, double Waited, Below Below);

/// <summary>Sums over everything nested below an observation, itself left out.</summary>
internal sealed record Below(int Observations, int Errors, long CostMicros);

/// <summary>Orders a trace's observations as a tree, each before what is below it, by start.</summary>
internal static class WaterfallTree
{
    public static IReadOnlyList<WaterfallRow> Of(IReadOnlyList<ObservationDetail> observations, DateTimeOffset start, DateTimeOffset end)
    {
        var known = observations.Select(static observation => observation.Id).ToHashSet(StringComparer.Ordinal);
        var children = observations
            .OrderBy(static observation => observation.StartTime)
            .ToLookup(observation =>
                observation.ParentId is { } parent && parent != observation.Id && known.Contains(parent) ? parent : ""
            );
        var ordered = new List<(ObservationDetail Observation, int Depth)>(observations.Count);
        var pending = new Stack<(ObservationDetail Observation, int Depth)>(children[""].Reverse().Select(static root => (root, 0)));
        // Every observation has one parent, so each is met once; those in a circle are met by none and would be left out.
        while (pending.TryPop(out var next))
        {
            ordered.Add(next);
            foreach (var child in children[next.Observation.Id].Reverse())
            {
                pending.Push((child, next.Depth + 1));
            }
        }

        return Measure(ordered, start, end);
    }

    /// <summary>
    /// How long a person was waited for before it ran; zero when nobody said. What settings or a hook decided (within milliseconds) waited for no person.
    /// </summary>
    public static TimeSpan WaitOf(ObservationDetail observation) =>
        IsOfPerson(observation.Metadata.GetValueOrDefault("decision_source"))
        && observation.Metadata.TryGetValue("waited_ms", out var text)
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, 31L * 24 * 3600 * 1000))
            : TimeSpan.Zero;

    /// <summary>A person decides as <c>user_temporary</c>, <c>user_reject</c> and so on; where nobody decided, somebody is still waited for.</summary>
    private static bool IsOfPerson(string? source) => source?.StartsWith("user", StringComparison.Ordinal) ?? true;

    private static WaterfallRow[] Measure(
        List<(ObservationDetail Observation, int Depth)> ordered,
        DateTimeOffset start,
        DateTimeOffset end
    )
    {
        var whole = Math.Max(1, (end - start).TotalMilliseconds);
        var rows = new WaterfallRow[ordered.Count];
        // From the last line upwards, so that what is below a line is summed before the line itself.
        var sums = new Stack<(int Depth, Below Sum)>();
        for (var index = ordered.Count - 1; index >= 0; index--)
        {
            var (observation, depth) = ordered[index];
            var below = new Below(0, 0, 0);
            while (sums.TryPeek(out var inner) && inner.Depth > depth)
            {
                below = Add(below, sums.Pop().Sum);
            }

            sums.Push((depth, Add(below, new(1, observation.Level == "ERROR" ? 1 : 0, observation.CostMicros ?? 0))));
            var left = Share((observation.StartTime - start).TotalMilliseconds, whole);
            rows[index] = new(
                observation,
                depth,
                left,
                Math.Min(1 - left, Share((observation.EndTime - observation.StartTime).TotalMilliseconds, whole)),
                Math.Min(left, Share(WaitOf(observation).TotalMilliseconds, whole)),
                below
            );
        }

        return rows;
    }

    private static double Share(double part, double whole) => Math.Clamp(part / whole, 0, 1);

    private static Below Add(Below one, Below other) =>
        new(one.Observations + other.Observations, one.Errors + other.Errors, one.CostMicros + other.CostMicros);
}
