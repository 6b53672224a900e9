using ClaudeBridge.Store;

namespace ClaudeBridge.Exporters;

/// <param name="OldestAge">How long the oldest has waited since it was settled, also across restarts; null when nothing is owed.</param>
/// <param name="Bytes">Its contents as the store keeps them; from a few thousand observations on an estimate by the first of them.</param>
internal readonly record struct Backlog(TimeSpan? OldestAge, long Bytes);

/// <summary>Looks now and then into the store for what destinations are owed. Whoever asks is answered from memory, whatever the disk does.</summary>
internal sealed class DeliveryBacklog(IEnumerable<DeliveryLoop> loops, BacklogReader reader, TimeProvider clock) : BackgroundService
{
    private const int MaxAddedUp = 5_000;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private readonly DeliveryLoop[] _loops = [.. loops];
    private readonly long _started = clock.GetTimestamp();
    private volatile Dictionary<DeliveryLoop, Sample> _samples = [];

    /// <summary>The oldest that was owed when the program began to look: no age is above this and the time since, whatever the clock was set to.</summary>
    private TimeSpan? _ageAtStart;

    /// <summary>What one destination is owed. Any thread.</summary>
    public Backlog Of(DeliveryLoop loop, DeliveryProgress progress)
    {
        if (progress.OldestUndeliveredAge is not { } seenFor)
        {
            return default;
        }

        if (!_samples.TryGetValue(loop, out var sample))
        {
            return new(seenFor, 0);
        }

        var bytes = (long)(sample.BytesEach * progress.Undelivered);
        var isStillOwed = progress.DeliveredUpTo < sample.FirstRevision;
        var age = isStillOwed ? sample.Age + clock.GetElapsedTime(sample.At) : seenFor;
        return new(age > seenFor ? age : seenFor, bytes);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            do
            {
                await Task.Run(Look, stoppingToken);
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the program.
        }
    }

    /// <summary>Looks once. One caller at a time.</summary>
    internal void Look()
    {
        var samples = new Dictionary<DeliveryLoop, Sample>(_samples);
        foreach (var loop in _loops)
        {
            try
            {
                if (loop.Progress is { IsDrained: false } progress && reader.Read(progress.DeliveredUpTo, MaxAddedUp) is { } backlog)
                {
                    samples[loop] = new(backlog.FirstRevision, AgeOf(backlog.Since), clock.GetTimestamp(), BytesEach(backlog));
                }
                else
                {
                    samples.Remove(loop);
                }
            }
            catch (Exception)
            {
                // The store is being built anew, or its disk is ill: the last look stands.
            }
        }

        _ageAtStart ??= TimeSpan.Zero;
        _samples = samples;
    }

    private TimeSpan AgeOf(DateTimeOffset since)
    {
        var age = clock.GetUtcNow() - since;
        age = age > TimeSpan.Zero ? age : TimeSpan.Zero;
        if (_ageAtStart is not { } atStart)
        {
            _ageAtStart = age;
            return age;
        }

        var most = atStart + clock.GetElapsedTime(_started);
        return age < most ? age : most;
    }

    private static double BytesEach(StoreBacklog backlog) => backlog.Count == 0 ? 0 : (double)backlog.Bytes / backlog.Count;

    private sealed record Sample(long FirstRevision, TimeSpan Age, long At, double BytesEach);
}
