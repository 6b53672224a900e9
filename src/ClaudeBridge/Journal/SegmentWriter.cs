using System.Security.Cryptography;
using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Journal;

/// <summary>The newest segment, open for writing. Used by the writer's thread alone.</summary>
/// <remarks>
///   none ─first group─▶ open ─full or too old─▶ none
///                         ├──── a write fails, and what it left can be cut off and the rest synced ─▶ open
///                         ├──── a write or sync fails ─▶ none: the file is given up, for after a failed sync nobody knows what of it is on disk;
///                         │                              the next group begins a file that says where the last good group ended.
///                         └──── it is no longer at its path ─▶ none
/// </remarks>
internal sealed class SegmentWriter(IJournalFiles files, string folder, long journal, JournalOptions options, JournalClock clock)
    : IDisposable
{
    private readonly GatherBuffer _gather = new();
    private IJournalFile? _file;
    private Segment? _segment;
    private DateTimeOffset _created;
    private bool _isNameSynced;
    private bool _isSyncing;
    private bool _isMoved;
    private Segment? _resumable;
    private bool _isMarkedInUse;
    private long _reserved;
    private long _next;

    // Where the last group that was synced ended.
    private long _end;

    /// <summary>Sets where writing goes on.</summary>
    /// <param name="resumable">The newest segment when it may be added to.</param>
    /// <param name="end">Where the journal ends.</param>
    /// <param name="next">The lowest position that was never given; equal to <paramref name="end"/> when <paramref name="resumable"/> is set.</param>
    /// <param name="reserved">What the marker on disk promises.</param>
    public void Begin(Segment? resumable, long end, long next, long reserved)
    {
        (_resumable, _end, _next, _reserved) = (resumable, end, next, reserved);
    }

    /// <summary>Bytes that may still be added to the open segment.</summary>
    public long Room => (_segment ?? _resumable) is { } segment ? Math.Max(0, options.SegmentBytes - segment.Bytes) : options.SegmentBytes;

    public bool IsEmpty => (_segment ?? _resumable) is null;

    public bool IsTooOld => _segment is { Bytes: > 0 } && clock.Now - _created >= options.SegmentAge;

    /// <summary>Whether the last failure was one to sync: then it is not a matter of room.</summary>
    public bool FailedToSync => _isSyncing;

    /// <summary>The base of the segment that is written to next; null when a new one will be begun.</summary>
    public long? OpenBase => (_segment ?? _resumable)?.Base;

    /// <summary>Writes a group behind what is there and syncs it. Returns the segment as it is then; the positions are in <paramref name="positions"/>.</summary>
    /// <exception cref="JournalMovedException">Nothing of the group counts as written; the same group again begins a new file.</exception>
    /// <exception cref="IOException">Nothing of the group counts as written.</exception>
    public Segment Write(IReadOnlyList<PendingEntry> group, List<long> positions)
    {
        positions.Clear();
        _isSyncing = false;
        Open();
        CrashPoints.Pass(CrashPoints.JournalAppend);
        var segment = _segment!;
        var position = segment.End;
        var written = position;
        _gather.Clear();
        foreach (var pending in group)
        {
            var header = HeaderOf(pending, segment.Mark, position);
            if (!_gather.TryAdd(pending, header))
            {
                WriteGathered(written);
                written = position;
                _ = _gather.TryAdd(pending, header);
            }

            positions.Add(position);
            position += pending.Length;
            _next = position;
        }

        WriteGathered(written);
        CrashPoints.Pass(CrashPoints.JournalSync);
        Sync();
        CrashPoints.Pass(CrashPoints.JournalSynced);
        _isMoved = !files.Holds(segment.Path, Segment.OffsetOf(segment.Base, position));
        if (_isMoved)
        {
            throw new JournalMovedException(segment.Path);
        }

        _end = position;
        return _segment = segment with { End = position, LastWritten = clock.Now };
    }

    /// <summary>Tries all that a group asks of the disk. When it works, an empty segment is open for the next group; else nothing is left behind.</summary>
    /// <param name="bytes">How much room is asked for.</param>
    /// <exception cref="IOException">The disk takes nothing.</exception>
    public void Probe(int bytes)
    {
        _isSyncing = false;
        Open();
        var end = Segment.OffsetOf(_segment!.Base, _segment.End);
        _file!.Write([new byte[bytes]], end);
        Sync();
        _file.SetLength(end);
    }

    /// <summary>Ends the open segment; the next group begins a new one.</summary>
    public void EndSegment()
    {
        _file?.Dispose();
        (_file, _segment, _resumable, _isMoved) = (null, null, null, false);
    }

    /// <summary>After a failure: frees what room the unfinished end takes, and gives the segment up unless all that is left of it is surely on disk.</summary>
    public void GiveUp()
    {
        if (!_isMoved && _file is { } file && _segment is { } segment)
        {
            var isWhole = TryCut(file, segment);
            if (isWhole && segment.Bytes > 0)
            {
                _next = segment.End;
                return;
            }

            DeleteIfEmpty(segment);
        }

        EndSegment();
    }

    /// <summary>Notes that the journal was closed in order, so that the next start may go on in the same segment without reading it.</summary>
    public void Close()
    {
        if (_segment is { } segment && _isMarkedInUse)
        {
            if (!DeleteIfEmpty(segment))
            {
                new TailMarker(journal, _reserved, ClosedAt: _end).Write(files, folder);
            }
        }

        EndSegment();
    }

    public void Dispose() => EndSegment();

    private void Open()
    {
        if (_file is not null)
        {
            return;
        }

        if (_resumable is { } resumable)
        {
            Reserve(resumable.Base);
            _file = files.OpenWrite(resumable.Path);
            (_segment, _resumable, _created, _isNameSynced) = (resumable, null, resumable.LastWritten, true);
            return;
        }

        CrashPoints.Pass(CrashPoints.JournalRotate);
        files.CreateFolder(folder);
        Reserve(_next);
        var path = Segment.PathOf(folder, _next);
        while (files.Exists(path))
        {
            // Somebody's file, or one that could not be deleted: it is left alone.
            _next++;
            Reserve(_next);
            path = Segment.PathOf(folder, _next);
        }

        var mark = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
        _created = clock.Now;
        _file = files.CreateNew(path);
        _isNameSynced = false;
        _segment = new Segment(path, _next, _end, mark, _next, _created);
        _file.Write([new SegmentHeader(_next, _end, _created.UtcTicks, mark, journal).ToBytes()], 0);
        CrashPoints.Pass(CrashPoints.JournalRotated);
    }

    /// <summary>Promises on disk, before any position of a segment is given, how high its positions may go.</summary>
    private void Reserve(long start)
    {
        var reserved = start + Math.Max(options.SegmentBytes, options.MaxEntryBytes);
        if (_isMarkedInUse && reserved <= _reserved)
        {
            return;
        }

        reserved = Math.Max(reserved, _reserved);
        new TailMarker(journal, reserved, ClosedAt: null).Write(files, folder);
        (_reserved, _isMarkedInUse) = (reserved, true);
    }

    private void WriteGathered(long position)
    {
        if (!_gather.IsEmpty)
        {
            _file!.Write(_gather.Finish(), Segment.OffsetOf(_segment!.Base, position));
            _gather.Clear();
        }
    }

    private void Sync()
    {
        _isSyncing = true;
        _file!.Sync();
        if (!_isNameSynced)
        {
            files.SyncFolder(folder);
            _isNameSynced = true;
        }
    }

    /// <summary>Cuts off what a failed write left. True when the rest is known to be on disk: nothing that was to be synced failed to be.</summary>
    private bool TryCut(IJournalFile file, Segment segment)
    {
        try
        {
            file.SetLength(Segment.OffsetOf(segment.Base, segment.End));
            if (_isSyncing)
            {
                return false;
            }

            file.Sync();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What stays behind is not read: the next segment says where the journal ended.
            return false;
        }
    }

    private bool DeleteIfEmpty(Segment segment)
    {
        if (segment.Bytes > 0)
        {
            return false;
        }

        TryDelete(segment.Path);
        return true;
    }

    private static EntryHeader HeaderOf(PendingEntry pending, uint mark, long position) =>
        new(
            mark,
            position,
            pending.Length,
            pending.Attributes.Length,
            pending.Entry.ReceivedAt.UtcTicks,
            pending.Entry.Kind,
            pending.Entry.Signal,
            pending.Entry.Encoding,
            pending.ContentCrc
        );

    private void TryDelete(string path)
    {
        try
        {
            files.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It holds no entry and is passed over.
        }
    }
}
