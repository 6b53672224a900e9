namespace ClaudeBridge.Journal;

/// <summary>What walking over a whole journal found.</summary>
internal sealed record JournalReport
{
    public required int Segments { get; init; }

    public required long Entries { get; init; }

    /// <summary>Bytes of whole entries, headers included.</summary>
    public required long Bytes { get; init; }

    public required JournalPosition Oldest { get; init; }

    public required JournalPosition End { get; init; }

    public required DateTimeOffset? OldestReceivedAt { get; init; }

    public required DateTimeOffset? NewestReceivedAt { get; init; }

    /// <summary>The first damaged places, in order.</summary>
    public required IReadOnlyList<DamagedPlace> Damage { get; init; }

    /// <summary>All damaged places, also those that <see cref="Damage"/> has no room for.</summary>
    public required long DamagedPlaces { get; init; }

    public required long DamagedBytes { get; init; }

    /// <summary>Bytes after the last whole entry, as a crash or a writer at work leaves them; they were never answered.</summary>
    public required long TornBytes { get; init; }

    /// <summary>Files that do not belong to this journal.</summary>
    public required IReadOnlyList<string> Foreign { get; init; }

    public bool IsWhole => DamagedPlaces == 0;
}

/// <summary>Walks over every entry and checks it. Changes nothing.</summary>
internal static class JournalVerification
{
    private const int MaxPlaces = 1000;

    /// <summary>Looks at a folder that may be in use or not. Needs no lock.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <param name="passed">Told now and then how many bytes were looked at since it was told before; null tells nobody.</param>
    public static JournalReport Verify(IJournalFiles files, string folder, CancellationToken cancel, Action<long>? passed = null)
    {
        var found = SegmentFolder.Load(files, folder);
        var report = Verify(files, found.Segments, found.Foreign, found.Damage, mayBeTorn: true, cancel, passed, found.Marker?.ClosedAt);
        // A file that a writer had just begun shows its header by now, and one that retention took is gone.
        return report.Foreign.Count == 0
            ? report
            : report with
            {
                Foreign = [.. report.Foreign.Intersect(SegmentFolder.Load(files, folder).Foreign, StringComparer.Ordinal)],
            };
    }

    /// <param name="mayBeTorn">What follows the last whole entry counts as torn; else as damaged.</param>
    /// <param name="passed">As above.</param>
    /// <param name="closedAt">Where the journal was closed in order: up to there nothing is torn; null when it was not.</param>
    public static JournalReport Verify(
        IJournalFiles files,
        IReadOnlyList<Segment> segments,
        IReadOnlyList<string> foreign,
        IReadOnlyList<DamagedPlace> seen,
        bool mayBeTorn,
        CancellationToken cancel,
        Action<long>? passed = null,
        long? closedAt = null
    )
    {
        var places = new List<DamagedPlace>(seen);
        var walk = new Walk();
        foreach (var segment in segments)
        {
            cancel.ThrowIfCancellationRequested();
            walk.Over(files, segment, places, cancel);
            passed?.Invoke(segment.Bytes);
        }

        if (closedAt > walk.End && segments.Count > 0)
        {
            places.RemoveAll(place => place.From.Value >= walk.End && place.Path == segments[^1].Path);
            places.Add(
                new(segments[^1].Path, new(walk.End), new(closedAt.Value), "the journal was closed in order and went on up to there")
            );
        }

        var end = segments.Count > 0 ? segments[^1].End : 0;
        var torn = mayBeTorn ? places.Where(place => place.To.Value == end && place.From.Value >= walk.End).ToList() : [];
        var damage = places.Except(torn).OrderBy(place => place.From).ToList();
        return new JournalReport
        {
            Segments = segments.Count,
            Entries = walk.Entries,
            Bytes = walk.Bytes,
            Oldest = new(segments.FirstOrDefault(segment => segment.Bytes > 0)?.Base ?? end),
            End = new(torn.Count > 0 ? walk.End : end),
            OldestReceivedAt = walk.OldestReceivedAt,
            NewestReceivedAt = walk.NewestReceivedAt,
            Damage = [.. damage.Take(MaxPlaces)],
            DamagedPlaces = damage.Count,
            DamagedBytes = damage.Sum(place => place.Bytes),
            TornBytes = torn.Sum(place => place.Bytes),
            Foreign = foreign,
        };
    }

    private sealed class Walk
    {
        public long Entries { get; private set; }

        public long Bytes { get; private set; }

        /// <summary>Where the last whole entry ends.</summary>
        public long End { get; private set; }

        public DateTimeOffset? OldestReceivedAt { get; private set; }

        public DateTimeOffset? NewestReceivedAt { get; private set; }

        public void Over(IJournalFiles files, Segment segment, List<DamagedPlace> places, CancellationToken cancel)
        {
            IJournalFile file;
            try
            {
                file = files.OpenRead(segment.Path);
            }
            catch (FileNotFoundException)
            {
                // Retention took it meanwhile.
                return;
            }

            using (file)
            {
                using var scanner = new SegmentScanner(file, segment, segment.Base, segment.End, places.Add, keepContent: false);
                while (scanner.TryNext(out var header, out _))
                {
                    cancel.ThrowIfCancellationRequested();
                    Entries++;
                    Bytes += header.Length;
                    End = header.Position + header.Length;
                    var received = new DateTimeOffset(header.ReceivedTicks, TimeSpan.Zero);
                    OldestReceivedAt = OldestReceivedAt < received ? OldestReceivedAt : received;
                    NewestReceivedAt = NewestReceivedAt > received ? NewestReceivedAt : received;
                }

                End = Math.Max(End, scanner.GapEnd);
            }
        }
    }
}
