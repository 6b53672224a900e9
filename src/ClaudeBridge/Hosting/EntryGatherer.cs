using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Privacy;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Contexts;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store;

namespace ClaudeBridge.Hosting;

/// <summary>Gathers journal entries into a batch that is taken in as one step: straight from the receivers where possible, else from disk.</summary>
/// <param name="notes">Keeps account of who sent what; null where nobody asks.</param>
/// <param name="onSkipped">Told of an entry that cannot be read: its position and what it failed on, without any content.</param>
internal sealed class EntryGatherer(
    IJournalReader journal,
    StoreOptions options,
    ContentPolicy policy,
    ArrivalNotes? notes,
    Action<long, string> onSkipped
)
{
    /// <summary>What there is from a position on, up to a full batch.</summary>
    /// <param name="rest">What the batch before left of its last entry; null for nothing, or to begin that entry again.</param>
    public EntryBatch Take(JournalPosition position, EntryParts? rest = null)
    {
        var batch = new EntryBatch(position, options);
        if (rest?.Item.Position == position)
        {
            AddPart(batch, rest);
        }

        TakeMore(batch);
        return batch;
    }

    public void TakeMore(EntryBatch batch)
    {
        while (!batch.IsFull)
        {
            if (journal.TryTakeLive(batch.Next, out var item))
            {
                Add(batch, item);
            }
            else if (journal.End <= batch.Next || !TakeFromDisk(batch))
            {
                return;
            }
        }
    }

    /// <summary>False when nothing more is there to be read.</summary>
    private bool TakeFromDisk(EntryBatch batch)
    {
        var end = journal.End;
        if (batch.Next < journal.LetGoUpTo)
        {
            batch.NoteGap();
        }

        foreach (var item in journal.ReadFrom(batch.Next))
        {
            NoteDamage(batch, item.Position);
            Add(batch, item);
            if (batch.IsFull)
            {
                return true;
            }
        }

        // Whatever else stood there is damaged and told of by the journal.
        NoteDamage(batch, end);
        batch.SkipTo(end);
        return journal.End > batch.Next;
    }

    private void NoteDamage(EntryBatch batch, JournalPosition to)
    {
        if (to > batch.Next && journal.IsDamagedBetween(batch.Next, to))
        {
            batch.NoteDamage();
        }
    }

    private void Add(EntryBatch batch, JournalItem item)
    {
        try
        {
            if (item.Entry.Kind == JournalEntryKind.Control)
            {
                batch.Add(item, null, failed: false, ContextEntry.TryRead(item.Entry.Body));
                return;
            }

            if (item.Decoded is { } decoded)
            {
                batch.Add(item, Read(item, decoded, parts: null), failed: false);
                return;
            }
        }
        catch (Exception failure) when (!Failures.IsWantOfMemory(failure))
        {
            Skip(batch, item, failure);
            return;
        }

        AddPart(batch, EntryParts.Of(item, (int)Math.Min(int.MaxValue, options.StepBytes)));
    }

    private void AddPart(EntryBatch batch, EntryParts parts)
    {
        var item = parts.Item;
        try
        {
            DecodedExport export;
            try
            {
                export = OtlpDecoder.Decode(item.Entry.Signal, item.Entry.Encoding, parts.Take());
            }
            catch (MalformedPayloadException) when (!parts.IsWhole)
            {
                parts = EntryParts.Whole(item);
                export = OtlpDecoder.Decode(item.Entry.Signal, item.Entry.Encoding, parts.Take());
            }

            batch.Add(item, Read(item, export, parts), failed: false, rest: parts.IsAtEnd ? null : parts);
        }
        catch (Exception failure) when (!Failures.IsWantOfMemory(failure))
        {
            Skip(batch, item, failure);
        }
    }

    private ReadExport Read(JournalItem item, DecodedExport export, EntryParts? parts)
    {
        var sender = new Sender(SenderAttributes.TenantOf(item.Entry), SenderAttributes.UserOf(item.Entry));
        var read = RecordReader.Read(export, item.Entry.ReceivedAt, policy, sender, parts?.Identity ?? new RecordIdentity());
        notes?.Note(item, read, parts is null ? 0 : parts.Taken - 1, parts is null || parts.IsAtEnd);
        return read;
    }

    private void Skip(EntryBatch batch, JournalItem item, Exception failure)
    {
        onSkipped(item.Position.Value, Failures.Describe(failure));
        batch.Add(item, null, failed: true);
    }
}

