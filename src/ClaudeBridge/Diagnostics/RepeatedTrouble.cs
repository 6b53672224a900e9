namespace ClaudeBridge.Diagnostics;

/// <summary>Lets a trouble that repeats be told at once and then at most once a minute, with the count since. Safe for many threads.</summary>
internal sealed class RepeatedTrouble(TimeProvider clock)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private volatile bool _isTold;
    private long? _told;
    private long _untold;

    /// <summary>It was met once more.</summary>
    /// <param name="count">How often since it was last told, this time included.</param>
    /// <returns>Whether it is to be told now.</returns>
    public bool Meet(out long count)
    {
        lock (_gate)
        {
            count = ++_untold;
            if (_told is { } told && clock.GetElapsedTime(told) < Every)
            {
                return false;
            }

            (_told, _isTold, _untold) = (clock.GetTimestamp(), true, 0);
            return true;
        }
    }

    /// <summary>It is over.</summary>
    /// <returns>Whether that is to be told: only when the trouble was.</returns>
    public bool End()
    {
        if (!_isTold)
        {
            return false;
        }

        lock (_gate)
        {
            var isTold = _isTold;
            _isTold = false;
            return isTold;
        }
    }
}
