namespace ClaudeBridge.Diagnostics;

/// <summary>A request that was not taken, without anything from its body or headers.</summary>
/// <param name="Path">The request's path without its query, cut to <see cref="RefusalLog.MaxPathLength"/> printable characters.</param>
/// <param name="Status">The HTTP status, or the gRPC status code behind the gRPC door.</param>
/// <param name="Reason">What the sender was told.</param>
internal readonly record struct Refusal(DateTimeOffset At, Door Door, string Path, int Status, string Reason);

/// <summary>The last refused requests, for the person who asks why nothing arrives. Safe for any number of threads.</summary>
internal sealed class RefusalLog(TimeProvider clock)
{
    public const int Capacity = 100;
    public const int MaxPathLength = 128;

    private readonly Lock _lock = new();
    private readonly Refusal[] _ring = new Refusal[Capacity];
    private long _total;

    /// <summary>Refusals since the start, also those that the ring has forgotten.</summary>
    public long Total
    {
        get
        {
            lock (_lock)
            {
                return _total;
            }
        }
    }

    public void Add(Door door, string path, int status, string reason)
    {
        var refusal = new Refusal(clock.GetUtcNow(), door, Printable(path), status, reason);
        lock (_lock)
        {
            _ring[_total++ % Capacity] = refusal;
        }
    }

    /// <summary>A copy, newest first.</summary>
    public IReadOnlyList<Refusal> Recent()
    {
        lock (_lock)
        {
            var recent = new Refusal[Math.Min(_total, Capacity)];
            for (var i = 0; i < recent.Length; i++)
            {
                recent[i] = _ring[(_total - 1 - i) % Capacity];
            }

            return recent;
        }
    }

    /// <summary>A stranger chose the path: it must neither fill the memory nor write on a terminal.</summary>
    private static string Printable(string path)
    {
        var cut = path.Length > MaxPathLength ? path[..MaxPathLength] : path;
        return cut.Any(char.IsControl) ? string.Concat(cut.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : cut;
    }
}