/// <summary>Journal entries that are taken in as one step.</summary>
internal sealed class EntryBatch(JournalPosition position, StoreOptions options)
{
    private readonly List<KeyValuePair<string, IReadOnlyList<Fact>>> _facts = [];
    private readonly List<KeyValuePair<string, IReadOnlyList<MetricPoint>>> _points = [];
    private readonly JournalPosition _start = position;
    private long _bytes;
    private HistoryGap _letGo;
    private HistoryGap _damaged;

    /// <summary>Where the journal goes on after the batch.</summary>
    public JournalPosition Next { get; private set; } = position;

    /// <summary>Facts by session key, in the order of the journal; a key may come more than once.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> Facts => _facts;

    /// <summary>Metric points by session key, in the order of the journal; a key may come more than once.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<MetricPoint>>> Points => _points;

    public int Entries { get; private set; }

    public int Records { get; private set; }

    public int MetricPoints { get; private set; }

    public int PointsLeftOut { get; private set; }

    public int Foreign { get; private set; }

    public int UnreadableValues { get; private set; }

    public int SkippedEntries { get; private set; }

    /// <summary>What is left of the last entry; null when it is whole.</summary>
    public EntryParts? Rest { get; private set; }

    public bool IsEmpty => Entries == 0 && Rest is null;

    public bool IsFull => Rest is not null || Entries >= options.StepEntries || _bytes >= options.StepBytes;

    /// <param name="context">What a caller said of a session; null when the entry is another.</param>
    /// <param name="rest">Parts of the entry that do not fit into this batch; null for none.</param>
    public void Add(JournalItem item, ReadExport? read, bool failed, ContextEntry? context = null, EntryParts? rest = null)
    {
        _letGo = _letGo.EndAt(item.Entry.ReceivedAt);
        _damaged = _damaged.EndAt(item.Entry.ReceivedAt);
        Rest = rest;
        Next = rest is null ? item.Next : item.Position;
        Entries += rest is null ? 1 : 0;
        _bytes += item.Entry.Body.Length;
        SkippedEntries += failed ? 1 : 0;
        if (context is not null)
        {
            _facts.Add(new(context.SessionKey, [context.ToFact()]));
        }

        if (read is null)
        {
            return;
        }

        foreach (var session in read.Sessions)
        {
            _facts.Add(session);
            Records += session.Value.Count;
        }

        _points.AddRange(read.Points);
        MetricPoints += read.MetricPoints;
        PointsLeftOut += read.PointsLeftOut;
        Foreign += read.Foreign;
        UnreadableValues += read.UnreadableValues.Values.Sum();
    }

    /// <summary>The journal has let go of entries that should come here.</summary>
    public void NoteGap() => _letGo = _letGo.Begin();

    /// <summary>Entries that should come here are damaged.</summary>
    public void NoteDamage() => _damaged = _damaged.Begin();

    /// <summary>When the first entry came before which others are missing; null when none is.</summary>
    /// <param name="isRebuilt">The store had these entries before, so that what is damaged now was part of what it held.</param>
    /// <param name="now">Taken where no entry follows.</param>
    public DateTimeOffset? MissingBefore(bool isRebuilt, DateTimeOffset now)
    {
        var (letGo, damaged) = (_letGo.At(now), isRebuilt ? _damaged.At(now) : null);
        // Of an empty store that takes in nothing, nothing is missing.
        return _start == JournalPosition.Start && IsEmpty ? null
            : letGo > damaged || damaged is null ? letGo
            : damaged;
    }

    public void SkipTo(JournalPosition position)
    {
        if (position > Next)
        {
            Next = position;
        }
    }
}

/// <summary>A stretch without entries, and when the entry after it came.</summary>
internal readonly record struct HistoryGap(bool IsOpen, DateTimeOffset? Before)
{
    public HistoryGap Begin() => this with { IsOpen = true };

    public HistoryGap EndAt(DateTimeOffset received) => IsOpen ? new HistoryGap(false, received) : this;

    public DateTimeOffset? At(DateTimeOffset now) => IsOpen ? now : Before;
}
