namespace ClaudeBridge.Journal;

/// <summary>Says when the journal cannot be written and when it can again: at most once a minute, with the count since. Used by the writer's thread alone.</summary>
internal sealed partial class WritingTrouble(JournalClock clock, string folder, ILogger logger)
{
    private static readonly TimeSpan _every = TimeSpan.FromMinutes(1);

    private long? _since;
    private long? _told;
    private long _failed;
    private long _failedSinceTold;
    private bool _isToldToFail;

    /// <param name="entries">How many could not be written; 0 when the disk was only tried.</param>
    public void Met(Exception reason, int entries)
    {
        _since ??= clock.Timestamp;
        _failed += entries;
        _failedSinceTold += entries;
        if (_told is { } told && clock.Since(told) < _every)
        {
            return;
        }

        _told = clock.Timestamp;
        _isToldToFail = true;
        // A disk that is full or refuses is no fault of the program: where it was met would help nobody.
        LogCannotWrite(reason is IOException or UnauthorizedAccessException ? null : reason, folder, reason.Message, _failedSinceTold);
        _failedSinceTold = 0;
    }

    public void Ended()
    {
        if (_since is not { } since)
        {
            return;
        }

        _since = null;
        if (_isToldToFail)
        {
            LogWritableAgain(folder, clock.Since(since).TotalSeconds, _failed);
            (_isToldToFail, _failed, _failedSinceTold) = (false, 0, 0);
        }
    }

    [LoggerMessage(
        LogLevel.Error,
        "The journal in {Folder} cannot be written: {Reason}. Failed writes since this was last said: {Count}; their senders wait or are told to come back. The disk is tried every second."
    )]
    private partial void LogCannotWrite(Exception? unexpected, string folder, string reason, long count);

    [LoggerMessage(
        LogLevel.Warning,
        "The journal in {Folder} can be written again after {Seconds:F1} s. Failed writes meanwhile: {Count}."
    )]
    private partial void LogWritableAgain(string folder, double seconds, long count);
}
