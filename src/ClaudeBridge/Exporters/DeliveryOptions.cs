using System.ComponentModel.DataAnnotations;

namespace ClaudeBridge.Exporters;

/// <summary>How one destination is fed; each destination's own section holds these beside its own settings.</summary>
public class DeliveryOptions
{
    /// <summary>The most observations in one request. Default: 500.</summary>
    [Range(1, 100_000)]
    public int MaxBatchSpans { get; set; } = 500;

    /// <summary>The most bytes in one request before compression; a single larger observation is sent alone. Default: 3 500 000.</summary>
    [Range(10_000, 100_000_000)]
    public int MaxBatchBytes { get; set; } = 3_500_000;

    /// <summary>How many requests may be under way at once. Never two with observations of one session. Default: 4.</summary>
    [Range(1, 64)]
    public int InFlight { get; set; } = 4;

    /// <summary>How many batches may wait in front of each of the senders; full means that reading waits. Default: 2.</summary>
    [Range(1, 1_000)]
    public int ChannelCapacity { get; set; } = 2;

    /// <summary>How many observations are read from the store at a time. Default: 256.</summary>
    [Range(1, 100_000)]
    public int ReadChunk { get; set; } = 256;

    /// <summary>How many observations may be delivered ahead of one that still waits for its turn. Default: 20 000.</summary>
    [Range(1, 10_000_000)]
    public int MaxAhead { get; set; } = 20_000;

    /// <summary>How long one request may take. Default: 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a request is repeated quickly before the destination counts as down. Default: 4.</summary>
    [Range(1, 100)]
    public int QuickRetries { get; set; } = 4;

    /// <summary>The wait before the first quick repetition; it doubles from one to the next, with jitter. Default: 0.5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest wait between quick repetitions. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest wait that a destination's <c>Retry-After</c> can ask for. Default: 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan MaxRetryAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the circuit breaker keeps requests back after nine in ten of them failed. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "1.00:00:00")]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The wait before a destination that is down is tried again; it doubles up to <see cref="MaxOutageWait"/> and never ends. Default: 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan OutageWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two tries of a destination that is down. Default: 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan MaxOutageWait { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a destination that refuses everything (keys, address) is asked again. Default: 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often one observation may fail alone, while the destination is well, before it is set aside as soon as another one gets through. Default: 3.</summary>
    [Range(1, 1_000)]
    public int SuspectAfter { get; set; } = 3;

    /// <summary>How many delivered revisions are compared once more at the start: a power cut may take the last of them from the store, which then gives the same revisions to other observations. Default: 5 000.</summary>
    [Range(0, 10_000_000)]
    public int RecheckAtStart { get; set; } = 5_000;

    /// <summary>How long the ledger remembers what was delivered after a trace was last sent; zero means for ever. Must not be shorter than the store keeps it. Default: 400 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "36500.00:00:00")]
    public TimeSpan Remember { get; set; } = TimeSpan.FromDays(400);

    /// <summary>How long stopping waits for requests that are under way. Default: 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
