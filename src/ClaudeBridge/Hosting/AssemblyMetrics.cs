using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Hosting;

/// <summary>How far the store is behind the journal.</summary>
internal sealed class AssemblyLag(Journal.Journal journal, AssemblyLoop loop, TimeProvider clock)
{
    private readonly Lag _lag = new(clock);

    /// <summary>Bytes of the journal that are not in the store yet.</summary>
    public long Bytes => journal.BytesAfter(loop.Applied);

    /// <summary>How long the oldest of them has waited; to be asked often.</summary>
    public TimeSpan Age => Bytes == 0 ? _lag.Look(0, 0) : _lag.Look(loop.Applied.Value, journal.End.Value);
}

/// <summary>What the assembly tells: how far it is, and what became of what came.</summary>
internal sealed class AssemblyMetrics(AssemblyLoop loop, AssemblyLag lag) : IMetricSource
{
    public IEnumerable<MetricFamily> Read()
    {
        var figures = loop.Figures;
        yield return MetricFamily.Gauge(
            "claudebridge_assembly_lag_bytes",
            "Bytes of the journal that are not in the store yet.",
            lag.Bytes
        );
        yield return MetricFamily.Gauge(
            "claudebridge_assembly_lag_seconds",
            "How long the oldest of them has waited since this program first saw it.",
            lag.Age.TotalSeconds
        );
        yield return MetricFamily.Counter(
            "claudebridge_assembled_entries",
            "Requests taken from the journal into the store.",
            figures.Entries
        );
        yield return MetricFamily.Counter(
            "claudebridge_assembled_records",
            "Log records and spans of Claude Code in them.",
            figures.Records
        );
        yield return MetricFamily.Counter("claudebridge_assembled_metric_points", "Metric points in them.", figures.MetricPoints);
        yield return MetricFamily.Counter("claudebridge_foreign_records", "Records and points of other programs in them.", figures.Foreign);
        yield return MetricFamily.Counter(
            "claudebridge_duplicates_dropped",
            "Records and metric points that were there already.",
            MetricFamily.Sample(figures.Duplicates, ("kind", "record")),
            MetricFamily.Sample(figures.RepeatedPoints, ("kind", "metric_point"))
        );
        yield return MetricFamily.Counter(
            "claudebridge_skipped",
            "What could not be taken into the store; it stays in the journal.",
            MetricFamily.Sample(figures.SkippedEntries, ("kind", "entry")),
            MetricFamily.Sample(figures.SkippedRecords, ("kind", "record")),
            MetricFamily.Sample(figures.PointsLeftOut, ("kind", "metric_point"))
        );
        yield return MetricFamily.Counter(
            "claudebridge_unreadable_values",
            "Values of a known name that could not be read as what they should be.",
            figures.UnreadableValues
        );
        yield return MetricFamily.Counter(
            "claudebridge_settled",
            "Observations settled; one that changed later counts again.",
            figures.Settled
        );
        yield return MetricFamily.Counter(
            "claudebridge_deleted_sessions",
            "Sessions deleted because of their age.",
            figures.DeletedSessions
        );
    }
}
