using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Cli.Tail;

/// <summary>Which events a person wants to see.</summary>
/// <param name="Session">The beginning of a session's id.</param>
/// <param name="User">The user as <c>sessions</c> and <c>report</c> name it, or one of the ids that an event itself carries.</param>
/// <param name="Events">Names of events, without the client's prefix; empty for all.</param>
/// <param name="WithSpans">Spans as well, where the client sends them.</param>
internal sealed record EventChoice(string? Session, string? User, IReadOnlyList<string> Events, bool WithSpans)
{
    /// <summary>Sessions whose user is remembered.</summary>
    private const int Remembered = 1_000;

    private static readonly AttributeName[] s_users =
    [
        Names.Member,
        Names.MemberEmail,
        Names.UserEmail,
        Names.UserAccountUuid,
        Names.UserId,
        Names.UserName,
        Names.EndUserId,
    ];

    private readonly Dictionary<string, string> _userOfSession = new(StringComparer.Ordinal);

    /// <summary>What the store can look for itself.</summary>
    public ViewFilter Filter { get; } = new() { Text = Events is [var only] ? only : null, Service = "*" };

    public bool Fits(EventRow row, IStorePages pages) =>
        (WithSpans || row.Kind == "event")
        && (Events.Count == 0 || Events.Contains(EventTexts.NameOf(row), StringComparer.Ordinal))
        && (Session is null || row.SessionId?.StartsWith(Session, StringComparison.Ordinal) == true)
        && (User is null || IsOfUser(row, User, pages));

    private bool IsOfUser(EventRow row, string user, IStorePages pages) =>
        s_users.Any(name => EventTexts.Text(row, name) == user) || (row.SessionId is { } session && UserOf(session, pages) == user);

    /// <summary>A session's first events can come before anybody knows whose it is; it is asked for again with the next one.</summary>
    private string? UserOf(string session, IStorePages pages)
    {
        if (_userOfSession.TryGetValue(session, out var known))
        {
            return known;
        }

        if (pages.Session(tenant: null, session)?.UserId is not { } user)
        {
            return null;
        }

        if (_userOfSession.Count >= Remembered)
        {
            _userOfSession.Clear();
        }

        _userOfSession.Add(session, user);
        return user;
    }
}
