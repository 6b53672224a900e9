namespace ClaudeBridge.Sessions;

/// <summary>What every observation of a trace says about the trace as a whole.</summary>
public sealed record TraceContext
{
    /// <summary>The <c>session.id</c>, or <c>(none)</c>.</summary>
    public required string SessionId { get; init; }

    /// <summary>The <c>service.name</c> of another program; null for Claude Code's own traces.</summary>
    public string? Service { get; init; }

    /// <summary>The tenant whose key the records came with; empty for none.</summary>
    public string Tenant { get; init; } = "";

    public string? UserId { get; init; }

    /// <summary>Low in number, so that traces can be grouped by it: <c>claude-code</c>, or <c>claude-code /command</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>key:value</c>, sorted.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    public string? Environment { get; init; }

    /// <summary>The client's version.</summary>
    public string? Version { get; init; }

    public string? Release { get; init; }

    /// <summary>Organisation, team, repository, terminal and the like, sorted by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = Observation.EmptyText;
}

/// <summary>What the client's own tracing says of a turn.</summary>
public enum Tracing : byte
{
    /// <summary>The client sends no traces.</summary>
    Off = 0,

    /// <summary>Log records name the client's trace; no span of it has come. Spans may be sent elsewhere.</summary>
    Named = 1,

    /// <summary>Spans have come, so that the one that ends the turn is known to come.</summary>
    Spans = 2,
}

/// <summary>One trace of one session as all records known now tell it.</summary>
public sealed record TraceView
{
    public required TraceId Id { get; init; }

    public required TraceContext Context { get; init; }

    /// <summary>The client's <c>prompt.id</c>; the first by time where an outer trace holds several; null for old clients.</summary>
    public string? PromptId { get; init; }

    public required ulong StartUnixNano { get; init; }

    public required ulong EndUnixNano { get; init; }

    public string? Input { get; init; }

    public string? Output { get; init; }

    /// <summary>The highest level of its observations.</summary>
    public required ObservationLevel Level { get; init; }

    /// <summary>Roots and all below them, by start, then id.</summary>
    public required IReadOnlyList<Observation> Observations { get; init; }

    /// <summary>The next prompt of the session has come, so nothing of this turn is still expected.</summary>
    public required bool IsOver { get; init; }

    /// <summary>Native root spans have come for all roots: the turn is over as soon as its leaves are settled.</summary>
    public required bool IsRootEnded { get; init; }

    public Tracing Tracing { get; init; }

    /// <summary>The opening record (prompt or interaction) is there. Without it the history before may be missing.</summary>
    public required bool IsOpened { get; init; }

    /// <summary>Its records may turn out to belong to another trace: nothing of it is settled before a long quiet.</summary>
    public bool IsTentative { get; init; }
}
