using ClaudeBridge.Sessions;

namespace ClaudeBridge.Exporters.Ledger;

/// <summary>The traces that were looked up last. Bounded: emptied when full, which costs one look-up a trace.</summary>
internal sealed class LedgerTraceCache
{
    private const int Capacity = 1_024;

    private readonly Dictionary<TraceId, (LedgerTrace Trace, long LastUsed)> _traces = [];

    public bool TryGet(TraceId id, out (LedgerTrace Trace, long LastUsed) found) => _traces.TryGetValue(id, out found);

    public void Set(TraceId id, LedgerTrace trace, long lastUsed)
    {
        if (_traces.Count >= Capacity)
        {
            _traces.Clear();
        }

        _traces[id] = (trace, lastUsed);
    }

    public void Clear() => _traces.Clear();
}
