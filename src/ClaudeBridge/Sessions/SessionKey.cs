namespace ClaudeBridge.Sessions;

/// <summary>The keys that facts are grouped by. Only the first kind is an id that the client gave to a session.</summary>
internal static class SessionKey
{
    /// <summary>The session that records without any session id are shown under.</summary>
    public const string None = "(none)";

    private const string Session = "session:";
    private const string Foreign = "foreign:";
    private const string Tenant = "tenant:";
    private const char TenantEnd = '/';

    /// <summary>The key within a tenant, so that the same ids of two tenants never meet.</summary>
    /// <param name="tenant">Without a slash; empty for none.</param>
    /// <param name="key">As for no tenant.</param>
    public static string Within(string tenant, string key) => tenant.Length == 0 ? key : Tenant + tenant + TenantEnd + key;

    /// <summary>Empty for none.</summary>
    public static string TenantOf(string key) =>
        key.StartsWith(Tenant, StringComparison.Ordinal) ? key[Tenant.Length..key.IndexOf(TenantEnd, StringComparison.Ordinal)] : "";

    public static string OfSession(string id) => Session + id;

    public static string OfTrace(TraceId id) => "trace:" + id;

    public static string OfPrompt(string id) => "prompt:" + id;

    /// <summary>For clients whose spans and log records name nothing in common: one client's records stay together.</summary>
    public static string OfUser(string id) => "user:" + id;

    /// <summary>For metrics that name neither session nor user: those of one sender stay together.</summary>
    public static string OfOrigin(ReadOnlySpan<byte> hash) => "origin:" + Convert.ToHexStringLower(hash[..16]);

    public static string OfRecord(RecordId id) => "record:" + id;

    /// <summary>For other programs: their session may have the same id as one of Claude Code's, and they say it on some of a trace's spans only.</summary>
    public static string OfForeign(TraceId id) => Foreign + id;

    public static bool IsForeign(string key) => Own(key).StartsWith(Foreign, StringComparison.Ordinal);

    /// <summary>The client's session id; null for records that came without one.</summary>
    public static string? SessionIdOf(string key) =>
        Own(key) is var own && own.StartsWith(Session, StringComparison.Ordinal) ? own[Session.Length..].ToString() : null;

    /// <summary>The key as it would be without a tenant.</summary>
    private static ReadOnlySpan<char> Own(string key) =>
        key.StartsWith(Tenant, StringComparison.Ordinal) ? key.AsSpan(key.IndexOf(TenantEnd, StringComparison.Ordinal) + 1) : key;
}

/// <summary>Between OTLP's times and .NET's.</summary>
public static class Clock
{
    /// <summary>Nanoseconds since 1970.</summary>
    public static ulong ToUnixNano(DateTimeOffset time) =>
        (ulong)Math.Clamp((time - DateTimeOffset.UnixEpoch).Ticks, 0, (long)(ulong.MaxValue / 100)) * 100;

    /// <summary>To the 100 ns that .NET can hold; times beyond its calendar become its last.</summary>
    public static DateTimeOffset ToTime(ulong unixNano) =>
        DateTimeOffset.UnixEpoch.AddTicks(
            (long)Math.Min(unixNano / 100, (ulong)(DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks)
        );

    /// <summary>A number of milliseconds before a time. What no call can take (over 30 days, or before 1970) reads as no time at all.</summary>
    public static ulong Before(ulong unixNano, decimal milliseconds)
    {
        var span = Nanoseconds(milliseconds);
        return span > unixNano ? unixNano : unixNano - span;
    }

    /// <summary>A number of milliseconds after a time, within the same limits.</summary>
    public static ulong After(ulong unixNano, decimal milliseconds)
    {
        var span = Nanoseconds(milliseconds);
        return span > ulong.MaxValue - unixNano ? unixNano : unixNano + span;
    }

    private static ulong Nanoseconds(decimal milliseconds)
    {
        const decimal Longest = 30m * 24 * 60 * 60 * 1000;
        return milliseconds is > 0 and <= Longest ? (ulong)(milliseconds * 1_000_000m) : 0;
    }
}
