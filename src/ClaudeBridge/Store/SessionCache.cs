using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store;

/// <summary>The sessions that the assembler works on, within a bound on memory. What is not here is loaded from the store. For one thread.</summary>
internal sealed class SessionCache(StoreWriter store, long maxBytes)
{
    /// <summary>What a session takes besides its facts and its key, roughly.</summary>
    private const long BytesPerSession = 2048;

    /// <summary>What one of its buckets takes besides the facts in it: a place in the plan, a summary, two or three keys.</summary>
    private const long BytesPerBucket = 1024;

    private readonly Dictionary<string, Entry> _sessions = [];
    private readonly List<Entry> _used = [];
    private long _bytes;
    private long _step = 1;

    public int Count => _sessions.Count;

    public SessionState Get(string key)
    {
        if (!_sessions.TryGetValue(key, out var entry))
        {
            entry = new Entry(new SessionState(key, store.LoadBuckets(key), store));
            _sessions.Add(key, entry);
        }

        if (entry.UsedIn != _step)
        {
            entry.UsedIn = _step;
            _used.Add(entry);
        }

        return entry.State;
    }

    /// <summary>To be called after each step: lets go of the sessions that were not used for longest, and of loaded records, until the bound holds.</summary>
    public void EndStep()
    {
        foreach (var entry in _used)
        {
            Measure(entry);
        }

        _used.Clear();

        if (_bytes > maxBytes)
        {
            Shrink();
        }

        _step++;
    }

    public void Remove(string key)
    {
        if (_sessions.Remove(key, out var entry))
        {
            _bytes -= entry.Bytes;
        }
    }

    /// <summary>Forgets everything: after a step that failed, memory may be ahead of the store.</summary>
    public void Clear()
    {
        _sessions.Clear();
        _used.Clear();
        _bytes = 0;
    }

    private void Shrink()
    {
        foreach (var (key, entry) in _sessions.OrderBy(static pair => pair.Value.UsedIn).ToList())
        {
            if (entry.UsedIn < _step)
            {
                Remove(key);
            }
            else
            {
                entry.State.Trim();
                Measure(entry);
            }

            if (_bytes <= maxBytes / 4 * 3)
            {
                return;
            }
        }
    }

    private void Measure(Entry entry)
    {
        _bytes -= entry.Bytes;
        entry.Bytes = entry.State.CachedBytes + BytesPerSession + (2 * entry.State.Key.Length) + (BytesPerBucket * entry.State.BucketCount);
        _bytes += entry.Bytes;
    }

    private sealed class Entry(SessionState state)
    {
        public SessionState State { get; } = state;

        public long UsedIn { get; set; }

        public long Bytes { get; set; }
    }
}
