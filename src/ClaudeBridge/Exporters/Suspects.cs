using ClaudeBridge.Sessions;

namespace ClaudeBridge.Exporters;

/// <summary>Observations that fail alone while the destination is otherwise well: a filter in front of it, or an error that this content provokes.</summary>
/// <remarks>Only counts. A suspect is set aside when another observation got through and it failed once more after that.</remarks>
internal sealed class Suspects(int failuresNeeded)
{
    private const int Most = 16;

    private readonly Dictionary<(TraceId, ObservationId), int> _failures = [];

    /// <summary>How many observations are passed over for the time being.</summary>
    public int Count => _failures.Values.Count(failures => failures >= failuresNeeded);

    public bool Contains(PendingItem span) =>
        _failures.TryGetValue((span.TraceId, span.ObservationId), out var failures) && failures >= failuresNeeded;

    /// <summary>It failed alone, and an empty export did not.</summary>
    public void Failed(PendingItem span)
    {
        if (_failures.Count >= Most && !_failures.ContainsKey((span.TraceId, span.ObservationId)))
        {
            // Many in a row and nothing gets through: it is the destination after all.
            _failures.Clear();
        }

        _failures[(span.TraceId, span.ObservationId)] = _failures.GetValueOrDefault((span.TraceId, span.ObservationId)) + 1;
    }

    public void Clear() => _failures.Clear();
}
