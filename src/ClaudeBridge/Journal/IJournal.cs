using ClaudeBridge.Otlp;

namespace ClaudeBridge.Journal;

/// <summary>Where receivers put what they accept. The fake of the tests keeps it in memory.</summary>
public interface IJournalWriter
{
    /// <summary>False from a write that failed, or takes too long, until the disk is known to take writes again; also without anything to write. Any thread.</summary>
    bool IsWritable { get; }

    /// <summary>Writes an entry and returns once it is on disk; entries that wait are written and synced together.</summary>
    /// <param name="entry">The journal's own from here on: its body must not change, not even after it is stored, because live readers hold it too.</param>
    /// <param name="decoded">Handed on to the live reader so that it need not read the body again; null when there is nothing to hand on.</param>
    /// <exception cref="JournalUnavailableException">It could not be stored: disk full, I/O error, or the journal is closing. Nothing was kept.</exception>
    ValueTask<JournalPosition> AppendAsync(JournalEntry entry, DecodedExport? decoded, CancellationToken cancel);
}

/// <summary>Where the assembler and raw destinations read what was accepted.</summary>
public interface IJournalReader
{
    /// <summary>Where the oldest entry that is still held begins; equal to <see cref="End"/> when there is none.</summary>
    JournalPosition Oldest { get; }

    /// <summary>
    /// Entries before this may have been held and are no longer; between this and <see cref="Oldest"/> there never were any, as positions skip after a crash.
    /// </summary>
    JournalPosition LetGoUpTo => Oldest;

    /// <summary>Where the next entry will be written; everything before it is on disk.</summary>
    JournalPosition End { get; }

    /// <summary>Bytes of entries held from a position on: what a reader there still has before it. Positions may skip, so their difference does not tell.</summary>
    long BytesAfter(JournalPosition position) => Math.Max(0, End.Value - Math.Max(position.Value, Oldest.Value));

    /// <summary>Random, given when the journal was made: positions of one journal mean nothing in another. 0 for none.</summary>
    long Number => 0;

    /// <summary>Entries from a position on, up to what is on disk now. A position before <see cref="Oldest"/> begins at the oldest; damaged entries are left out.</summary>
    IEnumerable<JournalItem> ReadFrom(JournalPosition position);

    /// <summary>Whether something between two positions could not be read, as far as readers have come. Positions that were never given are no damage.</summary>
    bool IsDamagedBetween(JournalPosition from, JournalPosition to) => false;

    /// <summary>Returns as soon as there is an entry to read past a position; at once when there is one already.</summary>
    Task WaitAsync(JournalPosition position, CancellationToken cancel);

    /// <summary>Takes the next entry straight from the writer when it is exactly the one at <paramref name="position"/>.</summary>
    /// <remarks>The short cut past the disk: a bounded buffer of entries with their decoded bodies. False says that the entry must be read by <see cref="ReadFrom"/>. For one reader.</remarks>
    bool TryTakeLive(JournalPosition position, out JournalItem item);
}

/// <summary>An entry could not be stored; the client is told to try again later.</summary>
public sealed class JournalUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
