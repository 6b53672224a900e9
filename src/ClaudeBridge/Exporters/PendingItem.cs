using ClaudeBridge.Sessions;

namespace ClaudeBridge.Exporters;

/// <summary>One observation or score between being read from the feed and being settled.</summary>
internal sealed class PendingItem
{
    public required long Revision { get; init; }

    public required TraceId TraceId { get; init; }

    public required ObservationId ObservationId { get; init; }

    /// <summary>The session that it was first sent under.</summary>
    public required string SessionId { get; init; }

    /// <summary>The trace's row in the ledger.</summary>
    public required long TraceKey { get; init; }

    /// <summary>Without its content once it is done.</summary>
    public required Parcel Parcel { get; set; }

    /// <summary>The trace as its client named it; null for a score.</summary>
    public TraceId? Source { get; init; }

    /// <summary>The name of a score; null for an observation.</summary>
    public string? Score { get; init; }

    /// <summary>For a sentence.</summary>
    public required string What { get; init; }

    public PendingState State { get; set; }
}

/// <summary>Owned by <see cref="DeliveryWindow"/>, which guards it.</summary>
internal enum PendingState : byte
{
    /// <summary>Waits for a sender.</summary>
    Queued,

    /// <summary>A sender has it.</summary>
    Taken,

    /// <summary>Acknowledged, set aside, or replaced by a later revision.</summary>
    Done,
}
