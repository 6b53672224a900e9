namespace ClaudeBridge.Receivers;

/// <summary>Says that the journal takes nothing, and that it does again: at most once a minute. Safe for many threads.</summary>
internal sealed partial class JournalTrouble(TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private volatile bool _isTold;
    private long? _told;
    private long _untold;

    public void Met(Exception cause)
    {
        long count;
        lock (_gate)
        {
            _untold++;
            if (_told is { } told && clock.GetElapsedTime(told) < Every)
            {
                return;
            }

            (_told, _isTold, count, _untold) = (clock.GetTimestamp(), true, _untold, 0);
        }

        LogFails(cause, cause.Message, count);
    }

    public void Ended()
    {
        if (!_isTold)
        {
            return;
        }

        lock (_gate)
        {
            if (!_isTold)
            {
                return;
            }

            _isTold = false;
        }

        LogWorks();
    }

    [LoggerMessage(
        LogLevel.Error,
        "The journal does not take what arrives ({Cause}; {Count} times since this was last said); senders are told to try again until it does, and over gRPC wait as long as they can."
    )]
    private partial void LogFails(Exception exception, string cause, long count);

    [LoggerMessage(LogLevel.Information, "The journal takes what arrives again.")]
    private partial void LogWorks();
}
