using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store.Breakdowns;

/// <summary>A trace's figures by hour, model, tool, MCP server, skill and subagent: all that sums over many traces need of its observations.</summary>
internal static class Breakdown
{
    /// <summary>In the order of their keys: equal observations give equal entries.</summary>
    public static IReadOnlyList<BreakdownEntry> Of(IReadOnlyList<Observation> observations)
    {
        var agents = new AgentsAbove(observations);
        var estimates = ToolCostEstimate.Of(observations, agents);
        var entries = new Dictionary<BreakdownKey, BreakdownEntry>();
        foreach (var observation in observations)
        {
            if (KindOf(observation) is not { } kind)
            {
                continue;
            }

            var key = KeyOf(observation, kind, agents);
            if (!entries.TryGetValue(key, out var entry))
            {
                entries.Add(key, entry = new BreakdownEntry { Key = key });
            }

            entry.Add(observation, estimates.TryGetValue(observation.Id, out var estimate) ? estimate : null);
        }

        var sorted = entries.Values.ToList();
        sorted.Sort(static (one, other) => BreakdownKey.Compare(one.Key, other.Key));
        sorted.ForEach(static entry => entry.Durations.Sort());
        return sorted;
    }

    /// <summary>Null for what is in no sum. Roots are, so that a turn without requests counts as a turn; so is what has tokens or a cost, whatever it is.</summary>
    private static BreakdownKind? KindOf(Observation observation) =>
        observation.Type switch
        {
            ObservationType.Generation => BreakdownKind.Generation,
            ObservationType.Tool => BreakdownKind.Tool,
            _ when observation.Level == ObservationLevel.Error || observation.IsRoot => BreakdownKind.Other,
            _ when observation.Usage is not null || observation.Cost is not null => BreakdownKind.Other,
            _ => null,
        };

    private static BreakdownKey KeyOf(Observation observation, BreakdownKind kind, AgentsAbove agents) =>
        new(
            // Times beyond 2262 are negative numbers in the store.
            (long)observation.StartUnixNano / BreakdownKey.NanosPerHour,
            kind,
            observation.Model,
            kind == BreakdownKind.Tool ? observation.Name : null,
            observation.Metadata.GetValueOrDefault(ObservationLabel.McpServer),
            observation.Metadata.GetValueOrDefault(ObservationLabel.Skill),
            agents.NameOf(observation)
        );
}
