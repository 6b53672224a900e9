namespace ClaudeBridge.Journal;

/// <summary>Which of the oldest segments may go. Decides; deletes nothing.</summary>
internal static class Retention
{
    /// <param name="segments">Oldest first.</param>
    /// <param name="neededFrom">Readers still need everything from here on; only the hard limits take it.</param>
    /// <returns>The oldest segments that go, and how many of their bytes were still needed.</returns>
    public static RetentionPlan Plan(IReadOnlyList<Segment> segments, JournalOptions options, DateTimeOffset now, long neededFrom)
    {
        var going = new List<Segment>();
        var held = segments.Sum(segment => segment.Bytes);
        var neededBytes = 0L;
        var written = TimesWritten(segments);
        for (var i = 0; i < segments.Count; i++)
        {
            var segment = segments[i];
            var age = now - written[i];
            var isUnneeded = segment.End <= neededFrom;
            var mayGo = isUnneeded && (age > options.KeepFor || held > options.KeepBytes);
            var mustGo = age > options.MaxAge || held > options.MaxBytes;
            if (!mayGo && !mustGo)
            {
                break;
            }

            going.Add(segment);
            held -= segment.Bytes;
            neededBytes += Math.Max(0, segment.End - Math.Max(segment.Base, neededFrom));
        }

        return new RetentionPlan(going, neededBytes);
    }

    /// <summary>No segment is newer than one after it: a time from a clock that ran ahead for a while would else hold everything back.</summary>
    private static DateTimeOffset[] TimesWritten(IReadOnlyList<Segment> segments)
    {
        var times = segments.Select(segment => segment.LastWritten).ToArray();
        for (var i = times.Length - 2; i >= 0; i--)
        {
            times[i] = times[i] < times[i + 1] ? times[i] : times[i + 1];
        }

        return times;
    }
}

/// <param name="NeededBytes">Bytes of entries that a reader still needed: above zero only through a hard limit.</param>
internal sealed record RetentionPlan(IReadOnlyList<Segment> Segments, long NeededBytes)
{
    public long Bytes => Segments.Sum(segment => segment.Bytes);
}
