using ClaudeBridge.Journal;

namespace ClaudeBridge.Store.Snapshots;

/// <summary>What there is of snapshots, and what was done with them since the start. Any thread may read it.</summary>
internal sealed class SnapshotFigures
{
    private volatile Snapshot? _newest;
    private int _count;
    private long _made;
    private long _failed;
    private long _refused;
    private long _restored;

    /// <summary>How many snapshots lie in the folder.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Up to which journal position the newest is true; null when there is none.</summary>
    public JournalPosition? NewestPosition => _newest?.Position;

    /// <summary>When the newest was made; null when there is none.</summary>
    public DateTimeOffset? NewestTaken => _newest?.Taken;

    /// <summary>Snapshots made since the start.</summary>
    public long Made => Interlocked.Read(ref _made);

    /// <summary>Snapshots that could not be made since the start.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Snapshots that were damaged, of another version, or gave a damaged store, when they were needed.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>How often the store was restored from one since the start.</summary>
    public long Restored => Interlocked.Read(ref _restored);

    public void Look(IReadOnlyList<Snapshot> found)
    {
        _newest = found.Count > 0 ? found[0] : null;
        Volatile.Write(ref _count, found.Count);
    }

    public void AddMade() => Interlocked.Increment(ref _made);

    public void AddFailed() => Interlocked.Increment(ref _failed);

    public void AddRefused() => Interlocked.Increment(ref _refused);

    public void AddRestored() => Interlocked.Increment(ref _restored);
}
