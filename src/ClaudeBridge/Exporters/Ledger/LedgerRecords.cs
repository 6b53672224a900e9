using ClaudeBridge.Sessions;

namespace ClaudeBridge.Exporters.Ledger;

/// <summary>A trace that a destination has been sent something of.</summary>
/// <param name="Key">Its row in the ledger; ascending, which keeps look-ups of its observations close together.</param>
/// <param name="Context">What the trace said of itself when it was first sent; later observations carry it unchanged.</param>
internal sealed record LedgerTrace(long Key, TraceContext Context);

/// <summary>What the ledger knows of one observation at one destination.</summary>
/// <param name="StartUnixNano">The start it was first sent with, and is sent with for ever.</param>
/// <param name="Acknowledged">The content that the destination last confirmed; null when it never did.</param>
/// <param name="Sending">Content that was sent, or was about to be, with no answer known; null when there is none.</param>
/// <param name="Refused">Content that was set aside as a dead letter; null when there is none.</param>
internal readonly record struct LedgerEntry(ulong StartUnixNano, ContentHash? Acknowledged, ContentHash? Sending, ContentHash? Refused);

/// <summary>Why dead letters were refused.</summary>
/// <param name="Reason">The backend's own words, cut short; may quote contents.</param>
/// <param name="Status">The HTTP status that came back; null when there was none.</param>
/// <param name="Count">For how many of the last ones.</param>
internal readonly record struct DeadLetterReason(string Reason, int? Status, long Count);

/// <summary>An observation that a destination will not take, with all that is needed to try it again.</summary>
/// <param name="Status">The HTTP status that came back; null when there was none.</param>
/// <param name="TraceId">Under which the ledger keeps its trace, or its session's scores.</param>
/// <param name="Payload">The observation encoded as that destination takes it.</param>
/// <param name="Source">The trace as its client named it; null for a score, and for a letter of an older version of the program.</param>
/// <param name="Score">The name of a score; null for an observation, and for a letter of an older version.</param>
public sealed record DeadLetter(
    long Id,
    string Destination,
    string SessionId,
    TraceId TraceId,
    ObservationId ObservationId,
    string Reason,
    int? Status,
    DateTimeOffset Time,
    int PayloadBytes,
    ReadOnlyMemory<byte> Payload,
    TraceId? Source,
    string? Score
);
