namespace ClaudeBridge.Store;

/// <summary>Points in wall time as the store keeps them: milliseconds since 1970.</summary>
internal static class WallTime
{
    public static DateTimeOffset FromMillis(long millis) => DateTimeOffset.FromUnixTimeMilliseconds(millis);

    /// <summary>The first full millisecond that is not before the time.</summary>
    public static long CeilingMillis(DateTimeOffset time)
    {
        var millis = time.ToUnixTimeMilliseconds();
        return FromMillis(millis) < time ? millis + 1 : millis;
    }
}
