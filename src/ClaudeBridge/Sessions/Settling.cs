using System.ComponentModel.DataAnnotations;

namespace ClaudeBridge.Sessions;

/// <summary>When observations count as finished. Read from the section <c>ClaudeBridge:Sessions</c>.</summary>
public sealed class SettlingOptions
{
    public const string Section = "ClaudeBridge:Sessions";

    /// <summary>How long a complete observation must be unchanged before it is sent. Default: 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Unchanged { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an event waits for its native span, or the span for its event, where both are known to come. Default: 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Counterpart { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an open tool call or subagent may be quiet before it is sent as it is. Default: 30 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan OpenQuiet { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a turn must be quiet before its root is sent though nothing says that the turn is over. Default: 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan TurnQuiet { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How often at most a root is sent again when later records change it. Default: 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan RootAgain { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a session must be quiet before it is judged whole and its scores are sent; one whose last turn is open waits for
    /// <see cref="OpenQuiet"/>. Clients send metrics once a minute. Default: 2 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan SessionQuiet { get; set; } = TimeSpan.FromMinutes(2);
}

/// <summary>The wall-clock facts about an observation that decide when it is settled.</summary>
/// <param name="FirstSeen">When its first record was applied.</param>
/// <param name="Changed">When its content last changed.</param>
/// <param name="LastSettled">When it was settled before; null for the first time.</param>
/// <param name="TraceChanged">When anything in its trace last changed.</param>
public readonly record struct SettlingTimes(
    DateTimeOffset FirstSeen,
    DateTimeOffset Changed,
    DateTimeOffset? LastSettled,
    DateTimeOffset TraceChanged
);

/// <summary>Decides when an observation whose content changed is due to be settled. Decides only; owns no timer.</summary>
public static class Settling
{
    /// <returns>The earliest time at which it may be settled if nothing more changes.</returns>
    public static DateTimeOffset DueAt(Observation observation, TraceView trace, SettlingTimes times, SettlingOptions options)
    {
        var calm = times.Changed + options.Unchanged;
        if (trace.IsTentative)
        {
            return Later(calm, times.TraceChanged + options.OpenQuiet);
        }

        return observation.Readiness switch
        {
            Readiness.Complete => calm,
            Readiness.AwaitsCounterpart => Later(calm, times.FirstSeen + options.Counterpart),
            Readiness.AwaitsEnd when trace.IsOver => calm,
            Readiness.AwaitsEnd => Later(calm, times.TraceChanged + options.OpenQuiet),
            _ => RootDueAt(trace, times, options, calm),
        };
    }

    private static DateTimeOffset RootDueAt(TraceView trace, SettlingTimes times, SettlingOptions options, DateTimeOffset calm)
    {
        var due =
            trace.IsOver ? calm
            : trace.IsRootEnded ? LeavesDueAt(trace, times, options, calm)
            : Later(calm, times.TraceChanged + options.TurnQuiet);
        return times.LastSettled is { } last ? Later(due, last + options.RootAgain) : due;
    }

    /// <summary>A native root has ended: its turn is over once the leaves that still wait are settled, which is soon.</summary>
    private static DateTimeOffset LeavesDueAt(TraceView trace, SettlingTimes times, SettlingOptions options, DateTimeOffset calm) =>
        trace.Observations.Any(static leaf => leaf.Readiness is Readiness.AwaitsCounterpart or Readiness.AwaitsEnd)
            ? Later(calm, times.TraceChanged + options.TurnQuiet)
            : calm;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
