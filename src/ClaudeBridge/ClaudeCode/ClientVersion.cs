namespace ClaudeBridge.ClaudeCode;

/// <summary>What client versions differ in, as far as reading depends on it.</summary>
public static class ClientVersion
{
    /// <summary>From this version on log records carry the trace context of their prompt.</summary>
    private static readonly Version LogsCarryTraceContext = new(2, 1, 150);

    /// <summary>True for spans of a client whose log records do not name the trace, so that the spans must be joined to them by other means.</summary>
    /// <param name="version">As the client says it; what cannot be read counts as new.</param>
    public static bool SpansStandApart(string? version) =>
        version is not null && Version.TryParse(version.Split('-', '+')[0], out var read) && read < LogsCarryTraceContext;
}
