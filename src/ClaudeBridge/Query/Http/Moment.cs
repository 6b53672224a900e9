using System.Globalization;

namespace ClaudeBridge.Query.Http;

/// <summary>A bound of time as a caller writes it: a whole day (UTC), or a time with its zone.</summary>
/// <param name="Time">The time, or the first moment of the day.</param>
/// <param name="IsDay">A whole day was meant.</param>
internal readonly record struct Moment(DateTimeOffset Time, bool IsDay)
{
    public const string Words = "a day such as 2026-11-20 (UTC), or a time with its zone such as 2026-11-20T12:30:00Z";

    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK"];

    /// <summary>As a beginning: the first moment that counts.</summary>
    public DateTimeOffset First => Time;

    /// <summary>As an end: the first moment that does not count any more. A day counts as a whole.</summary>
    public DateTimeOffset End => IsDay && Time.Year < 9999 ? Time.AddDays(1) : Time;

    public static Moment? Read(string text)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return new(Known(new DateTimeOffset(day, default, TimeSpan.Zero)), IsDay: true);
        }

        // An address turns the plus of a zone into a blank.
        text = text.Replace(' ', '+');
        return HasZone(text) && DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? new(Known(time.ToUniversalTime()), IsDay: false)
            : null;
    }

    /// <summary>Nothing is older than the clocks of computers.</summary>
    private static DateTimeOffset Known(DateTimeOffset time) => time < DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch : time;

    /// <summary>Without a zone a time would be that of the machine.</summary>
    private static bool HasZone(string text) =>
        text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal);
}
