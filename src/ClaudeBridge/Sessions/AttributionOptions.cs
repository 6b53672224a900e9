namespace ClaudeBridge.Sessions;

/// <summary>Which attributes say who and for what: each option is a list of attribute names, separated by commas.</summary>
/// <remarks>
/// <c>name</c> is looked for on the resource, then on the records; <c>resource:name</c> and <c>record:name</c> on one side alone. The client copies what
/// <c>OTEL_RESOURCE_ATTRIBUTES</c> sets onto every record: such a copy is not the record's own. The first that has a value counts. <c>none</c> is the empty list.
/// A change holds for the turns that change after it; delete <c>store.db</c> to have all of them built again.
/// </remarks>
public sealed class AttributionOptions
{
    public const string Section = "ClaudeBridge:Attribution";

    /// <summary>
    /// Where the user comes from. Default: whom the sender's address or <c>x-user-id</c> named, then what a team sets on the resource, then the client's login, then its <c>user.id</c>, the random hash of an installation.
    /// </summary>
    public string UserId { get; set; } =
        "resource:claudebridge.user, resource:member, resource:member.email, resource:user.id, resource:user.name, resource:enduser.id, record:user.email, record:user.account_uuid, record:user.id";

    /// <summary>
    /// The trace's tags, as <c>key:value</c>. An entry is <c>key=attribute</c>, or <c>attribute</c>, which is then the key as well; a key that comes again is used
    /// when its first attribute has no value. Default: terminal, entry point, team, department, cost centre, repository.
    /// </summary>
    public string Tags { get; set; } =
        "terminal=terminal.type, entrypoint=app.entrypoint, team=team.id, team=team, department=department, cost_center=cost_center, repository=vcs.repository.name";

    /// <summary>Where the environment comes from. Default: <c>deployment.environment.name</c>, then its older name <c>deployment.environment</c>.</summary>
    public string Environment { get; set; } = "deployment.environment.name, deployment.environment";

    /// <summary>Where the release comes from. Default: <c>none</c>; the destination's own setting is then used.</summary>
    public string Release { get; set; } = Attribution.None;

    /// <summary>The trace's metadata; entries as in <see cref="Tags"/>. Default: organisation and account, team, member, repository, terminal and machine.</summary>
    public string Metadata { get; set; } =
        "organization_id=organization.id, account_uuid=user.account_uuid, account_id=user.account_id, user_email=user.email, plan=anthropic.plan, "
        + "seat_type=anthropic.seat_type, provider=anthropic.provider, team=team.id, team=team, department=department, cost_center=cost_center, "
        + "member=member, member_email=member.email, user_name=user.name, repository=vcs.repository.name, repository_url=vcs.repository.url.full, "
        + "repository_owner=vcs.owner.name, repository_provider=vcs.provider.name, terminal=terminal.type, entrypoint=app.entrypoint, os=os.type, "
        + "os_version=os.version, architecture=host.arch, host=host.name";
}
