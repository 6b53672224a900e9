namespace ClaudeBridge.Diagnostics;

/// <summary>How long a reader has been behind a writer, from both their positions alone. Safe for many threads.</summary>
internal sealed class Lag(TimeProvider clock)
{
    private readonly Lock _gate = new();

    /// <summary>Where the writer was at a time when the reader was behind, and that time.</summary>
    private (long Position, long Timestamp)? _waiting;

    /// <summary>To be asked often: what nobody looked at is not known.</summary>
    /// <returns>How long the oldest that the reader has not reached has waited since it was first seen here, or a little less; zero when it has reached all.</returns>
    public TimeSpan Look(long reader, long writer)
    {
        lock (_gate)
        {
            if (writer <= reader)
            {
                _waiting = null;
                return TimeSpan.Zero;
            }

            if (_waiting is not { } waiting || waiting.Position <= reader)
            {
                waiting = (writer, clock.GetTimestamp());
                _waiting = waiting;
            }

            return clock.GetElapsedTime(waiting.Timestamp);
        }
    }
}
