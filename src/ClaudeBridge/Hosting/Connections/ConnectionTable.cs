using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Hosting.Connections;

/// <summary>The open connections. When there are as many as there may be, the one that has kept the bridge waiting the longest makes room for the next.</summary>
/// <remarks>
/// There is no limit for each address: on loopback, behind a proxy and behind a gateway all clients have one. Connections by which no whole request ever came go first,
/// so that filling the table with them keeps nobody out.
/// </remarks>
/// <param name="most">How many may be open at one time. Each listening socket may hold one more that it has just taken.</param>
internal sealed class ConnectionTable(int most, TimeProvider clock) : IMetricSource
{
    /// <summary>What a client has for its request before its connection may be closed for another: little, as those behind it wait that long for each round of places.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(200);

    /// <summary>How long until one that could not be closed is looked at again, when no connection ends before.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly HashSet<ConnectionUse> _open = [];
    private int _taken;
    private TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _taken;
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
                if (_taken < most)
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

    /// <summary>One was taken; it is <see cref="Add">added</see> once it is served.</summary>
    public void Take()
    {
        lock (_lock)
        {
            _taken++;
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
            _taken--;
            ended = _ended;
            _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        ended.SetResult();
    }

    public IEnumerable<MetricFamily> Read()
    {
        ILookup<Door, ConnectionUse> open;
        lock (_lock)
        {
            open = _open.ToLookup(static connection => connection.Door);
        }

        return
        [
            MetricFamily.Gauge(
                "claudebridge_open_connections",
                "Connections that are open now, by port.",
                [
                    .. Enum.GetValues<Door>()
                        .Select(door => MetricFamily.Sample(open[door].Count(), ("port", door.ToString().ToLowerInvariant()))),
                ]
            ),
        ];
    }

    /// <summary>One that asked before goes only where there is none that never did. Null when the bridge works for all of them, or they are all new.</summary>
    private ConnectionUse? Worst()
    {
        var waiting = _open.Where(static connection => connection.Waited is not null).ToLookup(static connection => connection.IsProven);
        var worst = (waiting.Contains(false) ? waiting[false] : waiting[true]).MaxBy(static connection => connection.Waited);
        return worst?.Waited >= Least ? worst : null;
    }
}
