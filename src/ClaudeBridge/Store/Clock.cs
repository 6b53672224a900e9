namespace ClaudeBridge.Store;

/// <summary>The two ways in which the store keeps points in time.</summary>
internal static class Clock
{
    /// <summary>A client's nanoseconds, cut to the 100 ns that .NET can tell. Every 64-bit value is a valid date.</summary>
    public static DateTimeOffset FromNano(ulong nano) => DateTimeOffset.UnixEpoch.AddTicks((long)(nano / 100));

    public static DateTimeOffset FromMillis(long millis) => DateTimeOffset.FromUnixTimeMilliseconds(millis);

    /// <summary>The first full millisecond that is not before the time.</summary>
    public static long CeilingMillis(DateTimeOffset time)
    {
        var millis = time.ToUnixTimeMilliseconds();
        return FromMillis(millis) < time ? millis + 1 : millis;
    }
}
