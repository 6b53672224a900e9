using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store.Lists;

/// <summary>Record time as lists order it: units of 100 ns since 1970.</summary>
internal static class RecordTime
{
    public static long Of(ulong unixNano) => Of(Clock.ToTime(unixNano));

    public static long Of(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks;

    public static DateTimeOffset ToTime(long value) => DateTimeOffset.UnixEpoch.AddTicks(value);
}
