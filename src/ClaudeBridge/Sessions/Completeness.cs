using System.Globalization;
using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions;

/// <summary>How far the figures of a session can be trusted.</summary>
public enum Completeness : byte
{
    /// <summary>Nothing says that anything is missing.</summary>
    Complete = 1,

    /// <summary>Something did not arrive: the figures are too low, or a turn has no beginning or end.</summary>
    Partial = 2,

    /// <summary>The events tell of more than the client's own metrics counted.</summary>
    Conflict = 3,
}

/// <param name="Reasons">In words, for a person; empty when complete.</param>
public sealed record CompletenessVerdict(Completeness Completeness, IReadOnlyList<string> Reasons)
{
    /// <summary>The word as it is shown: <c>complete</c>, <c>partial</c>, <c>conflict</c>.</summary>
    public string Word => Completeness.ToString().ToLowerInvariant();
}

/// <summary>Judges whether all of a session arrived: by the gaps in the client's counter, by turns without beginning or end, and by its metrics.</summary>
/// <remarks>Metrics only check the events; they are never added to them. A session whose client sends no metrics is judged without.</remarks>
internal static class CompletenessRules
{
    /// <summary>Events carry millionths of a dollar, metrics the unrounded sum: each request may differ by one.</summary>
    private const decimal CostRounding = 0.000_001m;

    /// <param name="isQuiet">
    /// Nothing has come for long enough that what is outstanding would be here: the metrics of the last minute, the events that metrics came before, the
    /// end of the last turn.
    /// </param>
    public static CompletenessVerdict Judge(SessionFigures session, bool isQuiet)
    {
        var reasons = new List<string>();
        var differences = isQuiet ? Differences(session).ToList() : [];
        var less = differences.Where(static one => one.Missing < 0).Select(static one => one.Text).ToList();
        var more = differences.Where(static one => one.Missing > 0).Select(static one => one.Text).ToList();
        var isConflict = less.Count > 0;
        if (isConflict)
        {
            reasons.Add($"the events tell of more than the metrics counted: {string.Join(", ", less)}");
        }

        if (more.Count > 0)
        {
            reasons.Add($"the metrics counted more than the events tell of: {string.Join(", ", more)}");
        }

        if (session.MissingEvents > 0)
        {
            reasons.Add(
                session.MissingEvents == 1
                    ? "1 event is missing: there is a gap in event.sequence"
                    : $"{Number(session.MissingEvents)} events are missing: there are gaps in event.sequence"
            );
        }

        if (session.TurnsWithoutPrompt > 0)
        {
            reasons.Add($"{Turns(session.TurnsWithoutPrompt)} no prompt: the user_prompt never came");
        }

        var withoutEnd = session.TurnsWithoutEnd + (session.IsLastTurnOpen && isQuiet ? 1 : 0);
        if (withoutEnd > 0)
        {
            reasons.Add($"{Turns(withoutEnd)} no end: the interaction span never came");
        }

        return new CompletenessVerdict(
            isConflict ? Completeness.Conflict
                : reasons.Count > 0 ? Completeness.Partial
                : Completeness.Complete,
            reasons
        );
    }

    /// <summary>What the metrics counted more (above zero) or less (below) than the events tell of.</summary>
    private static IEnumerable<(int Missing, string Text)> Differences(SessionFigures session)
    {
        if (session.HasMetric(MetricName.Tokens))
        {
            (string Type, string Name, long Events)[] buckets =
            [
                ("input", "input", session.Usage.Input),
                ("output", "output", session.Usage.Output),
                ("cacheRead", "cache read", session.Usage.CacheRead),
                ("cacheCreation", "cache creation", session.Usage.CacheCreation),
            ];
            foreach (var (type, name, events) in buckets)
            {
                var difference = session.SumOf(MetricName.Tokens, "type", type) - events;
                if (difference != 0)
                {
                    yield return (Math.Sign(difference), $"{Number(Math.Abs(difference))} {name} tokens");
                }
            }
        }

        if (session.HasMetric(MetricName.Cost))
        {
            var difference = session.SumOf(MetricName.Cost) - session.Cost;
            if (Math.Abs(difference) > CostRounding * Math.Max(1, session.Generations))
            {
                yield return (Math.Sign(difference), $"${Number(Math.Round(Math.Abs(difference), 6))}");
            }
        }
    }

    private static string Turns(int count) => count == 1 ? "1 turn has" : $"{Number(count)} turns have";

    private static string Number(decimal value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
