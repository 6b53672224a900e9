namespace ClaudeBridge.Otlp;

/// <summary>The three envelopes of an export request, outermost first: the list of resources, a resource with its scopes, a scope with its records.</summary>
/// <param name="partBytes">About how many bytes of records go into a part.</param>
internal abstract class PartSplitter(int partBytes)
{
    private const int Innermost = 2;

    /// <summary>All parts of a message; each is a list of pieces that, one behind the other, are a body.</summary>
    /// <exception cref="MalformedPayloadException">There is damage, or no part would be much smaller than the whole.</exception>
    protected List<List<ReadOnlyMemory<byte>>> Split(ReadOnlyMemory<byte> message, int level = 0)
    {
        var (own, items) = Open(message, level);
        if (own.Sum(static piece => (long)piece.Length) > partBytes)
        {
            throw new MalformedPayloadException("What its records share is larger than a part.", "");
        }

        List<List<ReadOnlyMemory<byte>>> parts = [];
        var first = 0;
        var bytes = 0L;
        for (var index = 0; index < items.Count; index++)
        {
            var item = items[index];
            if (item.Length > partBytes && level < Innermost)
            {
                Close(index);
                parts.AddRange(Split(item, level + 1).Select(inner => Wrap(level, own, inner)));
                first = index + 1;
                continue;
            }

            if (bytes > 0 && bytes + item.Length > partBytes)
            {
                Close(index);
            }

            bytes += item.Length;
        }

        Close(items.Count);
        if (parts.Count == 0)
        {
            parts.Add(Wrap(level, own, []));
        }

        return parts;

        void Close(int end)
        {
            if (end > first)
            {
                parts.Add(Wrap(level, own, Join(message, items[first..end])));
            }

            (first, bytes) = (end, 0);
        }
    }

    /// <summary>What all items of a message share, and the items, each with all that a message of the level below needs.</summary>
    protected abstract (List<ReadOnlyMemory<byte>> Own, List<ReadOnlyMemory<byte>> Items) Open(ReadOnlyMemory<byte> message, int level);

    /// <summary>Items as they stand in a message.</summary>
    protected abstract List<ReadOnlyMemory<byte>> Join(ReadOnlyMemory<byte> message, List<ReadOnlyMemory<byte>> items);

    /// <summary>A message with some of its items.</summary>
    protected abstract List<ReadOnlyMemory<byte>> Wrap(int level, List<ReadOnlyMemory<byte>> own, List<ReadOnlyMemory<byte>> items);

    protected static IEnumerable<ReadOnlyMemory<byte>> Bodies(List<List<ReadOnlyMemory<byte>>> parts) => parts.Select(Concatenate);

    private static ReadOnlyMemory<byte> Concatenate(List<ReadOnlyMemory<byte>> pieces)
    {
        var whole = new byte[pieces.Sum(static piece => piece.Length)];
        var at = 0;
        foreach (var piece in pieces)
        {
            piece.Span.CopyTo(whole.AsSpan(at));
            at += piece.Length;
        }

        return whole;
    }
}
