using ClaudeBridge.Sessions;

namespace ClaudeBridge.Exporters;

/// <summary>What was read from the feed and is not settled yet, and where the cursor may stand.</summary>
/// <remarks>
/// Revisions come in ascending order; the cursor is the one before the first that is not done:
/// <code>
///   done done done | taken done queued queued | not read yet
///            cursor^                  through ^
/// </code>
/// Safe for many threads.
/// </remarks>
internal sealed class DeliveryWindow(long cursor)
{
    private readonly Lock _gate = new();
    private readonly Queue<PendingItem> _inOrder = [];
    private readonly Dictionary<(TraceId, ObservationId), PendingItem> _latest = [];
    private long _through = cursor;
    private int _open;

    /// <summary>The highest revision that, with everything before it, is settled.</summary>
    public long Cursor
    {
        get
        {
            lock (_gate)
            {
                return CursorNeedsLock();
            }
        }
    }

    /// <summary>Read and not settled.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
            {
                return _open;
            }
        }
    }

    /// <summary>How far the settled reach beyond what is not settled; bounds what this object holds.</summary>
    public int Span
    {
        get
        {
            lock (_gate)
            {
                CursorNeedsLock();
                return _inOrder.Count;
            }
        }
    }

    /// <summary>The latest content of an observation on its way to the destination; null when there is none.</summary>
    public ContentHash? OnItsWay(TraceId traceId, ObservationId observationId)
    {
        lock (_gate)
        {
            return _latest.TryGetValue((traceId, observationId), out var span) ? span.Parcel.Hash : null;
        }
    }

    /// <summary>Takes a span in; an earlier form of the same observation that still waits is not sent any more.</summary>
    public void Add(PendingItem span)
    {
        lock (_gate)
        {
            var key = (span.TraceId, span.ObservationId);
            if (_latest.TryGetValue(key, out var earlier) && earlier.State == PendingState.Queued)
            {
                Finish_NeedsLock(earlier);
            }

            _latest[key] = span;
            _inOrder.Enqueue(span);
            _open++;
            _through = Math.Max(_through, span.Revision);
        }
    }

    /// <summary>Takes in a span that is sent out of turn: it neither holds the cursor back nor moves it.</summary>
    public void AddOutOfTurn(PendingItem span)
    {
        lock (_gate)
        {
            _latest[(span.TraceId, span.ObservationId)] = span;
            _open++;
        }
    }

    /// <summary>Everything up to a revision has been read.</summary>
    public void ReadThrough(long revision)
    {
        lock (_gate)
        {
            _through = Math.Max(_through, revision);
        }
    }

    /// <returns>False when a later form of the observation has taken its place.</returns>
    public bool TryTake(PendingItem span)
    {
        lock (_gate)
        {
            if (span.State != PendingState.Queued)
            {
                return false;
            }

            span.State = PendingState.Taken;
            return true;
        }
    }

    /// <summary>Acknowledged or set aside.</summary>
    public void Settle(PendingItem span)
    {
        lock (_gate)
        {
            if (span.State == PendingState.Done)
            {
                return;
            }

            Finish_NeedsLock(span);
            var key = (span.TraceId, span.ObservationId);
            if (_latest.TryGetValue(key, out var latest) && ReferenceEquals(latest, span))
            {
                _latest.Remove(key);
            }
        }
    }

    /// <summary>It may stand behind one that waits for long: its place is kept, its content is not.</summary>
    private void Finish_NeedsLock(PendingItem span)
    {
        (span.State, span.Parcel) = (PendingState.Done, span.Parcel with { Content = [] });
        _open--;
    }

    private long CursorNeedsLock()
    {
        while (_inOrder.TryPeek(out var first) && first.State == PendingState.Done)
        {
            _inOrder.Dequeue();
        }

        return _inOrder.TryPeek(out var open) ? open.Revision - 1 : _through;
    }
}
