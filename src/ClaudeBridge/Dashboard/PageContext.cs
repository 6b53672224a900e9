using ClaudeBridge.Access;

namespace ClaudeBridge.Dashboard;

/// <summary>Everything that a page may know of its request.</summary>
/// <param name="Path">Of the request, for the links of the page to itself.</param>
/// <param name="Theme"><c>light</c> or <c>dark</c> when the reader chose; null follows the system.</param>
/// <param name="HasLogin">The reader came in with a session that can be ended.</param>
internal sealed record PageContext(
    Caller Caller,
    ViewQuery Query,
    string Path,
    DateTimeOffset Now,
    string? Theme,
    bool HasLogin,
    DashboardOptions Options,
    CancellationToken Cancel
);

/// <summary>A page's own part, between head and foot.</summary>
/// <param name="Title">Of the window and of the page.</param>
/// <param name="Main">Writes the content of <c>main</c>.</param>
internal sealed record PageContent(string Title, Html.Fragment Main)
{
    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>It changes while things happen, and should be loaded again.</summary>
    public bool IsLive { get; init; }

    /// <summary>Drawn without navigation, for who has not come in yet.</summary>
    public bool IsBare { get; init; }
}
