using ClaudeBridge.Diagnostics;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Hosting;

/// <content>What is done about failures: when it is tried again, and what is said of it.</content>
internal sealed partial class AssemblyLoop
{
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LookAtDiskEvery = TimeSpan.FromSeconds(2);

    private long _lookedAtDisk;

    /// <summary>On a disk that runs full the store leaves what it can to the journal.</summary>
    private void FitToDisk()
    {
        if (_clock.GetElapsedTime(_lookedAtDisk) < LookAtDiskEvery)
        {
            return;
        }

        _lookedAtDisk = _clock.GetTimestamp();
        if (Path.GetDirectoryName(_database.Path) is { } folder && DiskSpace.FreeOf(folder) is { } free)
        {
            _database.FitLog(free);
        }
    }

    private void SkipRecord(Fact fact, Exception failure)
    {
        Figures.AddSkippedRecord();
        LogRecordSkipped(fact.Id.ToString(), Failures.Describe(failure));
    }

    private void Succeeded()
    {
        _isFailing = false;
        if (_trouble.End())
        {
            LogTakenAgain();
        }
    }

    /// <returns>How long to wait before the next try.</returns>
    private TimeSpan Failed(Exception failure)
    {
        _isFailing = true;
        var delay =
            DiskTrouble.Is(failure) || Failures.IsWantOfMemory(failure)
                ? Least(_options.RetryAfter, DiskTrouble.LongestRetry)
                : RetryDelay();
        if (_trouble.Meet(out var count))
        {
            LogRefused(failure.GetType().Name, failure.Message, count, delay.TotalSeconds);
        }

        return delay;
    }

    /// <summary>For what trying again will hardly mend: it must not keep the machine busy.</summary>
    private TimeSpan RetryDelay() => Least(_options.RetryAfter * Math.Pow(2, Math.Min(_failures++, 10)), LongestRetry);

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
