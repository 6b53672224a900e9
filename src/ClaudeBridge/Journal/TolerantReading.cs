namespace ClaudeBridge.Journal;

/// <summary>Reads past bad sectors.</summary>
internal static class TolerantReading
{
    private const int PageBytes = 4096;

    /// <summary>Fills the target as far as the file goes, with zeros for pages that the disk cannot give back: a bad sector costs no more than what stands on it.</summary>
    /// <param name="end">Where in the file what is wanted ends, in this read and later ones.</param>
    /// <exception cref="IOException">Not one page from here to the end can be read: that is a lost disk, and passing over it would lose everything.</exception>
    public static int ReadAround(this IJournalFile file, Span<byte> target, long offset, long end)
    {
        var length = 0;
        while (length < target.Length)
        {
            var read = ReadOnce(file, target[length..], offset + length, end);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        return length;
    }

    private static int ReadOnce(IJournalFile file, Span<byte> target, long offset, long end)
    {
        try
        {
            return file.Read(target, offset);
        }
        catch (IOException)
        {
            return ReadPages(file, target, offset, end);
        }
    }

    private static int ReadPages(IJournalFile file, Span<byte> target, long offset, long end)
    {
        var isAnyGood = false;
        var length = 0;
        IOException? failure = null;
        while (length < target.Length)
        {
            var toPageEnd = PageBytes - (int)((offset + length) % PageBytes);
            var piece = target.Slice(length, Math.Min(toPageEnd, target.Length - length));
            try
            {
                var read = file.Read(piece, offset + length);
                isAnyGood = true;
                if (read == 0)
                {
                    break;
                }

                length += read;
            }
            catch (IOException e)
            {
                failure = e;
                piece.Clear();
                length += piece.Length;
            }
        }

        if (!isAnyGood && !IsAnyPageReadable(file, offset + length, end))
        {
            throw failure!;
        }

        return length;
    }

    private static bool IsAnyPageReadable(IJournalFile file, long offset, long end)
    {
        Span<byte> one = stackalloc byte[1];
        for (; offset < end; offset += PageBytes)
        {
            try
            {
                return file.Read(one, offset) > 0;
            }
            catch (IOException)
            {
                // The next page may still be good.
            }
        }

        return false;
    }
}
