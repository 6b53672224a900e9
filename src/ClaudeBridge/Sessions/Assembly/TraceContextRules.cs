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

    public static TraceContext Find(TraceDraft draft, string sessionId)
    {
        var origins = draft.Facts.Select(static fact => fact.Origin).Distinct(ReferenceEqualityComparer.Instance).Cast<Origin>().ToList();
        var metadata = new Metadata();
        foreach (var (key, name) in Details)
        {
            metadata.Add(key, FirstAnywhere(draft, origins, name));
        }

        return new TraceContext
        {
            SessionId = sessionId,
            UserId =
                UserOfResource.Select(name => FirstOfResource(origins, name)).FirstOrDefault(static id => id is not null)
                ?? UserOfRecord.Select(name => Metadata.First(draft.Facts, name)).FirstOrDefault(static id => id is not null),
            Name = RootView.TraceNameOf(draft),
            Tags = Tags.Select(tag => (tag.Tag, Value: FirstAnywhere(draft, origins, tag.Name)))
                .Where(static tag => tag.Value is not null)
                .Select(static tag => $"{tag.Tag}:{tag.Value}")
                .Order(StringComparer.Ordinal)
                .ToList(),
            Environment = FirstAnywhere(draft, origins, Names.Environment),
            Version = VersionOf(draft, origins),
            Metadata = metadata.Values,
        };
    }

    private static string? VersionOf(TraceDraft draft, List<Origin> origins) =>
        draft
            .Facts.Where(static fact => fact.Log is not null)
            .Select(static fact => fact.Origin.ClientVersion)
            .FirstOrDefault(static version => version is not null)
        ?? Metadata.First(draft.Facts, Names.AppVersion)
        ?? origins.Select(static origin => origin.ClientVersion).FirstOrDefault(static version => version is not null);

    private static string? FirstAnywhere(TraceDraft draft, List<Origin> origins, AttributeName name) =>
        FirstOfResource(origins, name) ?? Metadata.First(draft.Facts, name);

    private static string? FirstOfResource(List<Origin> origins, AttributeName name) =>
        origins.Select(origin => origin.ResourceAttributes.Text(name)).FirstOrDefault(static text => text is not null);
}
