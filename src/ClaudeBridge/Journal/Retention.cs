namespace ClaudeBridge.Journal;

/// <summary>Which of the oldest segments may go. Decides; deletes nothing.</summary>
internal static class Retention
{
    /// <param name="segments">Oldest first.</param>
    /// <param name="neededFrom">Readers still need everything from here on; only the hard limits take it.</param>
    /// <param name="coveredUpTo">Snapshots stand in for everything before this; only the hard limits go beyond it.</param>
    /// <returns>The oldest segments that go, and how many of their bytes were still needed, or are in no snapshot.</returns>
    public static RetentionPlan Plan(
        IReadOnlyList<Segment> segments,
        JournalOptions options,
        DateTimeOffset now,
        long neededFrom,
        long coveredUpTo = long.MaxValue
    )
    {
        var going = new List<Segment>();
        var held = segments.Sum(segment => segment.Bytes);
        var (neededBytes, uncoveredBytes, isForced) = (0L, 0L, false);
        var written = TimesWritten(segments);
        for (var i = 0; i < segments.Count; i++)
        {
            var segment = segments[i];
            var age = now - written[i];
            var isUnneeded = segment.End <= Math.Min(neededFrom, coveredUpTo);
            var mayGo = isUnneeded && (age > options.KeepFor || held > options.KeepBytes);
            var mustGo = age > options.MaxAge || held > options.MaxBytes;
            if (!mayGo && !mustGo)
            {
                break;
            }

            going.Add(segment);
            held -= segment.Bytes;
            isForced |= mustGo;
            neededBytes += Math.Max(0, segment.End - Math.Max(segment.Base, neededFrom));
            uncoveredBytes += Math.Max(0, segment.End - Math.Max(segment.Base, coveredUpTo));
        }

        return new RetentionPlan(going, neededBytes, uncoveredBytes, isForced);
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
/// <param name="UncoveredBytes">Bytes of entries that no snapshot stands in for: above zero only through a hard limit.</param>
/// <param name="IsForced">A hard limit takes some of them.</param>
internal sealed record RetentionPlan(IReadOnlyList<Segment> Segments, long NeededBytes, long UncoveredBytes = 0, bool IsForced = false)
{
    /// <summary>Where the last of them ends; 0 when there is none.</summary>
    public long End => Segments.Count > 0 ? Segments[^1].End : 0;

    /// <summary>No entry in them is newer.</summary>
    public DateTimeOffset LastWritten => Segments.Select(static segment => segment.LastWritten).DefaultIfEmpty().Max();

    public long Bytes => Segments.Sum(segment => segment.Bytes);
}
