using ClaudeBridge.Store;
using ClaudeBridge.Store.Snapshots;

namespace ClaudeBridge.Cli.Queue;

/// <param name="State"><c>whole</c>, <c>damaged</c>, or <c>other version</c>: whole, and of no use to this version of the program.</param>
/// <param name="Position">Up to which journal position it is true; null when its end is damaged. The same for <paramref name="Taken"/>.</param>
internal sealed record CheckedSnapshot(string Path, string State, long? Position, DateTimeOffset? Taken, long Bytes)
{
    public const string OtherVersion = "other version";

    public bool IsDamaged => State == CheckedDatabase.Damaged;
}

/// <summary>Reads every byte of the snapshots of a store, whose checksums they carry.</summary>
internal static class SnapshotCheck
{
    public static IReadOnlyList<CheckedSnapshot> Run(QueueFolder folder, CancellationToken cancel) =>
        [.. new SnapshotFolder(folder.Snapshots).Files().Select(path => Check(path, cancel)).OfType<CheckedSnapshot>()];

    private static CheckedSnapshot? Check(string path, CancellationToken cancel)
    {
        var snapshot = SnapshotFolder.TryOpen(path);
        var state =
            snapshot is null || !SnapshotFolder.IsGood(snapshot, cancel) ? CheckedDatabase.Damaged
            : snapshot.Schema != StoreSchema.Version ? CheckedSnapshot.OtherVersion
            : CheckedDatabase.Whole;
        // A running bridge deletes old ones.
        return File.Exists(path) ? new(path, state, snapshot?.Position.Value, snapshot?.Taken, new FileInfo(path).Length) : null;
    }
}
