namespace ClaudeBridge.Dashboard;

/// <summary>Where the pages are.</summary>
internal static class Paths
{
    public const string Overview = "/";
    public const string Turns = "/turns";
    public const string Sessions = "/sessions";
    public const string Members = "/members";
    public const string Status = "/status";
    public const string Login = "/login";
    public const string Logout = "/logout";
    public const string Assets = "/assets/";

    /// <summary>Tells of every change of the store, as server-sent events.</summary>
    public const string Live = "/api/live";

    /// <param name="service">The other program whose session it is; null for Claude Code's.</param>
    /// <returns>The session's page; its turns where its id cannot stand in a path: browsers and servers take dots away, refuse NUL, and cut what is long.</returns>
    public static string Session(string sessionId, string? service = null)
    {
        var inPath = sessionId is not ("" or "." or "..") && !sessionId.Contains('\0') && sessionId.Length <= ViewQuery.MaxLength;
        var path = inPath ? $"{Sessions}/{Uri.EscapeDataString(sessionId)}" : $"{Turns}?{InQuery(sessionId)}";
        return service is null ? path : $"{path}{(inPath ? '?' : '&')}service={Uri.EscapeDataString(service)}";
    }

    /// <param name="sessionId">Tells apart the sessions that took part in one trace. Left out where no query can hold it.</param>
    public static string Trace(string traceId, string? sessionId = null) =>
        $"/traces/{Uri.EscapeDataString(traceId)}"
        + (
            sessionId is null || sessionId.Length > ViewQuery.MaxLength || sessionId != sessionId.Trim()
                ? ""
                : "?session=" + Uri.EscapeDataString(sessionId)
        );

    /// <summary>What finds the turns of a session: its id, or, where that is too long, a search for how it begins.</summary>
    private static string InQuery(string sessionId) =>
        sessionId.Length <= ViewQuery.MaxLength
            ? "session=" + Uri.EscapeDataString(sessionId)
            : "q=" + Uri.EscapeDataString(sessionId[..64]);

    public static string Observation(string traceId, string observationId) =>
        $"/traces/{Uri.EscapeDataString(traceId)}/observations/{Uri.EscapeDataString(observationId)}";
}
