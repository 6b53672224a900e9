using ClaudeBridge.Access;
using ClaudeBridge.Otlp;
using ClaudeBridge.Otlp.Rpc;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Receivers;

/// <summary>Finds the user that a resource names; null when it names none.</summary>
internal delegate string? UserOfResource(Resource resource);

/// <summary>Turns users away who are not on the list, where there is one. Who names no user is not turned away.</summary>
internal sealed class UserCheck(KnownUsers users, UserOfResource userOf)
{
    private const string Setting = $"{AccessOptions.Section}:{nameof(AccessOptions.Users)}";

    private static readonly RpcError Unknown = new(
        RpcCode.Unauthenticated,
        $"The user that this names is not known here, and nothing was stored. Known users stand in {Setting}."
    );

    /// <summary>What can be said before the body is read; null when the user may send.</summary>
    public RpcError? Refuse(in ExportSource source) =>
        source.User is not { } user ? null
        : !KnownUsers.IsId(user)
            ? new(RpcCode.InvalidArgument, $"A user id has 1 to {KnownUsers.MaxLength} characters, none of them a control character.")
        : users.Contains(user) ? null
        : Unknown;

    /// <summary>Whether <see cref="Filter"/> looks at the records at all.</summary>
    public bool Judges(in ExportSource source) => !users.AreAll && source.JudgesResources && source.User is null;

    /// <summary>Leaves out the records of resources whose user is not known, and keeps the others. Nothing left: an error.</summary>
    /// <param name="source">Where it names a user, what resources say does not matter.</param>
    /// <returns>The same export when nothing had to be left out.</returns>
    public DecodedExport Filter(DecodedExport export, in ExportSource source, out RpcError? error)
    {
        error = null;
        if (!Judges(source))
        {
            return export;
        }

        var left = export.Only(
            resource => userOf(resource) is not { } user || users.Contains(user),
            $"The users of some resources are not known here; their records were not stored. Known users stand in {Setting}."
        );
        error = left.Accepted == 0 && export.Accepted > 0 ? Unknown : null;
        return left;
    }
}
