using System.Security.Cryptography;

namespace ClaudeBridge.Journal;

/// <summary>One file of the journal that is made whole.</summary>
/// <param name="Kept">The name that the file as it was is kept under.</param>
/// <param name="Lost">What stood there cannot be read by anybody; a gap takes its place.</param>
internal sealed record MendedSegment(string Path, string Kept, long Entries, bool HadDamagedHeader, IReadOnlyList<DamagedPlace> Lost);

/// <param name="Marker">Why the tail marker is made anew; null when it stays.</param>
/// <param name="LostBytes">Over all files, and at the end of the newest.</param>
internal sealed record JournalRepairReport(IReadOnlyList<MendedSegment> Mended, string? Marker, long LostBytes)
{
    public bool IsNothing => Mended.Count == 0 && Marker is null;
}

/// <summary>Makes a journal whole again: whole entries stay where they are, positions stay true, what is damaged becomes a gap.</summary>
/// <remarks>
/// A file is written anew beside the old one, synced, and takes its place in one step; the old one keeps a name of its own. Whatever stops this
/// half-way, every file is the old or the new one. An unfinished end stays: the next start goes on after it.
/// </remarks>
internal static class JournalRepair
{
    private const string New = ".mending";
    private const int CopyBytes = 1024 * 1024;

    /// <summary>The caller holds the folder's lock.</summary>
    /// <param name="above">The highest position that a reader has stored.</param>
    /// <param name="number">What readers know the journal by, when nothing in the folder tells it.</param>
    /// <param name="dryRun">Only says what would be done.</param>
    /// <exception cref="IOException">The disk is full or does not obey; what was mended so far stays mended.</exception>
    public static JournalRepairReport Run(
        string folder,
        JournalOptions options,
        JournalPosition above,
        bool dryRun,
        CancellationToken cancel,
        Action<long>? passed = null,
        long? number = null
    )
    {
        var found = SegmentFolder.Load(DiskFiles.Instance, folder);
        var journal = found.Journal ?? number ?? BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        if (!dryRun)
        {
            RemoveLeftovers(folder);
        }

        var mended = new List<MendedSegment>();
        var wholeEnd = 0L;
        var lost = 0L;
        for (var i = 0; i < found.Segments.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var plan = Plan(found, i, wholeEnd, cancel);
            wholeEnd = plan.WholeEnd;
            lost += plan.Lost.Sum(static place => place.Bytes);
            if (plan.IsNeeded)
            {
                var kept = KeptFile.NameFor(plan.Segment.Path);
                if (!dryRun)
                {
                    Write(plan, journal, kept);
                }

                mended.Add(new MendedSegment(plan.Segment.Path, kept, plan.Entries, plan.Header is not null, plan.Lost));
            }

            passed?.Invoke(plan.Segment.Bytes);
        }

        var marker = MarkerNeeded(found, wholeEnd);
        if (found.Marker?.ClosedAt is { } closed && closed > wholeEnd && found.Segments.Count > 0)
        {
            lost += closed - wholeEnd;
        }

        if (marker is not null && !dryRun)
        {
            MarkerFor(found, options, above, journal).Write(DiskFiles.Instance, folder);
        }

        return new JournalRepairReport(mended, marker, lost);
    }

    private static RepairPlan Plan(SegmentFolder found, int index, long endBefore, CancellationToken cancel)
    {
        var segment = found.Segments[index];
        var next = index + 1 < found.Segments.Count ? found.Segments[index + 1] : null;
        var places = new List<DamagedPlace>();
        var (entries, end) = (0L, segment.Base);
        using (var file = DiskFiles.Instance.OpenRead(segment.Path))
        using (var scanner = new SegmentScanner(file, segment, segment.Base, segment.End, places.Add, keepContent: false))
        {
            while (scanner.TryNext(out var header, out _))
            {
                cancel.ThrowIfCancellationRequested();
                entries++;
                end = header.Position + header.Length;
            }

            end = Math.Max(end, scanner.GapEnd);
        }

        if (next is null)
        {
            // An unfinished end: nothing of it was answered, unless the journal was closed behind it, which the marker tells.
            places.RemoveAll(place => place.From.Value >= end);
        }
        else if (next.Follows > segment.End)
        {
            places.Add(new(segment.Path, new(segment.End), new(next.Follows), "the end of the file, or a whole file after it, is missing"));
        }

        return new RepairPlan(segment, entries, places)
        {
            Header = HasDamagedHeader(found, segment) ? Math.Min(segment.Base, endBefore) : null,
            End = places.Count > 0 ? Math.Max(segment.End, places.Max(static place => place.To.Value)) : segment.End,
            WholeEnd = next is null ? end : Math.Max(end, places.Select(static place => place.To.Value).DefaultIfEmpty(end).Max()),
        };
    }

