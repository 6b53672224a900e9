namespace ClaudeBridge.Journal;

/// <summary>What a journal holds, as the headers of its entries tell; contents are not read, so damage in them is not seen.</summary>
/// <param name="Bytes">Of entries, headers included.</param>
/// <param name="FileBytes">What the files take on disk by their length.</param>
/// <param name="End">Where the last entry ends.</param>
/// <param name="Waiting">Entries that a reader at the position asked about still has before it.</param>
internal sealed record JournalSurvey(
    int Segments,
    long Entries,
    long Bytes,
    long FileBytes,
    JournalPosition Oldest,
    JournalPosition End,
    DateTimeOffset? OldestReceivedAt,
    DateTimeOffset? NewestReceivedAt,
    long Waiting,
    long WaitingBytes,
    DateTimeOffset? OldestWaiting
)
{
    /// <summary>Looks at a folder that may be in use or not; needs no lock and changes nothing.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="InvalidDataException">It was written by a newer version of the program.</exception>
    public static JournalSurvey Take(IJournalFiles files, string folder, JournalPosition from, CancellationToken cancel)
    {
        var segments = SegmentFolder.Load(files, folder).Segments;
        var survey = new JournalSurvey(segments.Count, 0, 0, 0, new(0), new(0), null, null, 0, 0, null);
        foreach (var segment in segments)
        {
            cancel.ThrowIfCancellationRequested();
            survey = survey.Over(files, segment, from, cancel);
        }

        return survey.Entries == 0 ? survey with { Oldest = from, End = from } : survey;
    }

    private JournalSurvey Over(IJournalFiles files, Segment segment, JournalPosition from, CancellationToken cancel)
    {
        var (entries, bytes, waiting, waitingBytes) = (Entries, Bytes, Waiting, WaitingBytes);
        var (first, end, oldest, newest, oldestWaiting) = (
            Entries > 0 ? Oldest : (JournalPosition?)null,
            End,
            OldestReceivedAt,
            NewestReceivedAt,
            OldestWaiting
        );
        long length;
        try
        {
            using var file = files.OpenRead(segment.Path);
            length = file.Length;
            using var scanner = new SegmentScanner(
                file,
                segment,
                segment.Base,
                segment.End,
                static _ => { },
                keepContent: false,
                headersAlone: true
            );
            while (scanner.TryNext(out var header, out _))
            {
                cancel.ThrowIfCancellationRequested();
                var received = new DateTimeOffset(header.ReceivedTicks, TimeSpan.Zero);
                entries++;
                bytes += header.Length;
                first ??= new JournalPosition(header.Position);
                end = new(header.Position + header.Length);
                oldest = oldest < received ? oldest : received;
                newest = newest > received ? newest : received;
                if (header.Position >= from.Value)
                {
                    waiting++;
                    waitingBytes += header.Length;
                    oldestWaiting ??= received;
                }
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Retention took it meanwhile.
            return this;
        }

        return this with
        {
            Entries = entries,
            Bytes = bytes,
            FileBytes = FileBytes + length,
            Oldest = first ?? Oldest,
            End = end,
            OldestReceivedAt = oldest,
            NewestReceivedAt = newest,
            Waiting = waiting,
            WaitingBytes = waitingBytes,
            OldestWaiting = oldestWaiting,
        };
    }
}
