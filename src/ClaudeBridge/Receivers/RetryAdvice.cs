using Microsoft.Extensions.Options;

namespace ClaudeBridge.Receivers;

/// <summary>When a sender that has to wait should come back: between once and twice the configured delay, in whole seconds, at random.</summary>
internal sealed class RetryAdvice(IOptions<ReceiverOptions> options)
{
    private readonly int _leastSeconds = (int)Math.Ceiling(options.Value.RetryAfter.TotalSeconds);

    // The one random number here: it spreads senders, nothing is named or kept by it.
    public TimeSpan Next() => TimeSpan.FromSeconds(Random.Shared.Next(_leastSeconds, 2 * _leastSeconds + 1));
}
