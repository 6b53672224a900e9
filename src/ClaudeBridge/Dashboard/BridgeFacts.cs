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

    /// <summary>Settings that make it send contents, each with what it sends.</summary>
    IReadOnlyList<KeyValuePair<string, string>> ContentSettings { get; }

    IReadOnlyList<DeliveryFact> Deliveries();
}

/// <summary>How the delivery of one kind of thing to one destination stands.</summary>
/// <param name="Things">What is sent, such as <c>observations</c>.</param>
/// <param name="Undelivered">How many are still owed.</param>
/// <param name="Reason">Why nothing goes out; null when it does.</param>
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
    string? Reason
);
