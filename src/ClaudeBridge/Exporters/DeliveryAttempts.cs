using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace ClaudeBridge.Exporters;

/// <summary>How a request is tried: a time limit for each attempt, quick repetitions with growing waits, a circuit breaker. The one retry policy there is.</summary>
/// <remarks>
/// Blips end here. When this gives up, the loop takes over and tries for as long as it takes. Two tokens: <c>stop</c> ends waiting and
/// further attempts, <c>abort</c> also ends the attempt under way, so that stopping loses no answer that is about to come.
/// </remarks>
internal sealed class DeliveryAttempts
{
    private readonly IDestination _destination;
    private readonly DeliveryOptions _options;
    private readonly TimeProvider _clock;
    private readonly ResiliencePipeline<DeliveryVerdict> _repetition;
    private readonly ResiliencePipeline _limit;
    private long _heldUntilTicks;
    private long _failedItems;

    public DeliveryAttempts(IDestination destination, DeliveryOptions options, TimeProvider clock)
    {
        (_destination, _options, _clock) = (destination, options, clock);
        _repetition = new ResiliencePipelineBuilder<DeliveryVerdict> { TimeProvider = clock }
            .AddRetry(Repetition(options))
            .AddCircuitBreaker(Breaker(options))
            .Build();
        _limit = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddTimeout(options.AttemptTimeout)
            .Build();
    }

    /// <summary>The answer of the last attempt; for health.</summary>
    public DeliveryVerdict? Last { get; private set; }

    /// <summary>Observations in requests that did not take them, each counted as often as it was sent in vain.</summary>
    public long FailedItems => Interlocked.Read(ref _failedItems);

    /// <summary>Sends with quick repetitions.</summary>
    public async Task<DeliveryVerdict> SendAsync(IReadOnlyList<Parcel> parcels, CancellationToken stop, CancellationToken abort)
    {
        try
        {
            return await _repetition.ExecuteAsync(async token => await OnceAsync(parcels, token, abort).ConfigureAwait(false), stop);
        }
        catch (BrokenCircuitException)
        {
            return Last is { Outcome: DeliveryOutcome.Retry } last
                ? last
                : DeliveryVerdict.NoAnswer("requests are held back after failures");
        }
    }

    /// <summary>Sends once.</summary>
    public async Task<DeliveryVerdict> OnceAsync(IReadOnlyList<Parcel> parcels, CancellationToken stop, CancellationToken abort)
    {
        await HoldAsync(stop);
        var verdict = Note(await LimitedAsync(token => _destination.SendAsync(parcels, token), abort));
        Interlocked.Add(ref _failedItems, FailedOf(verdict, parcels.Count));
        return verdict;
    }

    /// <summary>Asks once whether the destination takes exports, without writing.</summary>
    public async Task<DeliveryVerdict> ProbeAsync(CancellationToken stop, CancellationToken abort)
    {
        await HoldAsync(stop);
        return Note(await LimitedAsync(_destination.ProbeAsync, abort));
    }

    /// <summary>The first question of all.</summary>
    public async Task<DeliveryVerdict> BeginAsync(CancellationToken stop, CancellationToken abort)
    {
        await HoldAsync(stop);
        return Note(await LimitedAsync(_destination.BeginAsync, abort));
    }

    /// <summary>A destination's wish to be left alone, within the configured limit.</summary>
    public TimeSpan? Clamp(TimeSpan? retryAfter) =>
        retryAfter is not { } asked ? null
        : asked < TimeSpan.Zero ? TimeSpan.Zero
        : asked > _options.MaxRetryAfter ? _options.MaxRetryAfter
        : asked;

    private async Task<DeliveryVerdict> LimitedAsync(Func<CancellationToken, Task<DeliveryVerdict>> attempt, CancellationToken abort)
    {
        try
        {
            return await _limit.ExecuteAsync(async token => await attempt(token), abort);
        }
        catch (TimeoutRejectedException)
        {
            return DeliveryVerdict.NoAnswer($"no answer within {_options.AttemptTimeout.TotalSeconds:0.###} s");
        }
    }

    private static int FailedOf(DeliveryVerdict verdict, int sent) =>
        verdict.Outcome switch
        {
            DeliveryOutcome.Delivered => 0,
            DeliveryOutcome.Itemized => verdict.Items!.Count(static item => item.Outcome != DeliveryOutcome.Delivered),
            _ => sent,
        };

    /// <summary>One sender that is told to wait makes all wait: limits are for the whole project.</summary>
    private async Task HoldAsync(CancellationToken stop)
    {
        var wait = new DateTimeOffset(Interlocked.Read(ref _heldUntilTicks), TimeSpan.Zero) - _clock.GetUtcNow();
        if (wait > TimeSpan.Zero)
        {
            // A clock set back meanwhile must not turn into a long wait.
            await Task.Delay(wait < _options.MaxRetryAfter ? wait : _options.MaxRetryAfter, _clock, stop);
        }

        stop.ThrowIfCancellationRequested();
    }

    private DeliveryVerdict Note(DeliveryVerdict verdict)
    {
        Last = verdict;
        if (Clamp(verdict.RetryAfter) is { } wait && verdict.Outcome == DeliveryOutcome.Retry)
        {
            Interlocked.Exchange(ref _heldUntilTicks, (_clock.GetUtcNow() + wait).UtcTicks);
        }

        return verdict;
    }

    private RetryStrategyOptions<DeliveryVerdict> Repetition(DeliveryOptions options) =>
        new()
        {
            MaxRetryAttempts = options.QuickRetries,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = options.RetryDelay,
            MaxDelay = options.MaxRetryDelay,
            ShouldHandle = static attempt => ValueTask.FromResult(attempt.Outcome.Result is { Outcome: DeliveryOutcome.Retry }),
            DelayGenerator = attempt => ValueTask.FromResult(Clamp(attempt.Outcome.Result?.RetryAfter)),
        };

    /// <summary>Opens on failures only; being told to slow down is none. One that fails every other time still works: repetition deals with it.</summary>
    private static CircuitBreakerStrategyOptions<DeliveryVerdict> Breaker(DeliveryOptions options) =>
        new()
        {
            FailureRatio = 0.9,
            MinimumThroughput = options.QuickRetries * 2 + 2,
            SamplingDuration = TimeSpan.FromSeconds(30),
            BreakDuration = options.BreakDuration,
            ShouldHandle = static attempt =>
                ValueTask.FromResult(attempt.Outcome.Result is { Outcome: DeliveryOutcome.Retry, Status: not 429 }),
        };
}
