using ClaudeBridge.Sessions;

namespace ClaudeBridge.Exporters;

/// <summary>A place that settled observations are delivered to. Knows its format and its transport; retries, order and bookkeeping are the loop's.</summary>
internal interface IDestination
{
    /// <summary>Names the destination in logs and in health.</summary>
    string Name { get; }

    /// <summary>Names it in the ledger: another place has another name and gets everything that the store holds; new keys for the same place do not change it.</summary>
    string LedgerName { get; }

    /// <summary>Where it is, for a person who looks for a fault; null when that is no address.</summary>
    Uri? Address => null;

    /// <summary>What a trace says of itself with this destination's own settings filled in. Called when a trace is first sent, and for its root each time.</summary>
    TraceContext Complete(TraceContext context);

    /// <summary>One observation as this destination takes it. Equal arguments give equal bytes: the ledger compares them by hash.</summary>
    byte[] Encode(TraceId traceId, Observation observation, TraceContext context);

    /// <summary>One attempt to deliver encoded observations together. Answers with a verdict whatever the backend does; throws only when cancelled.</summary>
    Task<DeliveryVerdict> SendAsync(IReadOnlyList<byte[]> spans, CancellationToken cancel);

    /// <summary>One attempt to learn whether the destination takes exports at all, without writing anything.</summary>
    Task<DeliveryVerdict> ProbeAsync(CancellationToken cancel);
}
