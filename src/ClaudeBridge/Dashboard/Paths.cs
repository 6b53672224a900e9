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
    public static string Session(string sessionId, string? service = null) =>
        $"{Sessions}/{Uri.EscapeDataString(sessionId)}" + (service is null ? "" : "?service=" + Uri.EscapeDataString(service));

    public static string Trace(string traceId, string? sessionId = null) =>
        $"/traces/{Uri.EscapeDataString(traceId)}" + (sessionId is null ? "" : "?session=" + Uri.EscapeDataString(sessionId));

    public static string Observation(string traceId, string observationId) =>
        $"/traces/{Uri.EscapeDataString(traceId)}/observations/{Uri.EscapeDataString(observationId)}";
}
