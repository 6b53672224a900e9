using System.Globalization;
using System.Text;
using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Cli.Rendering;

/// <summary>Values as people read them. Times in UTC, costs in US dollars.</summary>
internal static class Texts
{
    public const int ShortIdLength = 8;

    /// <summary>One line that cannot move the cursor or change colours: control characters become spaces, runs of white space one space.</summary>
    /// <param name="max">Characters kept; what is longer ends in an ellipsis.</param>
    public static string OneLine(string? text, int max)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var line = new StringBuilder(Math.Min(text.Length, max) + 1);
        var wasSpace = true;
        foreach (var rune in text.EnumerateRunes())
        {
            var isSpace = Rune.IsWhiteSpace(rune) || TerminalText.IsUnseen(rune);
            if (isSpace && wasSpace)
            {
                continue;
            }

            if (line.Length >= max)
            {
                return line.ToString().TrimEnd() + "…";
            }

            line.Append(isSpace ? " " : rune.ToString());
            wasSpace = isSpace;
        }

        return line.ToString().TrimEnd();
    }

    /// <summary>The text with its lines, without anything a terminal would obey.</summary>
    public static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '\n' or '\t' || !TerminalText.IsUnseen(rune))
            {
                plain.Append(rune.ToString());
            }
        }

        return plain.ToString();
    }

    public static string Duration(TimeSpan length) =>
        length.TotalMilliseconds < 1000 ? $"{length.TotalMilliseconds:0} ms"
        : length.TotalSeconds < 59.95 ? $"{length.TotalSeconds:0.0} s"
        : length.TotalMinutes < 60 ? $"{(int)length.TotalMinutes} min {length.Seconds:00} s"
        : $"{(int)length.TotalHours} h {length.Minutes:00} min";

    /// <summary>UTC, and says so: <c>2026-11-20 12:00:00Z</c>.</summary>
    public static string Time(DateTimeOffset time) => Time(time, "yyyy-MM-dd HH:mm:ss'Z'");

    /// <summary>UTC in a form that fits where it says so elsewhere.</summary>
    public static string Time(DateTimeOffset time, string form) => time.ToUniversalTime().ToString(form, CultureInfo.InvariantCulture);

    /// <summary>As much of a long id as people pass on; <c>show</c> takes it.</summary>
    public static string ShortId(string id) => id.Length <= ShortIdLength ? id : id[..ShortIdLength];

    public static string Count(long number) =>
        number < 1000 ? number.ToString(CultureInfo.InvariantCulture)
        : number < 999_950 ? (number / 1000d).ToString("0.0", CultureInfo.InvariantCulture) + "k"
        : (number / 1_000_000d).ToString("0.0", CultureInfo.InvariantCulture) + "M";

    /// <summary>Two digits for dollars, four for parts of a cent, and never "0" for something that was paid for.</summary>
    public static string Cost(string? exact)
    {
        if (exact is null || !decimal.TryParse(exact, NumberStyles.Float, CultureInfo.InvariantCulture, out var cost))
        {
            return "";
        }

        return cost switch
        {
            0 => "$0",
            > 0 and < 0.00005m => "<$0.0001",
            < 1 => "$" + cost.ToString("0.00##", CultureInfo.InvariantCulture),
            _ => "$" + cost.ToString("#,0.00", CultureInfo.InvariantCulture),
        };
    }

    public static string Number(int count, string one, string many) => count == 1 ? $"1 {one}" : $"{count} {many}";
}
