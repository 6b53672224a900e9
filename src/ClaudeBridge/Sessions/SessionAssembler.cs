namespace ClaudeBridge.Sessions;

/// <summary>One session in memory: a cache of what the store holds. Single-threaded.</summary>
public sealed class SessionState
{
    /// <param name="key">The session's key as <see cref="RecordReader"/> gave it.</param>
    /// <param name="buckets">Every bucket that the store has for this session; empty for a new one.</param>
    /// <param name="facts">Where bucket contents come from when needed.</param>
    public SessionState(string key, IReadOnlyList<BucketState> buckets, IFactSource facts) => throw new NotSupportedException();

    public string Key => throw new NotSupportedException();

    /// <summary>About how much memory the cached facts take, in bytes.</summary>
    public long CachedBytes => throw new NotSupportedException();

    /// <summary>Lets go of cached facts; they are loaded again when needed.</summary>
    public void Trim() => throw new NotSupportedException();
}

/// <summary>Takes new facts into a session and says what changed. Pure but for the state it is given: no clock, no disk, no random source.</summary>
public sealed class SessionAssembler
{
    public SessionChange Apply(SessionState state, IReadOnlyList<Fact> facts) => throw new NotSupportedException();
}

/// <summary>Splits an export into facts by session, and counts what is no fact: metrics, and telemetry of other programs.</summary>
public static class RecordReader
{
    public static ReadExport Read(Otlp.DecodedExport export) => throw new NotSupportedException();
}

/// <param name="Sessions">Facts by session key, in the order of the export.</param>
/// <param name="MetricPoints">Metric points in the export.</param>
/// <param name="Foreign">Log records and spans that are not Claude Code's.</param>
/// <param name="UnreadableValues">Attribute values of a known name that could not be read as what they should be, by attribute name.</param>
public sealed record ReadExport(
    IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> Sessions,
    int MetricPoints,
    int Foreign,
    IReadOnlyDictionary<string, int> UnreadableValues
);
