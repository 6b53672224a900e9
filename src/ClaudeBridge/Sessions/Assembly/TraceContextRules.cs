using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Finds what a trace says of itself as a whole: who, where, which client, and for what.</summary>
internal static class TraceContextRules
{
    /// <summary>Under which the tenant stands among tags and metadata.</summary>
    private const string TenantKey = "tenant";

    public static TraceContext Find(TraceDraft draft, string sessionId, Attribution attribution) =>
        Of(
            draft.Facts,
            RootView.TraceNameOf(draft),
            sessionId,
            attribution,
            draft.Turn.Context.ShownBy(draft.Facts.Max(static fact => fact.Reading.End))
        );

    /// <summary>The same rules for any records that belong together.</summary>
    /// <param name="said">What callers said of them.</param>
    public static TraceContext Of(
        IReadOnlyList<Fact> facts,
        string name,
        string sessionId,
        Attribution attribution,
        IReadOnlyDictionary<string, string> said
    )
    {
        var origins = facts.Select(static fact => fact.Origin).Distinct(ReferenceEqualityComparer.Instance).Cast<Origin>().ToList();
        var found = attribution.Of(
            origins.ConvertAll(static origin => origin.ResourceAttributes),
            [.. facts.Select(static fact => (fact.Origin.ResourceAttributes, fact.Attributes))]
        );
        var tenant = origins.Select(static origin => origin.Tenant).FirstOrDefault(static tenant => tenant.Length > 0) ?? "";
        return new TraceContext
        {
            SessionId = sessionId,
            Tenant = tenant,
            UserId = found.UserId,
            Name = name,
            Tags =
            [
                .. WithTenant(Over(found.Tags, said), tenant).Select(static tag => $"{tag.Key}:{tag.Value}").Order(StringComparer.Ordinal),
            ],
            Environment = found.Environment,
            Version = VersionOf(facts, origins),
            Release = found.Release,
            Metadata = WithTenant(Over(found.Metadata, said), tenant),
        };
    }

    /// <summary>The tenant counts before whatever else goes by that name.</summary>
    private static IReadOnlyDictionary<string, string> WithTenant(IReadOnlyDictionary<string, string> values, string tenant) =>
        tenant.Length == 0
            ? values
            : new SortedDictionary<string, string>(values.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal)
            {
                [TenantKey] = tenant,
            };

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
