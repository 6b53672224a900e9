namespace ClaudeBridge.Dashboard;

/// <summary>What the status page says of the bridge as it runs. The host, which knows all parts, tells it.</summary>
internal interface IBridgeFacts
{
    /// <summary><c>http</c>, or <c>https</c> where the ports speak TLS.</summary>
    string Scheme { get; }

    int HttpPort { get; }

    int GrpcPort { get; }

    /// <summary>The variables that make Claude Code send here, in order. Holds no key.</summary>
    /// <param name="host">The name that the reader reaches this bridge by.</param>
    IReadOnlyList<KeyValuePair<string, string>> ClientSettings(string host);

    /// <summary>Settings that name certificates, each with what it is for; empty where the ports speak no TLS.</summary>
    IReadOnlyList<KeyValuePair<string, string>> CertificateSettings { get; }

    /// <summary>Settings that make it send contents, each with what it sends.</summary>
    IReadOnlyList<KeyValuePair<string, string>> ContentSettings { get; }

    IReadOnlyList<DeliveryFact> Deliveries();
}

/// <summary>How the delivery of one kind of thing to one destination stands.</summary>
/// <param name="Things">What is sent, such as <c>observations</c>.</param>
/// <param name="Undelivered">How many are still owed.</param>
/// <param name="Reason">Why nothing goes out; null when it does.</param>
/// <param name="Rejected">How many the destination rejected of requests that it took, without saying which.</param>
/// <param name="LastRejection">What it said then, in its own words.</param>
/// <param name="Refusals">Of the dead letters, the newest first.</param>
internal sealed record DeliveryFact(
    string Destination,
    string? Address,
    string Things,
    string State,
    bool IsWell,
    long Delivered,
    long Undelivered,
    TimeSpan? OldestAge,
    long DeadLetters,
    DateTimeOffset? LastDelivered,
    string? Reason,
    long Rejected,
    string? LastRejection,
    IReadOnlyList<RefusalFact> Refusals
);

/// <summary>Why something was refused for good, and how often that was so of late.</summary>
/// <param name="Reason">The destination's own words.</param>
internal sealed record RefusalFact(string Reason, int? Status, long Count);
