using ClaudeBridge.Otlp;

namespace ClaudeBridge.Journal;

/// <summary>A place in the journal: the number of bytes written before it since the journal began. Never reused, never moves back.</summary>
/// <remarks>After a crash or a failed write some are left out, so that none is given twice: a difference of two is at least, not exactly, the bytes between them.</remarks>
public readonly record struct JournalPosition(long Value) : IComparable<JournalPosition>
{
    public static readonly JournalPosition Start = new(0);

    public int CompareTo(JournalPosition other) => Value.CompareTo(other.Value);

    public static bool operator <(JournalPosition left, JournalPosition right) => left.Value < right.Value;

    public static bool operator >(JournalPosition left, JournalPosition right) => left.Value > right.Value;

    public static bool operator <=(JournalPosition left, JournalPosition right) => left.Value <= right.Value;

    public static bool operator >=(JournalPosition left, JournalPosition right) => left.Value >= right.Value;
}

/// <summary>What an entry holds: a client's export, or operator input that must survive as well.</summary>
public enum JournalEntryKind : byte
{
    Export = 1,
    Control = 2,

    /// <summary>Takes the place of what was damaged, after a repair: positions behind it stay as they were. Never given to readers.</summary>
    Gap = 3,
}

/// <summary>One accepted request as it came, after content decoding.</summary>
public sealed record JournalEntry
{
    public required JournalEntryKind Kind { get; init; }

    public required Signal Signal { get; init; }

    public required OtlpEncoding Encoding { get; init; }

    /// <summary>When the bridge took it. For people and retention only: nothing that is built from the entry depends on it.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Facts about the sender that are not in the body, such as a tenant. Few and short; empty for most.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Attributes { get; init; } = [];

    public required ReadOnlyMemory<byte> Body { get; init; }
}

/// <summary>An entry with its place. <see cref="Next"/> is where reading goes on after it.</summary>
/// <param name="Decoded">The body already read, when the entry comes straight from a receiver; null when it was read from disk.</param>
public sealed record JournalItem(JournalPosition Position, JournalPosition Next, JournalEntry Entry, DecodedExport? Decoded);
