using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Journal;

/// <summary>What the journal tells of itself.</summary>
internal sealed class JournalMetrics(Journal journal) : IMetricSource
{
    public IEnumerable<MetricFamily> Read()
    {
        var figures = journal.Figures;
        yield return MetricFamily.Gauge(
            "claudebridge_journal_writable",
            "1 while what arrives can be stored, 0 from a failed write until one succeeds.",
            figures.IsWritable ? 1 : 0
        );
        yield return MetricFamily.Gauge("claudebridge_journal_bytes", "Bytes of entries that are held.", journal.HeldBytes);
        yield return MetricFamily.Counter("claudebridge_journal_entries", "Requests written and synced.", figures.Entries);
        yield return MetricFamily.Counter("claudebridge_journal_written_bytes", "Bytes written and synced.", figures.Bytes);
        yield return MetricFamily.Counter(
            "claudebridge_journal_refused_entries",
            "Requests that could not be stored; their senders were told to come back.",
            figures.Refused
        );
        yield return figures.Syncs.ToFamily(
            "claudebridge_journal_fsync_seconds",
            "How long writing and syncing a group of requests took; all of them are answered after it."
        );
        yield return MetricFamily.Counter(
            "claudebridge_journal_damaged_places",
            "Stretches of the journal that could not be read, each counted once.",
            figures.DamagedPlaces
        );
        yield return MetricFamily.Counter("claudebridge_journal_damaged_bytes", "Bytes of those stretches.", figures.DamagedBytes);
        yield return MetricFamily.Counter(
            "claudebridge_journal_salvaged_entries",
            "Requests that were read from a damaged file behind the damage, each counted once.",
            figures.SalvagedEntries
        );
        yield return MetricFamily.Counter("claudebridge_journal_removed_bytes", "Bytes that retention removed.", figures.RemovedBytes);
        yield return MetricFamily.Counter(
            "claudebridge_journal_lost_bytes",
            "Of the removed bytes, those that were still needed: taken by the hard limits MaxBytes and MaxAge.",
            figures.LostBytes
        );
    }
}
