using System.Globalization;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>
/// One event or span that a client wrote through two exporters arrives as two records: other resource attributes, or more contents in one of them.
/// It is one thing all the same, and the copy that says most speaks for it.
/// </summary>
internal static class Twins
{
    /// <summary>Tells a record apart from all others of its trace but its own copies: for spans their id, for events time, counter and what they name.</summary>
    /// <returns>Null for spans without id, and for events of clients that do not count them: two equal ones may be two.</returns>
    public static string? KeyOf(Fact fact)
    {
        var reading = fact.Reading;
        return fact.Span is not null ? (reading.SpanId is { } id ? $"span {id.ToString("x16", CultureInfo.InvariantCulture)}" : null)
            : reading.Sequence == long.MaxValue ? null
            : $"{reading.Name} {reading.Time} {reading.Sequence} {reading.PromptId} {reading.AgentId} {reading.RequestId} {reading.ToolUseId}";
    }

    /// <summary>Leaves one of each; in the order in which facts are read.</summary>
    public static IReadOnlyList<Fact> Leave(IEnumerable<Fact> facts)
    {
        var kept = new List<Fact>();
        var byKey = new Dictionary<string, Fact>(StringComparer.Ordinal);
        foreach (var fact in facts.Distinct())
        {
            if (KeyOf(fact) is not { } key)
            {
                kept.Add(fact);
            }
            else if (!byKey.TryGetValue(key, out var other) || Compare(fact, other) < 0)
            {
                byKey[key] = fact;
            }
        }

        kept.AddRange(byKey.Values);
        kept.Sort();
        return kept;
    }

    /// <summary>The one that says more first.</summary>
    private static int Compare(Fact one, Fact other) =>
        Extent(other).CompareTo(Extent(one)) is var byExtent and not 0 ? byExtent : one.Id.CompareTo(other.Id);

    private static int Extent(Fact fact) =>
        fact.Log is { } log
            ? log.Attributes.Count
            : fact.Span!.Attributes.Count + fact.Span.Events.Sum(static item => item.Attributes.Count);
}
