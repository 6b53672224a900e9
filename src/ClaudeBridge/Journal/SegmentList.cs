using System.Collections.Immutable;

namespace ClaudeBridge.Journal;

/// <summary>The segments that are held and where the journal ends: written by the writer and retention, read by everybody.</summary>
internal sealed class SegmentList
{
    private readonly Lock _gate = new();
    private ImmutableArray<Segment> _segments;
    private long _end;

    // Where the last entry that can be read ends. Behind _end when positions were skipped or the last entries are damaged:
    // a reader that waited for _end would then find nothing and come back at once, for ever.
    private long _readableEnd;
    private TaskCompletionSource? _grown;

    public SegmentList(IEnumerable<Segment> segments, long end, long readableEnd)
    {
        _segments = [.. segments];
        _end = end;
        _readableEnd = readableEnd;
    }

    public ImmutableArray<Segment> Segments
    {
        get
        {
            lock (_gate)
            {
                return _segments;
            }
        }
    }

    public long End => Volatile.Read(ref _end);

    public long Oldest
    {
        get
        {
            lock (_gate)
            {
                return _segments.FirstOrDefault(segment => segment.Bytes > 0)?.Base ?? _end;
            }
        }
    }

    /// <inheritdoc cref="IJournalReader.LetGoUpTo"/>
    public long LetGoUpTo
    {
        get
        {
            lock (_gate)
            {
                return _segments.FirstOrDefault()?.Follows ?? _end;
            }
        }
    }

    /// <summary>Bytes of entries held from a position on.</summary>
    public long BytesAfter(long position) => Segments.Sum(segment => Math.Max(0, segment.End - Math.Max(segment.Base, position)));

    /// <summary>Makes a group that is on disk visible: the newest segment as it is now, or a new one.</summary>
    public void Publish(Segment segment)
    {
        TaskCompletionSource? grown;
        lock (_gate)
        {
            _segments =
                _segments.Length > 0 && _segments[^1].Base == segment.Base
                    ? _segments.SetItem(_segments.Length - 1, segment)
                    : _segments.Add(segment);
            Volatile.Write(ref _end, segment.End);
            _readableEnd = segment.End;
            (grown, _grown) = (_grown, null);
        }

        grown?.SetResult();
    }

    /// <summary>Takes segments out before their files are deleted.</summary>
    public void Remove(IReadOnlyCollection<Segment> gone)
    {
        lock (_gate)
        {
            _segments = _segments.RemoveAll(segment => gone.Any(one => one.Base == segment.Base));
            if (_segments.All(segment => segment.Bytes == 0))
            {
                _readableEnd = 0;
            }
        }
    }

    /// <summary>The first segment that holds anything at or after a position.</summary>
    public Segment? FindAt(long position)
    {
        foreach (var segment in Segments)
        {
            if (segment.End > position && segment.Bytes > 0)
            {
                return segment;
            }
        }

        return null;
    }

    public async Task WaitAsync(long position, CancellationToken cancel)
    {
        while (true)
        {
            Task grown;
            lock (_gate)
            {
                if (_readableEnd > position)
                {
                    return;
                }

                _grown ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                grown = _grown.Task;
            }

            await grown.WaitAsync(cancel);
        }
    }

    /// <summary>A reader found nothing more between a position and the end as it was.</summary>
    public void NothingReadable(long from, long end)
    {
        lock (_gate)
        {
            if (_end == end && _readableEnd > from)
            {
                _readableEnd = from;
            }
        }
    }
}
