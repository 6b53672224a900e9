using System.Text.Json.Serialization;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli.Queue;

/// <summary>What waits, what was set aside, and what is held, as the files tell. The JSON of <c>queue list</c>.</summary>
internal sealed record QueueState(
    string Folder,
    DateTimeOffset Time,
    IReadOnlyList<DestinationState> Destinations,
    JournalState? Journal,
    StoreState? Store,
    DiskState? Disk,
    IReadOnlyList<string> Problems,
    IReadOnlyList<SnapshotState> Snapshots
);

/// <param name="State"><c>delivered</c>, <c>waiting</c>, <c>compare</c> (the store was built anew: what it holds is compared at the next start), or <c>unknown</c> (no store to tell).</param>
/// <param name="Undelivered">Observations, or sessions with scores, behind the cursor; null without a readable store.</param>
/// <param name="Asked">Dead letters that somebody asked to be sent again.</param>
internal sealed record DestinationState(
    string Name,
    string Things,
    string State,
    string? Route,
    long Cursor,
    long? LatestRevision,
    long? Undelivered,
    DateTimeOffset? OldestUndelivered,
    double? OldestUndeliveredSeconds,
    long DeadLetters,
    long Asked,
    IReadOnlyList<DeadLetterRow> NewestDeadLetters
);

/// <param name="Waiting">Entries that the store has not taken yet.</param>
internal sealed record JournalState(
    int Segments,
    long Entries,
    long Bytes,
    long FileBytes,
    long OldestPosition,
    long EndPosition,
    DateTimeOffset? OldestReceivedAt,
    DateTimeOffset? NewestReceivedAt,
    long Waiting,
    long WaitingBytes,
    DateTimeOffset? OldestWaiting
);

internal sealed record StoreState(long Bytes, string Epoch, long Position, long LatestRevision, DateTimeOffset? HistoryFrom);

/// <summary>A copy of the store, from which it is built again where the journal no longer holds all. Its end alone was looked at.</summary>
/// <param name="Position">Up to which journal position it is true.</param>
internal sealed record SnapshotState(string File, long Position, DateTimeOffset Taken, long Bytes);

internal sealed record DiskState(long FreeBytes, long TotalBytes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(QueueState))]
[JsonSerializable(typeof(VerifiedFolder))]
[JsonSerializable(typeof(RepairedFolder))]
[JsonSerializable(typeof(IReadOnlyList<RetriedDestination>))]
internal sealed partial class QueueJson : JsonSerializerContext
{
    public static QueueJson Indented { get; } = new(StoreJson.Settings(indented: true));
}
