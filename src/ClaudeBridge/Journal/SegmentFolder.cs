using System.Globalization;
using System.Runtime.ExceptionServices;

namespace ClaudeBridge.Journal;

/// <summary>What lies in a journal folder, in order, judged by the files' own headers; their entries are not read.</summary>
/// <param name="Segments">Ascending and without overlap. The end of the newest is the end of its file.</param>
/// <param name="Foreign">Files that are named like segments and hold nothing of this journal, or cannot be read.</param>
/// <param name="Damage">What is seen to be missing without reading entries.</param>
/// <param name="Marker">What the tail marker says; null when it is missing or damaged.</param>
/// <param name="Journal">The random number of this journal; null when nothing tells it.</param>
internal sealed record SegmentFolder(
    IReadOnlyList<Segment> Segments,
    IReadOnlyList<string> Foreign,
    IReadOnlyList<DamagedPlace> Damage,
    TailMarker? Marker,
    long? Journal
)
{
    private const int SalvageBytes = 1024 * 1024;

    /// <exception cref="InvalidDataException">A segment was written by a newer version of the program.</exception>
    /// <exception cref="IOException">No segment can be read at all.</exception>
    public static SegmentFolder Load(IJournalFiles files, string folder)
    {
        var marker = TailMarker.Read(files, folder);
        var found = new List<(Segment Segment, long? Journal)>();
        var foreign = new List<string>();
        var damage = new List<DamagedPlace>();
        Exception? unreadable = null;
        foreach (var path in files.List(folder).Where(path => path.EndsWith(Segment.Extension, StringComparison.Ordinal)))
        {
            try
            {
                if (TryOpen(files, path, damage) is { } one)
                {
                    found.Add(one);
                }
                else
                {
                    foreign.Add(path);
                }
            }
            catch (FileNotFoundException)
            {
                // Retention of a running process took it meanwhile.
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // A link in a circle, rights that were taken away, a file on bad sectors: it costs what it holds.
                unreadable = failure;
                foreign.Add(path);
            }
        }

        if (unreadable is not null && found.Count == 0)
        {
            // Not one can be read: that is a lost disk, or another user's folder, and no damage to be passed over.
            ExceptionDispatchInfo.Throw(unreadable);
        }

        var journal = WhichJournal(found.Select(one => one.Journal), marker);
        if (journal != marker?.Journal)
        {
            // Somebody put another journal's marker here: it says nothing about these segments.
            marker = null;
        }

        foreign.AddRange(found.Where(one => one.Journal is not null && one.Journal != journal).Select(one => one.Segment.Path));
        var segments = found.Where(one => one.Journal is null || one.Journal == journal).Select(one => one.Segment).ToList();
        return new SegmentFolder(Chain(WithoutCopies(segments, foreign), damage), foreign, damage, marker, journal);
    }

    /// <summary>The marker's journal, unless none of the segments is of it: then the one that most of them are of.</summary>
    private static long? WhichJournal(IEnumerable<long?> ofSegments, TailMarker? marker)
    {
        var journals = ofSegments.Where(journal => journal is not null).ToList();
        return marker is not null && (journals.Count == 0 || journals.Contains(marker.Value.Journal))
            ? marker.Value.Journal
            : journals.GroupBy(journal => journal).MaxBy(group => group.Count())?.Key;
    }

    /// <summary>A copy under another name holds the same positions: the longer one is taken, then the one with the right name.</summary>
    private static List<Segment> WithoutCopies(List<Segment> segments, List<string> foreign)
    {
        segments =
        [
            .. segments.OrderBy(segment => segment.Base).ThenByDescending(segment => segment.End).ThenByDescending(IsNamedAsItShould),
        ];
        for (var i = segments.Count - 1; i > 0; i--)
        {
            if (segments[i].Base == segments[i - 1].Base)
            {
                foreign.Add(segments[i].Path);
                segments.RemoveAt(i);
            }
        }

        return segments;
    }

    /// <summary>Each segment ends where the journal ended when the next one was begun.</summary>
    private static List<Segment> Chain(List<Segment> segments, List<DamagedPlace> damage)
    {
        for (var i = 0; i < segments.Count - 1; i++)
        {
            var (segment, next) = (segments[i], segments[i + 1]);
            if (next.Follows > segment.End)
            {
                damage.Add(
                    new(segment.Path, new(segment.End), new(next.Follows), "the end of the file, or a whole file after it, is missing")
                );
            }

            segments[i] = segment with { End = Math.Max(segment.Base, Math.Min(segment.End, next.Follows)) };
        }

        return segments;
    }

    private static (Segment Segment, long? Journal)? TryOpen(IJournalFiles files, string path, List<DamagedPlace> damage)
    {
        using var file = files.OpenRead(path);
        var start = ReadStart(file);
        if (SegmentHeader.TryRead(start, out var header))
        {
            return (ToSegment(path, file, header), header.Journal);
        }

        if (SegmentHeader.IsOfNewerVersion(start))
        {
            throw new InvalidDataException(
                $"'{path}' was written by a newer version of this program. Use that version, or give this one a data folder of its own."
            );
        }

        if (TrySalvage(start) is not { } salvaged)
        {
            return null;
        }

        damage.Add(
            new(path, new(salvaged.Base), new(salvaged.Base), "the header of the file is damaged; its entries are read all the same")
        );
        return (ToSegment(path, file, salvaged), null);
    }

    private static byte[] ReadStart(IJournalFile file)
    {
        var start = new byte[Math.Min(file.Length, SegmentHeader.Length)];
        var length = file.ReadAround(start, 0, file.Length);
        if (length == SegmentHeader.Length && (SegmentHeader.TryRead(start, out _) || SegmentHeader.IsOfNewerVersion(start)))
        {
            return start;
        }

        start = new byte[Math.Min(file.Length, SalvageBytes)];
        return start[..file.ReadAround(start, 0, file.Length)];
    }

    /// <summary>Without its header a file still tells where it belongs: each entry holds its own position and the mark.</summary>
    private static SegmentHeader? TrySalvage(ReadOnlySpan<byte> start)
    {
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(magic, EntryFormat.Magic);
        for (var at = 0; start[at..].IndexOf(magic) is >= 0 and var found; at++)
        {
            at += found;
            if (EntryFormat.TryReadHeader(start[at..], out var entry) && at >= SegmentHeader.Length)
            {
                var first = entry.Position - at + SegmentHeader.Length;
                return first < 0 ? null : new SegmentHeader(first, first, 0, entry.Mark, 0);
            }
        }

        return null;
    }

    private static Segment ToSegment(string path, IJournalFile file, in SegmentHeader header)
    {
        var created =
            header.CreatedTicks is > 0 and var ticks && ticks <= DateTimeOffset.MaxValue.UtcTicks
                ? new DateTimeOffset(ticks, TimeSpan.Zero)
                : DateTimeOffset.MinValue;
        var written = file.LastWritten;
        return new Segment(
            path,
            header.Base,
            header.Follows,
            header.Mark,
            header.Base + Math.Max(0, file.Length - SegmentHeader.Length),
            written > created ? written : created
        );
    }

    private static bool IsNamedAsItShould(Segment segment) =>
        long.TryParse(Path.GetFileNameWithoutExtension(segment.Path), NumberStyles.None, CultureInfo.InvariantCulture, out var named)
        && named == segment.Base;
}
