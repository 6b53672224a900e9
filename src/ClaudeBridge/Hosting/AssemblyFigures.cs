namespace ClaudeBridge.Hosting;

/// <summary>What the assembly loop has done since the program started. Written by the loop, read by any thread.</summary>
internal sealed class AssemblyFigures
{
    private long _entries;
    private long _records;
    private long _metricPoints;
    private long _points;
    private long _repeatedPoints;
    private long _pointsLeftOut;
    private long _foreign;
    private long _duplicates;
    private long _unreadableValues;
    private long _skippedEntries;
    private long _skippedRecords;
    private long _settled;
    private long _deletedSessions;

    /// <summary>Journal entries taken in, skipped ones as well.</summary>
    public long Entries => Volatile.Read(ref _entries);

    /// <summary>Log records and spans of Claude Code, repeated ones as well.</summary>
    public long Records => Volatile.Read(ref _records);

    /// <summary>Metric points that arrived, whatever became of them.</summary>
    public long MetricPoints => Volatile.Read(ref _metricPoints);

    /// <summary>Metric points that were taken into sums: those that were new, or larger than before.</summary>
    public long Points => Volatile.Read(ref _points);

    /// <summary>Metric points that were there already.</summary>
    public long RepeatedPoints => Volatile.Read(ref _repeatedPoints);

    /// <summary>Metric points that say nothing that could be added, or could not be taken.</summary>
    public long PointsLeftOut => Volatile.Read(ref _pointsLeftOut);

    /// <summary>Log records, spans and metric points of other programs.</summary>
    public long Foreign => Volatile.Read(ref _foreign);

    /// <summary>Records that were there already.</summary>
    public long Duplicates => Volatile.Read(ref _duplicates);

    /// <summary>Values of a known name that could not be read as what they should be.</summary>
    public long UnreadableValues => Volatile.Read(ref _unreadableValues);

    /// <summary>Entries that could not be read at all.</summary>
    public long SkippedEntries => Volatile.Read(ref _skippedEntries);

    /// <summary>Records that could not be assembled.</summary>
    public long SkippedRecords => Volatile.Read(ref _skippedRecords);

    /// <summary>Observations settled; one that changed later counts again.</summary>
    public long Settled => Volatile.Read(ref _settled);

    public long DeletedSessions => Volatile.Read(ref _deletedSessions);

    public void Add(EntryBatch batch, int duplicates, int repeatedPoints)
    {
        Add(ref _entries, batch.Entries);
        Add(ref _records, batch.Records);
        Add(ref _metricPoints, batch.MetricPoints);
        Add(ref _points, batch.Points.Sum(static group => group.Value.Count) - repeatedPoints);
        Add(ref _repeatedPoints, repeatedPoints);
        Add(ref _pointsLeftOut, batch.PointsLeftOut);
        Add(ref _foreign, batch.Foreign);
        Add(ref _unreadableValues, batch.UnreadableValues);
        Add(ref _skippedEntries, batch.SkippedEntries);
        Add(ref _duplicates, duplicates);
    }

    /// <summary>Of records that waited in the store.</summary>
    public void AddDuplicates(int count) => Add(ref _duplicates, count);

    public void AddSkippedRecord() => Add(ref _skippedRecords, 1);

    /// <summary>Takes it back from those that its step counts as taken.</summary>
    public void AddSkippedPoint()
    {
        Add(ref _points, -1);
        Add(ref _pointsLeftOut, 1);
    }

    public void AddSettled(int count) => Add(ref _settled, count);

    public void AddDeleted(int count) => Add(ref _deletedSessions, count);

    private static void Add(ref long figure, long count) => Volatile.Write(ref figure, Volatile.Read(ref figure) + count);
}
