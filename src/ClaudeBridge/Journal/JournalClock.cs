namespace ClaudeBridge.Journal;

/// <summary>Wall time as it was at the start plus the time that has really passed: a clock that jumps makes no segment old.</summary>
internal sealed class JournalClock(TimeProvider time)
{
    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly long _startTimestamp = time.GetTimestamp();

    public DateTimeOffset Now => _start + time.GetElapsedTime(_startTimestamp);

    public long Timestamp => time.GetTimestamp();

    public Task Delay(TimeSpan length, CancellationToken cancel) => Task.Delay(length, time, cancel);

    public TimeSpan Since(long timestamp) => time.GetElapsedTime(timestamp);
}
