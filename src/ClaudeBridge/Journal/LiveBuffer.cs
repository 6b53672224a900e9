namespace ClaudeBridge.Journal;

/// <summary>The latest entries in memory, for the one reader that is close behind the writer.</summary>
/// <remarks>When it is full, new entries are left out rather than old ones: the reader wants the oldest next, and reads from disk what is missing after it.</remarks>
internal sealed class LiveBuffer(int maxEntries, long maxBytes)
{
    private readonly Lock _gate = new();
    private readonly Queue<JournalItem> _items = new();
    private long _bytes;

    public void Add(IReadOnlyList<JournalItem> items)
    {
        lock (_gate)
        {
            foreach (var item in items)
            {
                if (_items.Count >= maxEntries || _bytes + item.Entry.Body.Length > maxBytes)
                {
                    return;
                }

                _items.Enqueue(item);
                _bytes += item.Entry.Body.Length;
            }
        }
    }

    public bool TryTake(JournalPosition position, out JournalItem item)
    {
        lock (_gate)
        {
            while (_items.TryPeek(out var next) && next.Position <= position)
            {
                _items.Dequeue();
                _bytes -= next.Entry.Body.Length;
                if (next.Position == position)
                {
                    item = next;
                    return true;
                }
            }
        }

        item = null!;
        return false;
    }
}
