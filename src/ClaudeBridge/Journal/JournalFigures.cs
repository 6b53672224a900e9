using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Journal;

/// <summary>What the journal counts since it was opened. Safe to read from any thread.</summary>
internal sealed class JournalFigures
{
    private long _entries;
    private long _bytes;
    private long _groups;
    private long _syncTicks;
    private long _refused;
    private long _damagedPlaces;
    private long _damagedBytes;
    private long _salvaged;
    private long _removedBytes;
    private long _lostBytes;
    private long _uncoveredBytes;
    private int _isWritable = 1;

    /// <summary>Entries written and synced.</summary>
    public long Entries => Interlocked.Read(ref _entries);

    /// <summary>Bytes written and synced.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Groups written; each costs one sync.</summary>
    public long Groups => Interlocked.Read(ref _groups);

    /// <summary>Time spent writing and syncing, over all groups.</summary>
    public TimeSpan WritingTime => new(Interlocked.Read(ref _syncTicks));

    /// <summary>The same for each group.</summary>
    public DurationHistogram Syncs { get; } = new();

    /// <summary>Writes of entries that failed. An entry that is held and tried again counts each time.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Stretches that could not be read, each counted once.</summary>
    public long DamagedPlaces => Interlocked.Read(ref _damagedPlaces);

    public long DamagedBytes => Interlocked.Read(ref _damagedBytes);

    /// <summary>Entries that were read behind a damaged place of their file, each counted once.</summary>
    public long SalvagedEntries => Interlocked.Read(ref _salvaged);

    /// <summary>Bytes that retention removed.</summary>
    public long RemovedBytes => Interlocked.Read(ref _removedBytes);

    /// <summary>Of <see cref="RemovedBytes"/>, those that a reader still needed: taken by a hard limit.</summary>
    public long LostBytes => Interlocked.Read(ref _lostBytes);

    /// <summary>Of <see cref="RemovedBytes"/>, those that no snapshot of the store stands in for: taken by a hard limit.</summary>
    public long UncoveredBytes => Interlocked.Read(ref _uncoveredBytes);

    /// <summary>False from a failed write until one succeeds, of an entry or of what only tries the disk.</summary>
    public bool IsWritable => Volatile.Read(ref _isWritable) != 0;

    public void Wrote(int entries, long bytes, TimeSpan took)
    {
        Interlocked.Add(ref _entries, entries);
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Increment(ref _groups);
        Interlocked.Add(ref _syncTicks, took.Ticks);
        Syncs.Observe(took);
        Volatile.Write(ref _isWritable, 1);
    }

    /// <summary>The disk was tried with nothing to keep.</summary>
    public void Tried(bool isWritable) => Volatile.Write(ref _isWritable, isWritable ? 1 : 0);

    public void FailedToWrite(int entries)
    {
        Interlocked.Add(ref _refused, entries);
        Volatile.Write(ref _isWritable, 0);
    }

    public void Damaged(long bytes)
    {
        Interlocked.Increment(ref _damagedPlaces);
        Interlocked.Add(ref _damagedBytes, bytes);
    }

    public void Salvaged() => Interlocked.Increment(ref _salvaged);

    public void Removed(long bytes, long needed, long uncovered)
    {
        Interlocked.Add(ref _uncoveredBytes, uncovered);
        Interlocked.Add(ref _removedBytes, bytes);
        Interlocked.Add(ref _lostBytes, needed);
    }
}
