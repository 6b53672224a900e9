namespace ClaudeBridge.Sessions;

/// <summary>The keys that facts are grouped by. Only the first kind is an id that the client gave to a session.</summary>
internal static class SessionKey
{
    /// <summary>The session that records without any session id are shown under.</summary>
    public const string None = "(none)";

    private const string Session = "session:";

    public static string OfSession(string id) => Session + id;

    public static string OfTrace(TraceId id) => "trace:" + id;

    public static string OfPrompt(string id) => "prompt:" + id;

    public static string OfRecord(RecordId id) => "record:" + id;

    /// <summary>The client's session id; null for records that came without one.</summary>
    public static string? SessionIdOf(string key) => key.StartsWith(Session, StringComparison.Ordinal) ? key[Session.Length..] : null;
}

/// <summary>Between OTLP's times and .NET's.</summary>
public static class Clock
{
    /// <summary>Nanoseconds since 1970.</summary>
    public static ulong ToUnixNano(DateTimeOffset time) => (ulong)Math.Max(0, (time - DateTimeOffset.UnixEpoch).Ticks) * 100;

    /// <summary>To the 100 ns that .NET can hold; times beyond its calendar become its last.</summary>
    public static DateTimeOffset ToTime(ulong unixNano) =>
        DateTimeOffset.UnixEpoch.AddTicks(
            (long)Math.Min(unixNano / 100, (ulong)(DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks)
        );

    /// <summary>A number of milliseconds before a time; never before 1970.</summary>
    public static ulong Before(ulong unixNano, decimal milliseconds)
    {
        var span =
            milliseconds <= 0 ? 0
            : milliseconds > 1e12m ? ulong.MaxValue
            : (ulong)(milliseconds * 1_000_000m);
        return span > unixNano ? 0 : unixNano - span;
    }
}
