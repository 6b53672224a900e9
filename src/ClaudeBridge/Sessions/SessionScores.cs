namespace ClaudeBridge.Sessions;

/// <summary>The figures of one session as Langfuse keeps them: numeric scores on the session.</summary>
public sealed record SessionScores
{
    public required string SessionId { get; init; }

    /// <summary>Whose session it is; empty for none.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>The session's start: it never changes, and neither may the time of a score.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The session's earliest trace: servers that know no session scores take them there.</summary>
    public required TraceId FirstTrace { get; init; }

    /// <summary>As the first trace names it; null when it names none.</summary>
    public string? Environment { get; init; }

    /// <summary>By name (ordinal); never empty.</summary>
    public required IReadOnlyList<SessionScore> Scores { get; init; }

    /// <summary>Goes with every score: how complete the session is, and why. Sorted by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = Observation.EmptyText;
}

/// <param name="Name">Lower case with underscores, such as <c>lines_added</c>.</param>
/// <param name="Comment">What a person should know beside the number; null for most.</param>
public sealed record SessionScore(string Name, decimal Value, string? Comment = null);
