using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Hosting;

/// <summary>An entry from disk on its way into the store: as a whole, or a large one in parts, so that never more than a part of it is in memory as messages.</summary>
/// <remarks>The journal's position moves with the last part: what a crash leaves undone is taken again, and what was done counts once.</remarks>
internal sealed class EntryParts
{
    private readonly IEnumerator<ReadOnlyMemory<byte>> _parts;

    private EntryParts(JournalItem item, IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        Item = item;
        _parts = parts.GetEnumerator();
        IsAtEnd = !_parts.MoveNext();
        IsWhole = IsAtEnd || _parts.Current.Equals(item.Entry.Body);
    }

    public JournalItem Item { get; }

    /// <summary>Tells equal records of the entry apart, also those in different parts.</summary>
    public RecordIdentity Identity { get; } = new();

    public bool IsWhole { get; }

    /// <summary>How many parts were taken.</summary>
    public int Taken { get; private set; }

    /// <summary>All parts were taken.</summary>
    public bool IsAtEnd { get; private set; }

    public static EntryParts Of(JournalItem item, int partBytes) =>
        new(item, ExportParts.Split(item.Entry.Signal, item.Entry.Encoding, item.Entry.Body, partBytes));

    public static EntryParts Whole(JournalItem item) => new(item, [item.Entry.Body]);

    /// <summary>The next part, a body by itself.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        var part = _parts.Current;
        Taken++;
        IsAtEnd = !_parts.MoveNext();
        return part;
    }
}
