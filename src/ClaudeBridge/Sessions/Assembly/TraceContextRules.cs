using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Finds what a trace says of itself as a whole: who, where, which client.</summary>
internal static class TraceContextRules
{
    private static readonly AttributeName[] UserOfResource =
    [
        Names.Member,
        Names.MemberEmail,
        Names.UserId,
        Names.UserName,
        Names.EndUserId,
    ];

    private static readonly AttributeName[] UserOfRecord = [Names.UserEmail, Names.UserAccountUuid, Names.UserId];

    private static readonly (string Tag, AttributeName Name)[] Tags =
    [
        ("terminal", Names.Terminal),
        ("entrypoint", Names.Entrypoint),
        ("team", Names.Team),
        ("department", Names.Department),
        ("cost_center", Names.CostCenter),
        ("repository", Names.Repository),
    ];

    private static readonly (string Key, AttributeName Name)[] Details =
    [
        ("organization_id", Names.OrganizationId),
        ("account_uuid", Names.UserAccountUuid),
        ("plan", Names.Plan),
        ("provider", Names.Provider),
        ("team", Names.Team),
        ("department", Names.Department),
        ("cost_center", Names.CostCenter),
        ("member", Names.Member),
        ("repository", Names.Repository),
        ("repository_url", Names.RepositoryUrl),
        ("repository_owner", Names.RepositoryOwner),
        ("terminal", Names.Terminal),
        ("entrypoint", Names.Entrypoint),
        ("os", Names.OsType),
        ("os_version", Names.OsVersion),
        ("architecture", Names.Architecture),
        ("host", Names.Host),
    ];

    public static TraceContext Find(TraceDraft draft, string sessionId) => Of(draft.Facts, RootView.TraceNameOf(draft), sessionId);

    /// <summary>The same rules for any records that belong together.</summary>
    public static TraceContext Of(IReadOnlyList<Fact> facts, string name, string sessionId)
    {
        var origins = facts.Select(static fact => fact.Origin).Distinct(ReferenceEqualityComparer.Instance).Cast<Origin>().ToList();
        var metadata = new Metadata();
        foreach (var (key, attribute) in Details)
        {
            metadata.Add(key, FirstAnywhere(facts, origins, attribute));
        }

        return new TraceContext
        {
            SessionId = sessionId,
            UserId =
                UserOfResource.Select(attribute => FirstOfResource(origins, attribute)).FirstOrDefault(static id => id is not null)
                ?? UserOfRecord.Select(attribute => Metadata.First(facts, attribute)).FirstOrDefault(static id => id is not null),
            Name = name,
            Tags = Tags.Select(tag => (tag.Tag, Value: FirstAnywhere(facts, origins, tag.Name)))
                .Where(static tag => tag.Value is not null)
                .Select(static tag => $"{tag.Tag}:{tag.Value}")
                .Order(StringComparer.Ordinal)
                .ToList(),
            Environment = FirstAnywhere(facts, origins, Names.Environment),
            Version = VersionOf(facts, origins),
            Metadata = metadata.Values,
        };
    }

    private static string? VersionOf(IReadOnlyList<Fact> facts, List<Origin> origins) =>
        facts
            .Where(static fact => fact.Log is not null)
            .Select(static fact => fact.Origin.ClientVersion)
            .FirstOrDefault(static version => version is not null)
        ?? Metadata.First(facts, Names.AppVersion)
        ?? origins.Select(static origin => origin.ClientVersion).FirstOrDefault(static version => version is not null);

    private static string? FirstAnywhere(IReadOnlyList<Fact> facts, List<Origin> origins, AttributeName name) =>
        FirstOfResource(origins, name) ?? Metadata.First(facts, name);

    private static string? FirstOfResource(List<Origin> origins, AttributeName name) =>
        origins.Select(origin => origin.ResourceAttributes.Text(name)).FirstOrDefault(static text => text is not null);
}
