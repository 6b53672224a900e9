using ClaudeBridge.Journal;

namespace ClaudeBridge.Hosting;

/// <summary>Those who wait for the store to reach a journal position. Safe for many threads.</summary>
internal sealed class PositionWaiters
{
    private readonly Lock _lock = new();
    private readonly List<(JournalPosition Position, TaskCompletionSource Reached)> _waiting = [];
    private long _reached;
    private volatile bool _hasEnded;

    public JournalPosition Reached => new(Volatile.Read(ref _reached));

    public bool HasEnded => _hasEnded;

    public bool IsAnyWaiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count > 0;
            }
        }
    }

    public Task WaitAsync(JournalPosition position)
    {
        lock (_lock)
        {
            if (Reached >= position)
            {
                return Task.CompletedTask;
            }

            if (_hasEnded)
            {
                return Task.FromCanceled(new CancellationToken(canceled: true));
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((position, reached));
            return reached.Task;
        }
    }

    public void Reach(JournalPosition position)
    {
        lock (_lock)
        {
            Volatile.Write(ref _reached, position.Value);
            foreach (var (_, reached) in _waiting.Where(waiting => waiting.Position <= position))
            {
                reached.SetResult();
            }

            _ = _waiting.RemoveAll(waiting => waiting.Position <= position);
        }
    }

    /// <summary>The store was built anew: it is back where it says.</summary>
    public void Restart(JournalPosition position) => Reach(position);

    /// <summary>Nothing more will be reached: whoever waits is told by a cancellation.</summary>
    public void End()
    {
        lock (_lock)
        {
            _hasEnded = true;
            foreach (var (_, reached) in _waiting)
            {
                _ = reached.TrySetCanceled();
            }

            _waiting.Clear();
        }
    }
}
