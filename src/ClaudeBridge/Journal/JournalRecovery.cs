using System.Security.Cryptography;

namespace ClaudeBridge.Journal;

/// <summary>What a journal folder holds when it is opened, and where writing goes on.</summary>
/// <param name="ReadableEnd">Where the last whole entry ends; 0 when there is none, and <paramref name="End"/> when nobody knows what there was.</param>
/// <param name="End">The first position that is given from now on. Above <paramref name="ReadableEnd"/> unless it is certain that nothing behind that was ever given.</param>
/// <param name="Resumable">The newest segment, when it may be added to.</param>
/// <param name="Reserved">What the tail marker promises.</param>
/// <param name="Journal">The random number of this journal.</param>
internal sealed record JournalRecovery(
    IReadOnlyList<Segment> Segments,
    long ReadableEnd,
    long End,
    Segment? Resumable,
    long Reserved,
    long Journal
)
{
    /// <summary>Looks at the folder and changes nothing in it.</summary>
    /// <remarks>
    /// A torn tail stays where it is: the next segment says where the journal ended, and no reader goes beyond that. Positions skip to
    /// what the marker had reserved, because an entry that was given out may have been lost with the tail.
    /// </remarks>
    public static JournalRecovery Run(
        IJournalFiles files,
        string folder,
        JournalOptions options,
        long above,
        long? number,
        DamageLog damage,
        ILogger logger
    )
    {
        var found = SegmentFolder.Load(files, folder);
        foreach (var path in found.Foreign)
        {
            JournalRecoveryLog.Foreign(logger, path);
        }

        foreach (var place in found.Damage)
        {
            damage.Report(place);
        }

        var reserved = found.Marker?.Reserved ?? 0;
        var journal = found.Journal ?? number ?? BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        if (found is { Segments: [.., var newest], Marker.ClosedAt: { } closedAt } && newest.End == closedAt && closedAt >= above)
        {
            return new JournalRecovery(found.Segments, closedAt, closedAt, newest, reserved, journal);
        }

        var segments = found.Segments.ToList();
        var fileEnd = segments.Count > 0 ? segments[^1].End : 0;
        var held = segments.Sum(static segment => segment.Bytes);
        var readableEnd = FindEnd(files, segments, damage);
        var torn = held - segments.Sum(static segment => segment.Bytes);
        if (found.Marker?.ClosedAt is { } closed && closed > readableEnd && segments.Count > 0)
        {
            damage.Report(new(segments[^1].Path, new(readableEnd), new(closed), "the journal was closed in order and went on up to there"));
        }
        else if (torn > 0)
        {
            JournalRecoveryLog.Torn(logger, segments[^1].Path, readableEnd, torn);
        }

        var span = Math.Max(options.SegmentBytes, options.MaxEntryBytes);
        var unknown = segments.Count == 0 ? 0 : Math.Max(fileEnd, found.Marker is null ? segments[^1].Base + span : 0);
        var end = Math.Max(Math.Max(reserved, unknown), above);
        // Without any file all of it was deleted; but a first one that was not even begun says that there never was anything.
        var isUnknown = segments.Count == 0 && !found.Foreign.Contains(Segment.PathOf(folder, 0));
        return new JournalRecovery(segments, isUnknown ? end : readableEnd, end, Resumable: null, reserved, journal);
    }

    /// <summary>Reads from the newest segment back until one holds a whole entry, and ends the segments where that one ends.</summary>
    private static long FindEnd(IJournalFiles files, List<Segment> segments, DamageLog damage)
    {
        for (var i = segments.Count - 1; i >= 0; i--)
        {
            var segment = segments[i];
            var places = new List<DamagedPlace>();
            var end = segment.Base;
            using (var file = files.OpenRead(segment.Path))
            using (var scanner = new SegmentScanner(file, segment, segment.Base, segment.End, places.Add, keepContent: false))
            {
                while (scanner.TryNext(out var header, out _))
                {
                    end = header.Position + header.Length;
                }
            }

            foreach (var place in places.Where(place => place.From.Value < end))
            {
                damage.Report(place);
            }

            segments[i] = segment with { End = end };
            if (end > segment.Base)
            {
                return end;
            }
        }

        return 0;
    }
}

internal static partial class JournalRecoveryLog
{
    [LoggerMessage(
        LogLevel.Warning,
        "The journal file {Path} ends in {Bytes} bytes after position {Position} that are no whole entry, as after a crash in the middle of writing. They are left out."
    )]
    public static partial void Torn(ILogger logger, string path, long position, long bytes);

    [LoggerMessage(
        LogLevel.Warning,
        "{Path} does not belong to this journal, holds nothing that can be read, or may not be read. It is left alone."
    )]
    public static partial void Foreign(ILogger logger, string path);
}
