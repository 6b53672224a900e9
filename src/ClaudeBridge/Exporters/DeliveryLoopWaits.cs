using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Exporters;

/// <content>What is done while the destination takes nothing: how long it is waited for, and what is said of it.</content>
public sealed partial class DeliveryLoop
{
    private async Task<DeliveryVerdict?> WaitOutAsync(DeliveryVerdict trouble)
    {
        if (!_isCareful)
        {
            _careful.Restart();
        }

        (_isCareful, _failures) = (true, _failures + 1);
        _sender.Distrust();
        var isDown = true;
        if (trouble.Outcome == DeliveryOutcome.Paused)
        {
            var (probe, hasPaused) = await WaitWhilePausedAsync();
            if (hasPaused && probe.IsJudgement)
            {
                Resume();
                return null;
            }

            // An empty export gets through: then what was sent provoked the answer, and careful delivery finds it.
            trouble = probe.IsJudgement ? trouble : probe;
            isDown = probe.Outcome is DeliveryOutcome.Delivered or DeliveryOutcome.Retry;
        }

        if (isDown)
        {
            Wait(trouble);
        }
        else
        {
            Pause(trouble);
        }

        return await DelayAsync(WaitAfter(trouble));
    }

    private async Task<DeliveryVerdict?> DelayAsync(TimeSpan time)
    {
        await Task.Delay(time, _clock, _stop.Token);
        return null;
    }

    private async Task<(DeliveryVerdict Probe, bool HasPaused)> WaitWhilePausedAsync()
    {
        var hasPaused = false;
        while (true)
        {
            var probe = await _attempts.ProbeAsync(_stop.Token, _abort.Token);
            if (probe.Outcome != DeliveryOutcome.Paused)
            {
                return (probe, hasPaused);
            }

            hasPaused = true;
            Pause(probe);
            await Task.Delay(_options.ProbeInterval, _clock, _stop.Token);
        }
    }

    private void Wait(DeliveryVerdict trouble)
    {
        _status.Became(DeliveryState.Waiting);
        if (_lines.Begins("down"))
        {
            _logger.Down(Destination, Describe(trouble), Progress.Undelivered, _destination.Things);
        }
    }

    private void Pause(DeliveryVerdict cause)
    {
        var advice = cause.Advice ?? "it takes nothing that is sent";
        if (_status.Paused(advice))
        {
            _tally.Move();
        }

        if (_lines.Begins(advice))
        {
            _logger.Paused(Destination, advice, _options.ProbeInterval.TotalSeconds);
        }
    }

    private TimeSpan WaitAfter(DeliveryVerdict trouble)
    {
        var wait = _options.OutageWait * Math.Pow(2, Math.Min(_failures - 1, 30));
        var longest = trouble == OfOurDisk ? DiskTrouble.LongestRetry : _options.MaxOutageWait;
        wait = wait < longest ? wait : longest;
        // Many bridges that lost one backend together shall not come back together.
        wait *= 1 - (Random.Shared.NextDouble() / 5);
        return _attempts.Clamp(trouble.RetryAfter) is { } asked && asked > wait ? asked : wait;
    }

    /// <summary>For the log: no words of the backend's, which might quote contents.</summary>
    private static string Describe(DeliveryVerdict trouble) =>
        trouble.Status is { } status ? $"it answered {status}" : trouble.Reason ?? "no answer";
}
