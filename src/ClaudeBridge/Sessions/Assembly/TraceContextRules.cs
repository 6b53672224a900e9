using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Finds what a trace says of itself as a whole: who, where, which client, and for what.</summary>
internal static class TraceContextRules
{
    public static TraceContext Find(TraceDraft draft, string sessionId, Attribution attribution)
    {
        var origins = draft.Facts.Select(static fact => fact.Origin).Distinct(ReferenceEqualityComparer.Instance).Cast<Origin>().ToList();
        var found = attribution.Of(
            origins.ConvertAll(static origin => origin.ResourceAttributes),
            [.. draft.Facts.Select(static fact => (fact.Origin.ResourceAttributes, fact.Attributes))]
        );
        var said = draft.Turn.Context.ShownBy(draft.Facts.Max(static fact => fact.Reading.End));
        return new TraceContext
        {
            SessionId = sessionId,
            UserId = found.UserId,
            Name = RootView.TraceNameOf(draft),
            Tags = [.. Over(found.Tags, said).Select(static tag => $"{tag.Key}:{tag.Value}").Order(StringComparer.Ordinal)],
            Environment = found.Environment,
            Version = VersionOf(draft.Facts, origins),
            Release = found.Release,
            Metadata = Over(found.Metadata, said),
        };
    }

    /// <summary>What one record says by itself, such as a metric's point: the same, but for what callers said of the session.</summary>
    public static TraceContext Of(Fact fact, string name, string sessionId, Attribution attribution)
    {
        var found = attribution.Of(fact.Origin.ResourceAttributes, fact.Attributes);
        return new TraceContext
        {
            SessionId = sessionId,
            UserId = found.UserId,
            Name = name,
            Tags = [.. found.Tags.Select(static tag => $"{tag.Key}:{tag.Value}").Order(StringComparer.Ordinal)],
            Environment = found.Environment,
            Version = VersionOf([fact], [fact.Origin]),
            Release = found.Release,
            Metadata = found.Metadata,
        };
    }

    /// <summary>What a caller said of the session counts before what attributes say.</summary>
    private static IReadOnlyDictionary<string, string> Over(
        IReadOnlyDictionary<string, string> attributes,
        IReadOnlyDictionary<string, string> said
    )
    {
        if (said.Count == 0)
        {
            return attributes;
        }

        var both = new SortedDictionary<string, string>(said.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var (key, value) in attributes)
        {
            both.TryAdd(key, value);
        }

        return both;
    }

    private static string? VersionOf(IReadOnlyList<Fact> facts, List<Origin> origins) =>
        facts
            .Where(static fact => fact.Log is not null)
            .Select(static fact => fact.Origin.ClientVersion)
            .FirstOrDefault(static version => version is not null)
        ?? Metadata.First(facts, Names.AppVersion)
        ?? origins.Select(static origin => origin.ClientVersion).FirstOrDefault(static version => version is not null);
}
