namespace ClaudeBridge.Exporters;

/// <summary>What the log is told of a destination in trouble: at once when it begins, and never more than a line a minute, however it flaps.</summary>
/// <remarks>
/// A line about trouble waits until a minute has gone by for every line before it; it is offered again at every try, so that what is true for
/// longer is said. The end of trouble is said at once, if its beginning was. Safe for many threads.
/// </remarks>
internal sealed class TroubleLines(TimeProvider clock)
{
    private static readonly TimeSpan Apart = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private DateTimeOffset? _quietUntil;
    private string? _said;

    /// <summary>Whether to say now that something is wrong.</summary>
    /// <param name="what">Tells one trouble from another: the same is said once, until it is over.</param>
    public bool Begins(string what)
    {
        lock (_gate)
        {
            if (_said == what || !MaySay_NeedsLock())
            {
                return false;
            }

            _said = what;
            return true;
        }
    }

    /// <summary>Whether to say now that trouble is over.</summary>
    public bool Ends()
    {
        lock (_gate)
        {
            if (_said is null)
            {
                return false;
            }

            _said = null;
            Spend_NeedsLock();
            return true;
        }
    }

    private bool MaySay_NeedsLock()
    {
        var now = clock.GetUtcNow();
        // A clock that was set back must not keep it silent for long.
        if (_quietUntil is { } until && now < until && until - now <= Apart * 2)
        {
            return false;
        }

        _quietUntil = now + Apart;
        return true;
    }

    private void Spend_NeedsLock()
    {
        var now = clock.GetUtcNow();
        _quietUntil = (_quietUntil is { } until && until > now && until - now <= Apart ? until : now) + Apart;
    }
}
