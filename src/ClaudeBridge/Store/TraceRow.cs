using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Lists;

namespace ClaudeBridge.Store;

/// <summary>What the writer remembers of a stored trace: enough to tell what changed and what is due, no contents.</summary>
internal sealed class TraceRow
{
    public required long Id { get; init; }

    public required long Session { get; init; }

    public required TraceId TraceId { get; init; }

    /// <summary>Over all columns that people and queries see.</summary>
    public UInt128 Hash { get; set; }

    /// <summary>Over input and output.</summary>
    public UInt128 TextHash { get; set; }

    /// <summary>Its figures as they are stored; empty when none are.</summary>
    public byte[] Breakdown { get; set; } = [];

    /// <summary>Over what it says of itself as a whole; 0 when that is not remembered.</summary>
    public UInt128 ContextHash { get; set; }

    /// <summary>Over the columns that it is known by; 0 when that is not remembered.</summary>
    public UInt128 IdentityHash { get; set; }

    /// <summary>Its models and tools as they were written last; null when they are not remembered.</summary>
    public IReadOnlyList<TraceName>? Names { get; set; }

    /// <summary>The session it was last shown under; null when it never was written.</summary>
    public ListedSession? Listed { get; set; }

    /// <summary>When an observation of it last changed, milliseconds of wall time.</summary>
    public long ChangedAt { get; set; }

    /// <summary>The earliest due time of its observations; null when all are settled.</summary>
    public long? NextDue { get; set; }

    public Dictionary<ObservationId, ObservationRow> Observations { get; } = [];

    /// <summary>For giving up the rows that were not used for long.</summary>
    public long LastUsed { get; set; }

    public long? EarliestDue()
    {
        long? earliest = null;
        foreach (var observation in Observations.Values)
        {
            if (observation.DueAt is { } due && (earliest is null || due < earliest))
            {
                earliest = due;
            }
        }

        return earliest;
    }
}

/// <summary>The state of one stored observation. Times are milliseconds of wall time.</summary>
internal sealed class ObservationRow
{
    public required long Id { get; init; }

    public required long FirstSeen { get; init; }

    public UInt128 Hash { get; set; }

    /// <summary>The hash it was last settled with; null when it never was.</summary>
    public UInt128? SettledHash { get; set; }

    public Readiness Readiness { get; set; }

    public long ChangedAt { get; set; }

    public long? SettledAt { get; set; }

    public long? DueAt { get; set; }

    public bool IsSettled => SettledHash == Hash;

    /// <summary>The last comparison that found it in its trace.</summary>
    public long SeenIn { get; set; }

    public PendingWrite Pending { get; set; }
}

/// <summary>What must be written of an observation at the end of a comparison.</summary>
internal enum PendingWrite : byte
{
    None,
    State,
    Content,
    Insert,
}
