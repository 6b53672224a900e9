namespace ClaudeBridge.Exporters;

/// <summary>How the delivery to one destination stands.</summary>
public enum DeliveryState : byte
{
    /// <summary>Not started, or stopped.</summary>
    Stopped,

    /// <summary>Delivering, or with nothing to deliver.</summary>
    Running,

    /// <summary>The destination is down or slow; tried again with growing waits, for as long as it takes.</summary>
    Waiting,

    /// <summary>The destination takes nothing until a person changes something; asked again now and then.</summary>
    Paused,
}

/// <summary>How far the delivery to one destination has come; for health, the status page and <c>replay</c>.</summary>
public sealed record DeliveryProgress
{
    public required string Destination { get; init; }

    /// <summary>What it is sent, for a sentence: <c>observations</c>, <c>scores</c>.</summary>
    public string Things { get; init; } = "observations";

    /// <summary>Where the destination is; null when that is no address.</summary>
    public Uri? Address { get; init; }

    /// <summary>The way that exports go, in a word; null where there is one only, or while it is not known.</summary>
    public string? Route { get; init; }

    public required DeliveryState State { get; init; }

    /// <summary>Everything up to this revision of the store is with the destination or a dead letter.</summary>
    public required long DeliveredUpTo { get; init; }

    /// <summary>Observations that are still owed: at most so many, and 0 exactly when none is.</summary>
    public required long Undelivered { get; init; }

    /// <summary>How long the oldest of them has waited since this program first saw it; null when there is none.</summary>
    public required TimeSpan? OldestUndeliveredAge { get; init; }

    /// <summary>Observations that the destination refused for good, kept with the reason.</summary>
    public required long DeadLetters { get; init; }

    /// <summary>Observations that the destination, since the start, rejected of requests that it took, without saying which: they are not sent again.</summary>
    public long Rejected { get; init; }

    /// <summary>What it said the last time it did so, in its own words, which may quote contents; null when it did not, or said nothing.</summary>
    public string? LastRejection { get; init; }

    /// <summary>Observations that the destination took since the start, also those that it may have rejected of a request.</summary>
    public required long Delivered { get; init; }

    /// <summary>Observations sent in vain since the start, each counted as often as it was.</summary>
    public long FailedItems { get; init; }

    /// <summary>Observations not sent since the start because the destination has exactly that content.</summary>
    public required long Unchanged { get; init; }

    /// <summary>Observations rebuilt from incomplete history and therefore not sent over what was delivered before.</summary>
    public required long KeptAsDelivered { get; init; }

    /// <summary>Observations of a rebuilt store, older than the ledger remembers, and not sent.</summary>
    public required long Forgotten { get; init; }

    /// <summary>The HTTP status that came last; null when the last attempt had no answer, or there was none.</summary>
    public required int? LastStatus { get; init; }

    /// <summary>Why the last attempt had no answer, in our own words; null when it had one, or there was none.</summary>
    public string? LastFault { get; init; }

    public required DateTimeOffset? LastDelivered { get; init; }

    /// <summary>Why nothing is delivered and the way out, in one sentence without secrets; set while <see cref="DeliveryState.Paused"/>.</summary>
    public required string? PausedReason { get; init; }

    /// <summary>Nothing is owed.</summary>
    public bool IsDrained => Undelivered == 0;
}
