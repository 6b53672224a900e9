using ClaudeBridge.Journal;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Store.Snapshots;

/// <summary>
/// Copies of the store that stand in for what the journal lets go of. A store that is lost or damaged is restored from the newest good one, and the
/// journal's entries from its position on are taken in again.
/// </summary>
/// <remarks>
/// <code>
///   journal   [gone][gone][segment][segment][segment]
///                      ▲ snapshot's position: the store up to here is in it, so the segments before it may go
/// </code>
/// Any thread: one snapshot is made, or one restored, at a time.
/// </remarks>
internal sealed partial class StoreSnapshots
{
    public const string FolderName = "snapshots";

    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(5);

    /// <summary>A store that is found damaged sooner than this after it was restored was damaged in its snapshot already.</summary>
    private static readonly TimeSpan ProbationTime = TimeSpan.FromHours(1);

    private readonly SnapshotFolder _folder;
    private readonly SnapshotMaker _maker;
    private readonly StoreOptions _options;
    private readonly long _journal;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly HashSet<string> _bad = [];
    private Snapshot? _verified;
    private (Snapshot Snapshot, long At)? _restored;
    private long? _triedAt;

    /// <param name="journal">The random number of the journal; 0 for one without. Snapshots that name another are of no use beside it.</param>
    public StoreSnapshots(string dataFolder, StoreOptions options, TimeProvider clock, ILogger log, long journal = 0)
    {
        (_options, _clock, _log, _journal) = (options, clock, log, journal);
        _folder = new SnapshotFolder(Path.Combine(dataFolder, FolderName));
        _maker = new SnapshotMaker(_folder, clock, LogMaking);
        Figures.Look(_folder.List());
    }

    public SnapshotFigures Figures { get; } = new();

    /// <summary>Where the newest snapshot is, good or not; the start when there is none.</summary>
    public JournalPosition Newest => Figures.NewestPosition ?? JournalPosition.Start;

    /// <summary>
    /// Up to which position snapshots stand in for the journal. When that is not far enough, one is made, unless the last try was less than
    /// <see cref="StoreOptions.SnapshotEvery"/> ago. A failure costs nothing but this snapshot: it is logged, and the position is that of the one before.
    /// </summary>
    /// <param name="upTo">What the journal would let go of ends here.</param>
    /// <param name="now">It goes whatever becomes of this, so that no pause is kept.</param>
    public async Task<JournalPosition> CoverAsync(StoreDatabase database, JournalPosition upTo, bool now, CancellationToken cancel)
    {
        var covered = await Task.Run(() => NewestGood(cancel), cancel);
        if (covered >= upTo || (!now && _triedAt is { } tried && _clock.GetElapsedTime(tried) < _options.SnapshotEvery))
        {
            return covered;
        }

        _triedAt = _clock.GetTimestamp();
        return await TryMakeAsync(database, cancel) is { } made ? made.Position : covered;
    }

    /// <summary>Puts the store of the newest good snapshot at a path, where no file is. Null when there is none: nothing is there then.</summary>
    /// <exception cref="IOException">The disk is full, or refused: a later try may go well.</exception>
    public Snapshot? Restore(string path)
    {
        lock (_gate)
        {
            if (_restored is { } last && _clock.GetElapsedTime(last.At) < ProbationTime)
            {
                LogSuspect(last.Snapshot.Path);
                Refuse(last.Snapshot);
            }

            _restored = null;
            foreach (var snapshot in _folder.List().Where(snapshot => !_bad.Contains(snapshot.Path)))
            {
                if (TryRestore(snapshot, path))
                {
                    Figures.AddRestored();
                    _restored = (snapshot, _clock.GetTimestamp());
                    return snapshot;
                }

                Refuse(snapshot);
            }

            return null;
        }
    }

