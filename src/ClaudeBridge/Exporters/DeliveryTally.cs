namespace ClaudeBridge.Exporters;

/// <summary>What one destination's loop has done since it started. Safe for many threads.</summary>
internal sealed class DeliveryTally(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _moved = NewSignal();
    private long _delivered;
    private long _setAside;
    private long _rejected;
    private string? _lastRejection;
    private long _unchanged;
    private long _keptAsDelivered;
    private long _forgotten;
    private DateTimeOffset? _lastDelivered;

    /// <summary>The highest revision at a time when something was owed, and that time.</summary>
    private (long Revision, long Timestamp)? _waiting;

    /// <summary>Observations that the destination took.</summary>
    public long DeliveredCount => Interlocked.Read(ref _delivered);

    /// <summary>Observations that became dead letters.</summary>
    public long SetAsideCount => Interlocked.Read(ref _setAside);

    /// <summary>Observations that the destination rejected of requests that it took, without saying which.</summary>
    public long RejectedCount => Interlocked.Read(ref _rejected);

    /// <summary>What it said the last time it did so: its own words, for who may see contents; null when it did not, or said nothing.</summary>
    public string? LastRejection => Volatile.Read(ref _lastRejection);

    /// <summary>Observations not sent because the destination has exactly this content.</summary>
    public long UnchangedCount => Interlocked.Read(ref _unchanged);

    /// <summary>Observations rebuilt from incomplete history and not sent over what was delivered before.</summary>
    public long KeptAsDeliveredCount => Interlocked.Read(ref _keptAsDelivered);

    /// <summary>Observations of a rebuilt store that are older than what the ledger remembers, and not sent.</summary>
    public long ForgottenCount => Interlocked.Read(ref _forgotten);

    public DateTimeOffset? LastDelivered
    {
        get
        {
            lock (_gate)
            {
                return _lastDelivered;
            }
        }
    }

    /// <summary>Completes at the next step forward. Take it before looking, then wait for it.</summary>
    public Task Moved
    {
        get
        {
            lock (_gate)
            {
                return _moved.Task;
            }
        }
    }

    public void Delivered(int count)
    {
        Interlocked.Add(ref _delivered, count);
        lock (_gate)
        {
            _lastDelivered = clock.GetUtcNow();
        }
    }

    /// <summary>Takes note of how far behind the cursor is.</summary>
    /// <returns>How long the oldest observation that is owed has waited since it was first seen here, or a little less; null when none is owed.</returns>
    public TimeSpan? Look(long cursor, long latest)
    {
        lock (_gate)
        {
            if (latest <= cursor)
            {
                _waiting = null;
                return null;
            }

            if (_waiting is not { } waiting || waiting.Revision <= cursor)
            {
                waiting = (latest, clock.GetTimestamp());
                _waiting = waiting;
            }

            return clock.GetElapsedTime(waiting.Timestamp);
        }
    }

    public void Rejected(long count, string? words)
    {
        Interlocked.Add(ref _rejected, count);
        Volatile.Write(ref _lastRejection, words);
    }

    public void SetAside() => Interlocked.Increment(ref _setAside);

    public void Unchanged() => Interlocked.Increment(ref _unchanged);

    public void KeptAsDelivered() => Interlocked.Increment(ref _keptAsDelivered);

    public void Forgotten() => Interlocked.Increment(ref _forgotten);

    public void Move()
    {
        TaskCompletionSource moved;
        lock (_gate)
        {
            (moved, _moved) = (_moved, NewSignal());
        }

        moved.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
