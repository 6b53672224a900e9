namespace ClaudeBridge.Exporters;

/// <summary>What a backend's answer means for what was sent. Decided once, where the answer is read; everyone else obeys.</summary>
internal enum DeliveryOutcome : byte
{
    /// <summary>Taken for good.</summary>
    Delivered = 1,

    /// <summary>Not now: an outage, a limit, a timeout. The same is sent again, for as long as it takes.</summary>
    Retry = 2,

    /// <summary>At least one of them is unacceptable and will never be taken as it is.</summary>
    Refused = 3,

    /// <summary>Too much in one request.</summary>
    TooLarge = 4,

    /// <summary>The destination takes nothing until a person changes something: keys, address, plan.</summary>
    Paused = 5,

    /// <summary>The answer speaks of each one: <see cref="DeliveryVerdict.Items"/>.</summary>
    Itemized = 6,
}

/// <param name="Status">The HTTP status; null when no answer came.</param>
/// <param name="Reason">The backend's own words, cut short, or the transport's error. May quote contents: kept, never logged.</param>
/// <param name="Advice">What it means and the way out, in our words; safe to log. Set when <paramref name="Outcome"/> is <see cref="DeliveryOutcome.Paused"/>.</param>
/// <param name="RetryAfter">How long the backend asked to be left alone; null when it did not.</param>
internal sealed record DeliveryVerdict(
    DeliveryOutcome Outcome,
    int? Status = null,
    string? Reason = null,
    string? Advice = null,
    TimeSpan? RetryAfter = null
)
{
    /// <summary>One verdict for each that was sent, in the same order: delivered, refused, or not now. Set when <see cref="Outcome"/> is <see cref="DeliveryOutcome.Itemized"/>.</summary>
    public IReadOnlyList<DeliveryVerdict>? Items { get; init; }

    /// <summary>How many of what was sent the backend says that it rejected, without saying which, of a request that it took. Not to be sent again.</summary>
    public long Rejected { get; init; }

    /// <summary>The destination is there and judges what it gets. A refusal of an empty export is such an answer too: some dislike just that.</summary>
    public bool IsJudgement =>
        Outcome is DeliveryOutcome.Delivered or DeliveryOutcome.Refused or DeliveryOutcome.TooLarge or DeliveryOutcome.Itemized;

    public static DeliveryVerdict NoAnswer(string reason) => new(DeliveryOutcome.Retry, Reason: reason);
}
