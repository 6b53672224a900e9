using System.Globalization;

namespace ClaudeBridge.Hosting;

/// <summary>Durations as people write them in settings: <c>90d</c>, <c>12h</c>, <c>30m</c>, <c>45s</c>, <c>500ms</c>, or <c>90.00:00:00</c>.</summary>
internal static class Durations
{
    public const string Forms = "written like 90d, 12h, 30m, 45s, 500ms, or days.hours:minutes:seconds as in 90.00:00:00";

    private const string Letters = "dhmsDHMS";

    /// <remarks>
    /// A number alone has no unit and is refused, except 0: .NET reads 20 as twenty days, and 24:00:00 as 24 days.
    /// </remarks>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        text = text.Trim();
        if (text.Contains(':', StringComparison.Ordinal) || text == "0")
        {
            return TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out duration);
        }

        duration = default;
        var number = text.AsSpan().TrimEnd(Letters);
        var unit = text[number.Length..].ToLowerInvariant() switch
        {
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            "d" => TimeSpan.TicksPerDay,
            _ => 0,
        };
        if (unit == 0 || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        if (count > TimeSpan.MaxValue.Ticks / unit)
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)(count * unit));
        return true;
    }

    /// <summary>In words with one unit, the largest that divides it: <c>90 days</c>, <c>1 minute</c>.</summary>
    public static string InWords(TimeSpan duration)
    {
        var (ticks, name) =
            duration == TimeSpan.Zero ? (TimeSpan.TicksPerSecond, "second")
            : duration.Ticks % TimeSpan.TicksPerDay == 0 ? (TimeSpan.TicksPerDay, "day")
            : duration.Ticks % TimeSpan.TicksPerHour == 0 ? (TimeSpan.TicksPerHour, "hour")
            : duration.Ticks % TimeSpan.TicksPerMinute == 0 ? (TimeSpan.TicksPerMinute, "minute")
            : duration.Ticks % TimeSpan.TicksPerSecond == 0 ? (TimeSpan.TicksPerSecond, "second")
            : (TimeSpan.TicksPerMillisecond, "millisecond");
        var count = duration.Ticks / ticks;
        return string.Create(CultureInfo.InvariantCulture, $"{count} {name}{(count == 1 ? "" : "s")}");
    }
}
