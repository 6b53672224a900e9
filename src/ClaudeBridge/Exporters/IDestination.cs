using ClaudeBridge.Sessions;
using ClaudeBridge.Store;

namespace ClaudeBridge.Exporters;

/// <summary>A place that the feed is delivered to. Knows its format and its transport; retries, order and bookkeeping are the loop's.</summary>
internal interface IDestination
{
    /// <summary>Names the destination in logs and in health.</summary>
    string Name { get; }

    /// <summary>Names it in the ledger: another place has another name and gets everything that the store holds; new keys for the same place do not change it.</summary>
    string LedgerName { get; }

    /// <summary>Where it is, for a person who looks for a fault; null when that is no address.</summary>
    Uri? Address => null;

    /// <summary>Whether the store keeps beyond its time what this destination has not got yet.</summary>
    bool HoldsStore => true;

    /// <summary>The way that exports go, in a word, and kept in the ledger; null where there is one only, or while it is not known.</summary>
    string? Route => null;

    /// <summary>What it is sent, for a sentence: <c>observations</c>.</summary>
    string Things => "observations";

    /// <summary>Whether it is sent this; all else is passed over.</summary>
    bool Takes(FeedItem item);

    /// <summary>The way that exports went when the program last ran.</summary>
    void Resume(string route) { }

    /// <summary>What a trace, or a session's scores, say of themselves with this destination's own settings filled in. Called when one is first sent, and for a trace's root each time.</summary>
    TraceContext Complete(TraceContext context);

    /// <summary>A start as this destination keeps it: where that is coarser, the start is rounded once and never moves.</summary>
    ulong StartAsKept(ulong startUnixNano) => startUnixNano;

    /// <summary>One observation as this destination takes it. Equal arguments give equal bytes, whatever the route: the ledger compares them by hash.</summary>
    byte[] Encode(TraceId traceId, Observation observation, TraceContext context);

    /// <summary>The same for one score of a session.</summary>
    byte[] Encode(SessionScores scores, SessionScore score, TraceContext context);

    /// <summary>One attempt to deliver parcels together. Answers with a verdict whatever the backend does; throws only when cancelled.</summary>
    Task<DeliveryVerdict> SendAsync(IReadOnlyList<Parcel> parcels, CancellationToken cancel);

    /// <summary>One attempt to learn whether the destination takes exports at all, without writing anything.</summary>
    Task<DeliveryVerdict> ProbeAsync(CancellationToken cancel);

    /// <summary>Asked once, before anything is encoded: by default whether it takes exports, so that wrong keys are known before the first turn.</summary>
    Task<DeliveryVerdict> BeginAsync(CancellationToken cancel) => ProbeAsync(cancel);
}
