namespace ClaudeBridge.Sessions.Contexts;

/// <summary>What is known of a session when something is said of it.</summary>
/// <param name="IsCertain">False when the store could not say: then nothing is concluded from what is missing.</param>
/// <param name="LastUnixNano">The end of the last record that a turn was built from; null when there is none.</param>
/// <param name="Entries">What was said before, in any order.</param>
public sealed record KnownSession(bool IsCertain, ulong? LastUnixNano, IReadOnlyList<ContextEntry> Entries)
{
    public static readonly KnownSession Uncertain = new(false, null, []);
}

/// <summary>Decides from when something holds that holds "from now on". Telemetry comes seconds later, clocks differ, and recordings are old.</summary>
public static class ContextTime
{
    /// <param name="now">Of this machine, nanoseconds since 1970.</param>
    /// <returns>From when it holds, and how much before that a turn may have begun and still be meant.</returns>
    public static (ulong EffectiveUnixNano, ulong GraceNano) FromNow(ulong now, KnownSession session, ContextOptions options)
    {
        var (effective, grace) = Decide(now, session, options);
        // A later word is never put before an earlier one: a session that was quiet in between would show the older value.
        foreach (var earlier in session.Entries)
        {
            if (earlier.EffectiveUnixNano > effective && earlier.EffectiveUnixNano <= now)
            {
                effective = earlier.EffectiveUnixNano;
            }
        }

        return (effective, grace);
    }

    private static (ulong, ulong) Decide(ulong now, KnownSession session, ContextOptions options)
    {
        var grace = Nano(options.Grace);
        return session switch
        {
            { IsCertain: false } => (now, grace),
            // Nothing of it has arrived: all that comes is later.
            { LastUnixNano: null } => (0, 0),
            { LastUnixNano: { } last } when Distance(now, last) > Nano(options.Recent) => (last + 1, 0),
            // The client's clock is ahead: its last record is the better "now".
            { LastUnixNano: { } last } => (Math.Max(now, last), grace),
        };
    }

    private static ulong Distance(ulong one, ulong other) => one > other ? one - other : other - one;

    private static ulong Nano(TimeSpan span) => (ulong)span.Ticks * 100;
}
