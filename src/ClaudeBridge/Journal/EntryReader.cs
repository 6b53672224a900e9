namespace ClaudeBridge.Journal;

/// <summary>Reads entries over all segments, with its own file handles: beside the writer, and beside retention.</summary>
internal static class EntryReader
{
    /// <summary>Entries from a position up to the end as it is when reading begins; reading a second time looks at the end anew.</summary>
    /// <param name="onSalvaged">Told of the file and position of each entry that is read behind a damaged place of its file.</param>
    public static IEnumerable<JournalItem> ReadFrom(
        IJournalFiles files,
        SegmentList segments,
        JournalPosition position,
        Action<DamagedPlace> onDamage,
        Action<string, JournalPosition>? onSalvaged = null
    )
    {
        var end = segments.End;
        var at = position.Value;
        var lastEnd = at;
        while (at < end && segments.FindAt(at) is { } segment)
        {
            var limit = Math.Min(segment.End, end);
            at = Math.Max(at, segment.Base);
            if (at >= limit)
            {
                break;
            }

            using var file = TryOpen(files, segment.Path);
            if (file is not null)
            {
                var isDamaged = false;
                using var scanner = new SegmentScanner(
                    file,
                    segment,
                    at,
                    limit,
                    place =>
                    {
                        isDamaged = true;
                        onDamage(place);
                    },
                    keepContent: true
                );
                while (scanner.TryNext(out var header, out var content))
                {
                    if (isDamaged)
                    {
                        onSalvaged?.Invoke(segment.Path, new(header.Position));
                    }

                    lastEnd = header.Position + header.Length;
                    yield return new JournalItem(new(header.Position), new(lastEnd), EntryFormat.ToEntry(header, content), Decoded: null);
                }
            }

            at = limit;
        }

        segments.NothingReadable(lastEnd, end);
    }

    /// <summary>Null when retention took the file in the meantime: what it held is gone, and reading goes on at the next.</summary>
    private static IJournalFile? TryOpen(IJournalFiles files, string path)
    {
        try
        {
            return files.OpenRead(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
