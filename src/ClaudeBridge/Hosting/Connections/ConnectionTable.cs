namespace ClaudeBridge.Hosting.Connections;

/// <summary>The open connections. When there are as many as there may be, the one that has kept the bridge waiting the longest makes room for the next.</summary>
/// <remarks>
/// There is no limit for each address: on loopback, behind a proxy and behind a gateway all clients have one. Connections by which no whole request ever came go first,
/// so that filling the table with them keeps nobody out.
/// </remarks>
/// <param name="most">How many may be open at one time. Each listening socket may hold one more that it has just taken.</param>
internal sealed class ConnectionTable(int most, TimeProvider clock)
{
    /// <summary>What a client has for its request before its connection may be closed for another.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    /// <summary>How long until one that could not be closed is looked at again, when no connection ends before.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly HashSet<ConnectionUse> _open = [];
    private TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>Waits until one more may be taken; who connects meanwhile waits in the queue of the system.</summary>
    public async ValueTask RoomAsync(CancellationToken cancel)
    {
        while (true)
        {
            ConnectionUse? worst;
            Task ended;
            lock (_lock)
            {
                if (_open.Count < most)
                {
                    return;
                }

                worst = Worst();
                ended = _ended.Task;
            }

            worst?.Close("Another client needs the place.");
            try
            {
                await ended.WaitAsync(LookAgain, clock, cancel);
            }
            catch (TimeoutException)
            {
                // Someone may have become old enough.
            }
        }
    }

    public void Add(ConnectionUse connection)
    {
        lock (_lock)
        {
            _open.Add(connection);
        }
    }

    public void Remove(ConnectionUse connection)
    {
        TaskCompletionSource ended;
        lock (_lock)
        {
            _open.Remove(connection);
            ended = _ended;
            _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        ended.SetResult();
    }

    /// <summary>Null when the bridge works for all of them, or they are all new.</summary>
    private ConnectionUse? Worst()
    {
        ConnectionUse? worst = null;
        var longest = TimeSpan.Zero;
        foreach (var connection in _open)
        {
            if (connection.Waited is not { } waited || waited < Least || worst is not null && connection.IsProven && !worst.IsProven)
            {
                continue;
            }

            if (worst is null || waited > longest || worst.IsProven && !connection.IsProven)
            {
                (worst, longest) = (connection, waited);
            }
        }

        return worst;
    }
}
