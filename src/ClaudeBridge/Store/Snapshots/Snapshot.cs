using ClaudeBridge.Journal;

namespace ClaudeBridge.Store.Snapshots;

/// <summary>A copy of the store on disk, as its own end describes it. Whether the bytes are still those that were written is known when they are read.</summary>
/// <param name="Position">The journal position up to which it is true.</param>
/// <param name="Journal">The random number of the journal that the position is one of; 0 when that is not known.</param>
/// <param name="Schema">The version of its tables: another version of the program does not use it.</param>
/// <param name="Taken">When it was made; wall time.</param>
/// <param name="Bytes">Length of the store in it; <see cref="SnapshotTrailer.Length"/> bytes follow.</param>
/// <param name="Hash">SHA-256 of these bytes.</param>
internal sealed record Snapshot(
    string Path,
    JournalPosition Position,
    long Journal,
    int Schema,
    DateTimeOffset Taken,
    long Bytes,
    byte[] Hash
);
