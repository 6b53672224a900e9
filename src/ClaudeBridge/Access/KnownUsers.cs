using Microsoft.Extensions.Options;

namespace ClaudeBridge.Access;

/// <summary>The users that may be named. Without a list everybody may.</summary>
internal sealed class KnownUsers(IOptions<AccessOptions> options)
{
    public const int MaxLength = 200;

    // Most ids are e-mail addresses, which people write in either case.
    private readonly HashSet<string> _users = new(options.Value.Users.Select(static user => user.Trim()), StringComparer.OrdinalIgnoreCase);

    /// <summary>Nobody is turned away.</summary>
    public bool AreAll => _users.Count == 0;

    public bool Contains(string user) => AreAll || _users.Contains(user);

    /// <summary>Whether it can be an id at all.</summary>
    public static bool IsId(string user) => user.Length is > 0 and <= MaxLength && !user.Any(char.IsControl);
}
