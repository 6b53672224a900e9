using System.Globalization;

namespace ClaudeBridge.Cli.Queue;

/// <summary>Sizes and ages as people read them.</summary>
internal static class QueueTexts
{
    private static readonly string[] s_units = ["bytes", "kB", "MB", "GB", "TB"];

    /// <summary>In units of 1 000: <c>1.2 GB</c>.</summary>
    public static string Size(long bytes)
    {
        var (size, unit) = ((double)bytes, 0);
        while (size >= 999.95 && unit < s_units.Length - 1)
        {
            (size, unit) = (size / 1000, unit + 1);
        }

        return size.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + s_units[unit];
    }

    public static string Number(long number, string one, string many) =>
        $"{number.ToString("#,0", CultureInfo.InvariantCulture)} {(number == 1 ? one : many)}";

    public static string Age(TimeSpan age) =>
        age.TotalDays >= 2 ? $"{(int)age.TotalDays} d {age.Hours} h"
        : age.TotalHours >= 1 ? $"{(int)age.TotalHours} h {age.Minutes} min"
        : age.TotalMinutes >= 1 ? $"{(int)age.TotalMinutes} min {age.Seconds} s"
        : $"{(int)age.TotalSeconds} s";
}
