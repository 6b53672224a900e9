using ClaudeBridge.Sessions;

namespace ClaudeBridge.Benchmarks.InProcess;

/// <summary>The sessions in memory, with nothing behind them: beyond a size, those unused for longest are forgotten.</summary>
internal sealed class MemorySessions(long maxBytes, Func<string, SessionState> load)
{
    private readonly Dictionary<string, LinkedListNode<SessionState>> _byKey = new(StringComparer.Ordinal);
    private readonly LinkedList<SessionState> _byUse = new();

    public long Bytes { get; private set; }

    public SessionState Get(string key)
    {
        if (_byKey.TryGetValue(key, out var node))
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value;
        }

        var state = load(key);
        _byKey[key] = _byUse.AddFirst(state);
        return state;
    }

    /// <summary>Call after each use with what the session had cached before it.</summary>
    public void Account(SessionState state, long before)
    {
        Bytes += state.CachedBytes - before;
        while (Bytes > maxBytes && _byUse.Last is { } last && last.Value != state)
        {
            Bytes -= last.Value.CachedBytes;
            _byUse.RemoveLast();
            _byKey.Remove(last.Value.Key);
        }
    }
}