    private static bool HasDamagedHeader(SegmentFolder found, Segment segment) =>
        found.Damage.Any(place => place.Path == segment.Path && place.Bytes == 0);

    private static void Write(RepairPlan plan, long journal, string kept)
    {
        var segment = plan.Segment;
        var path = segment.Path + New;
        using (var source = DiskFiles.Instance.OpenRead(segment.Path))
        using (var target = DiskFiles.Instance.CreateNew(path))
        {
            var length = Segment.OffsetOf(segment.Base, segment.End);
            if (plan.Header is { } follows)
            {
                var header = new SegmentHeader(segment.Base, follows, segment.LastWritten.UtcTicks, segment.Mark, journal);
                target.Write([header.ToBytes()], 0);
            }
            else
            {
                Copy(source, target, 0, SegmentHeader.Length, length);
            }

            var at = segment.Base;
            foreach (var place in plan.Lost.OrderBy(static place => place.From))
            {
                Copy(source, target, Segment.OffsetOf(segment.Base, at), Segment.OffsetOf(segment.Base, place.From.Value), length);
                WriteGap(target, segment, place.From.Value, place.To.Value);
                at = place.To.Value;
            }

            Copy(source, target, Segment.OffsetOf(segment.Base, at), length, length);
            target.SetLength(Segment.OffsetOf(segment.Base, plan.End));
            target.Sync();
        }

        KeptFile.Keep(segment.Path, kept);
        KeptFile.Replace(segment.Path, path);
    }

    private static void Copy(IJournalFile source, IJournalFile target, long from, long to, long length)
    {
        var buffer = new byte[(int)Math.Clamp(to - from, 0, CopyBytes)];
        while (from < to)
        {
            var read = source.ReadAround(buffer.AsSpan(0, (int)Math.Min(buffer.Length, to - from)), from, length);
            if (read == 0)
            {
                return;
            }

            target.Write([buffer.AsMemory(0, read)], from);
            from += read;
        }
    }

    /// <remarks>
    /// Only its header is written; the rest is a hole in the file. Its checksum of contents is wrong on purpose: a version of the program that knows
    /// no gaps passes over it as over damage.
    /// </remarks>
    private static void WriteGap(IJournalFile target, Segment segment, long from, long to)
    {
        var bytes = new byte[EntryFormat.HeaderLength];
        while (to - from >= EntryFormat.HeaderLength)
        {
            // What is left behind a part must have room for a header of its own.
            var length = (int)Math.Min(to - from, int.MaxValue / 2);
            length = to - from - length is > 0 and < EntryFormat.HeaderLength ? length - EntryFormat.HeaderLength : length;
            var received = Math.Max(0, segment.LastWritten.UtcTicks);
            EntryFormat.WriteHeader(
                bytes,
                new EntryHeader(segment.Mark, from, length, 0, received, JournalEntryKind.Gap, default, default, 0)
            );
            target.Write([bytes.ToArray()], Segment.OffsetOf(segment.Base, from));
            from += length;
        }
    }

    private static string? MarkerNeeded(SegmentFolder found, long wholeEnd) =>
        found.Segments.Count == 0 ? null
        : found.Marker is not { } marker ? "it is missing, damaged or another journal's"
        : marker.ClosedAt > wholeEnd ? "it says that the journal went on behind what is left of it"
        : null;

    private static TailMarker MarkerFor(SegmentFolder found, JournalOptions options, JournalPosition above, long journal)
    {
        var newest = found.Segments[^1];
        var span = Math.Max(options.SegmentBytes, options.MaxEntryBytes);
        var reserved = found.Marker is { } marker
            ? Math.Max(marker.Reserved, marker.ClosedAt ?? 0)
            : Math.Max(newest.End, newest.Base + span);
        return new TailMarker(journal, Math.Max(reserved, above.Value), ClosedAt: null);
    }

    private static void RemoveLeftovers(string folder)
    {
        foreach (var path in DiskFiles.Instance.List(folder).Where(static path => path.EndsWith(New, StringComparison.Ordinal)))
        {
            DiskFiles.Instance.Delete(path);
        }
    }

    private sealed record RepairPlan(Segment Segment, long Entries, IReadOnlyList<DamagedPlace> Lost)
    {
        /// <summary>Where the journal ended before this file, for a header that must be made anew; null when the header is whole.</summary>
        public long? Header { get; init; }

        /// <summary>Where the mended file ends.</summary>
        public long End { get; init; }

        /// <summary>Up to where the journal is whole then.</summary>
        public long WholeEnd { get; init; }

        public bool IsNeeded => Header is not null || Lost.Count > 0;
    }
}
