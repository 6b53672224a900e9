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
    public EntryBatch Take(JournalPosition position)
    {
        var batch = new EntryBatch(position, options);
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
        if (batch.Next < journal.Oldest)
        {
            batch.IsHistoryMissing = true;
        }

        foreach (var item in journal.ReadFrom(batch.Next))
        {
            Add(batch, item);
            if (batch.IsFull)
            {
                return true;
            }
        }

        // Whatever else stood there is damaged and told of by the journal.
        batch.SkipTo(end);
        return journal.End > batch.Next;
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

            var export = item.Decoded ?? OtlpDecoder.Decode(item.Entry.Signal, item.Entry.Encoding, item.Entry.Body);
            var sender = new Sender(SenderAttributes.TenantOf(item.Entry), SenderAttributes.UserOf(item.Entry));
            var read = RecordReader.Read(export, item.Entry.ReceivedAt, policy, sender);
            notes?.Note(item, read);
            batch.Add(item, read, failed: false);
        }
        catch (Exception failure) when (!Failures.IsWantOfMemory(failure))
        {
            onSkipped(item.Position.Value, Failures.Describe(failure));
            batch.Add(item, null, failed: true);
        }
    }
}

/// <summary>Journal entries that are taken in as one step.</summary>
internal sealed class EntryBatch(JournalPosition position, StoreOptions options)
{
    private readonly List<KeyValuePair<string, IReadOnlyList<Fact>>> _facts = [];
    private readonly List<KeyValuePair<string, IReadOnlyList<MetricPoint>>> _points = [];
    private long _bytes;

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

    /// <summary>The journal has let go of entries that this batch should have begun with.</summary>
    public bool IsHistoryMissing { get; set; }

    /// <summary>When the first entry came, if the ones before it are missing.</summary>
    public DateTimeOffset? MissingBefore { get; private set; }

    public bool IsEmpty => Entries == 0;

    public bool IsFull => Entries >= options.StepEntries || _bytes >= options.StepBytes;

    /// <param name="context">What a caller said of a session; null when the entry is another.</param>
    public void Add(JournalItem item, ReadExport? read, bool failed, ContextEntry? context = null)
    {
        if (IsHistoryMissing && MissingBefore is null)
        {
            MissingBefore = item.Entry.ReceivedAt;
        }

        Next = item.Next;
        Entries++;
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

    public void SkipTo(JournalPosition position)
    {
        if (position > Next)
        {
            Next = position;
        }
    }
}
