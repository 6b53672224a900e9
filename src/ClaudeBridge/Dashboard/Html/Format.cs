using System.Globalization;

namespace ClaudeBridge.Dashboard.Html;

/// <summary>Values as people read them, as plain text.</summary>
internal static class Format
{
    private const decimal MicrosPerDollar = 1_000_000m;

    public static decimal Dollars(long micros) => micros / MicrosPerDollar;

    /// <summary>Two decimals from a dollar on and always four below, so that columns can be compared; never "$0" for something that was paid for.</summary>
    public static string Money(long micros) =>
        Dollars(micros) switch
        {
            0 => "$0",
            < 0 => "-" + Money(-micros),
            < 0.00005m => "<$0.0001",
            < 0.99995m and var cost => "$" + cost.ToString("0.0000", CultureInfo.InvariantCulture),
            < 100_000 and var cost => "$" + cost.ToString("#,0.00", CultureInfo.InvariantCulture),
            var cost => "$" + cost.ToString("#,0", CultureInfo.InvariantCulture),
        };

    /// <summary>Every digit, in groups.</summary>
    public static string Whole(decimal number) => number.ToString("#,0.##", CultureInfo.InvariantCulture);

    /// <summary>Three digits or so: <c>12.8k</c>, <c>3.4M</c>.</summary>
    public static string Short(decimal number) =>
        Math.Abs(number) switch
        {
            < 1_000 => number.ToString("0.##", CultureInfo.InvariantCulture),
            < 999_950 => (number / 1_000).ToString("0.0", CultureInfo.InvariantCulture) + "k",
            < 999_950_000 => (number / 1_000_000).ToString("0.0", CultureInfo.InvariantCulture) + "M",
            _ => (number / 1_000_000_000).ToString("0.0", CultureInfo.InvariantCulture) + "B",
        };

    public static string Length(TimeSpan length) =>
        length.TotalMilliseconds < 999.5 ? $"{length.TotalMilliseconds:0} ms"
        : length.TotalSeconds < 59.95 ? $"{length.TotalSeconds:0.0} s"
        : length.TotalHours < 1 ? $"{(int)length.TotalMinutes} min {length.Seconds:00} s"
        : length.TotalDays < 2 ? $"{(int)length.TotalHours} h {length.Minutes:00} min"
        : $"{(int)length.TotalDays} days";

    /// <summary>A mark of an axis that reaches to <paramref name="whole"/>: all of one axis are in one unit.</summary>
    public static string Mark(TimeSpan mark, TimeSpan whole) =>
        mark == TimeSpan.Zero ? "0"
        : whole.TotalSeconds < 1 ? $"{mark.TotalMilliseconds:0} ms"
        : whole.TotalSeconds < 10 ? string.Create(CultureInfo.InvariantCulture, $"{mark.TotalSeconds:0.0} s")
        : whole.TotalMinutes < 1.5 ? string.Create(CultureInfo.InvariantCulture, $"{mark.TotalSeconds:0} s")
        : whole.TotalHours < 1.5 ? string.Create(CultureInfo.InvariantCulture, $"{mark.TotalMinutes:0.0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{mark.TotalHours:0.0} h");

    /// <summary>How long ago, in one unit.</summary>
    public static string Ago(TimeSpan length) =>
        length.TotalSeconds < 5 ? "just now"
        : length.TotalSeconds < 60 ? $"{(int)length.TotalSeconds} s ago"
        : length.TotalMinutes < 60 ? $"{(int)length.TotalMinutes} min ago"
        : length.TotalHours < 48 ? $"{(int)length.TotalHours} h ago"
        : $"{(int)length.TotalDays} days ago";

    /// <summary>A share, 0 to 1.</summary>
    public static string Percent(double share) =>
        share switch
        {
            0 => "0%",
            > 0 and < 0.001 => "<0.1%",
            > 0.999 and < 1 => ">99.9%",
            _ => (share * 100).ToString(share is < 0.1 and > -0.1 ? "0.0" : "0", CultureInfo.InvariantCulture) + "%",
        };

    /// <summary>UTC, for a title or where it says so elsewhere.</summary>
    public static string Utc(DateTimeOffset time, string form = "yyyy-MM-dd HH:mm:ss 'UTC'") =>
        time.ToUniversalTime().ToString(form, CultureInfo.InvariantCulture);

    public static string Iso(DateTimeOffset time) => Utc(time, "yyyy-MM-dd'T'HH:mm:ss.FFF'Z'");

    public static string Count(long number, string one, string many) => $"{Whole(number)} {(number == 1 ? one : many)}";

    /// <summary>The beginning of a text, never half of a character.</summary>
    public static string Cut(string text, int max) =>
        text.Length <= max ? text : text[..(char.IsHighSurrogate(text[max - 1]) ? max - 1 : max)] + "…";

    /// <summary>A coordinate or a size in a drawing.</summary>
    public static string Coordinate(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
