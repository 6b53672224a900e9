namespace ClaudeBridge.Store.Counters;

/// <summary>Gives Claude Code's figures as counters that never go down. In the running bridge only.</summary>
internal interface IUsageCounters
{
    /// <summary>Null while the store takes in what the journal held when the bridge was started: what it would show is still on its way up.</summary>
    Task<UsageCounters?> ReadAsync(CancellationToken cancel);
}

/// <param name="Rows">In the order in which they were first counted, as far as that is known.</param>
/// <param name="OpenSessions">Sessions of which something arrived shortly ago, by tenant; none for tenants without.</param>
internal sealed record UsageCounters(
    IReadOnlyList<KeyValuePair<CounterLabels, CounterValues>> Rows,
    IReadOnlyDictionary<string, int> OpenSessions
);