    private bool TryRestore(Snapshot snapshot, string path)
    {
        if (snapshot.Schema != StoreSchema.Version)
        {
            LogOtherVersion(snapshot.Path, snapshot.Schema, StoreSchema.Version);
            return false;
        }

        if (!IsOfThisJournal(snapshot))
        {
            LogOtherJournal(snapshot.Path);
            return false;
        }

        var temporary = path + ".restoring";
        var said = _clock.GetTimestamp();
        LogRestoring(snapshot.Path, snapshot.Taken, snapshot.Bytes);
        try
        {
            if (!SnapshotFolder.TryCopyTo(snapshot, temporary, SayNowAndThen))
            {
                LogDamaged(snapshot.Path);
                return false;
            }

            File.Move(temporary, path);
            DiskFiles.Instance.SyncFolder(Path.GetDirectoryName(path)!);
            return true;
        }
        finally
        {
            File.Delete(temporary);
        }

        void SayNowAndThen(long copied)
        {
            if (_clock.GetElapsedTime(said) >= SayEvery)
            {
                said = _clock.GetTimestamp();
                LogCopied((int)(copied * 100 / snapshot.Bytes), snapshot.Bytes);
            }
        }
    }

    private bool IsUsable(Snapshot snapshot) =>
        snapshot.Schema == StoreSchema.Version && IsOfThisJournal(snapshot) && !_bad.Contains(snapshot.Path);

    private bool IsOfThisJournal(Snapshot snapshot) => snapshot.Journal == _journal || snapshot.Journal == 0 || _journal == 0;

    private void Refuse(Snapshot snapshot)
    {
        if (_bad.Add(snapshot.Path))
        {
            Figures.AddRefused();
        }

        _verified = null;
    }

    /// <summary>Reads the newest once in the life of the program before the journal relies on it.</summary>
    private JournalPosition NewestGood(CancellationToken cancel)
    {
        lock (_gate)
        {
            foreach (var snapshot in _folder.List().Where(IsUsable))
            {
                if (_verified is { } known && known.Path == snapshot.Path && known.Taken == snapshot.Taken)
                {
                    return snapshot.Position;
                }

                if (SnapshotFolder.IsGood(snapshot, cancel))
                {
                    _verified = snapshot;
                    return snapshot.Position;
                }

                LogDamaged(snapshot.Path);
                Refuse(snapshot);
            }

            return JournalPosition.Start;
        }
    }

    private async Task<Snapshot?> TryMakeAsync(StoreDatabase database, CancellationToken cancel)
    {
        var epoch = database.Epoch;
        try
        {
            var since = _clock.GetTimestamp();
            var made = await _maker.MakeAsync(database, cancel);
            lock (_gate)
            {
                _bad.Remove(made.Path);
                if (database.Epoch != epoch)
                {
                    // The store was set aside meanwhile: this is a copy of what was found damaged.
                    File.Delete(made.Path);
                    return null;
                }

                _verified = made;
                DeleteOld(made);
                Figures.AddMade();
            }

            LogMade(made.Position.Value, made.Bytes, _clock.GetElapsedTime(since).TotalSeconds);
            return made;
        }
        catch (Exception failure) when (StoreDatabase.IsDamage(failure))
        {
            Figures.AddFailed();
            database.Suspect(failure, epoch);
            return null;
        }
        catch (Exception failure)
            when (failure is IOException or UnauthorizedAccessException or SqliteException or StoreUnavailableException)
        {
            Figures.AddFailed();
            LogNotMade(failure.Message.TrimEnd('.'));
            return null;
        }
    }

    /// <summary>Keeps the newest that can be used, the one just made among them; what cannot be used goes first.</summary>
    private void DeleteOld(Snapshot made)
    {
        var usable = _folder.List().Where(IsUsable).ToList();
        var kept = usable
            .Where(one => one.Position <= made.Position)
            .Take(_options.SnapshotsKept)
            .Select(static one => one.Path)
            .ToHashSet();
        foreach (var old in _folder.List().Where(one => !kept.Contains(one.Path)))
        {
            try
            {
                File.Delete(old.Path);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                LogNotDeleted(old.Path, failure.Message);
            }
        }

        Figures.Look(_folder.List());
    }
}
