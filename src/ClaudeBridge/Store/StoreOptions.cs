using System.ComponentModel.DataAnnotations;

namespace ClaudeBridge.Store;

/// <summary>The store and the loop that fills it. Read from the section <c>ClaudeBridge:Store</c>.</summary>
public sealed class StoreOptions
{
    public const string Section = "ClaudeBridge:Store";

    /// <summary>How long a session is kept after the end of its last trace, or after its last record when it has no trace. Default: 90 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long nothing may have arrived for a session before it is deleted, whatever its age. Keeps replayed old sessions for a while. Default: 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan KeepQuiet { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How often sessions that are too old are looked for. Default: 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan CleanEvery { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How many bytes of records the assembler may hold in memory over all sessions. Default: 32 MiB.</summary>
    [Range(64 * 1024L, 16L * 1024 * 1024 * 1024)]
    public long SessionCacheBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// How many observations the writer remembers so that it need not look them up, and as many turns, and half as many sessions and metric series.
    /// About 700 bytes for all of these. Default: 20 000.
    /// </summary>
    [Range(100, 10_000_000)]
    public int ObservationCacheCount { get; set; } = 20_000;

    /// <summary>How many journal entries are assembled and written together at most. Default: 256.</summary>
    [Range(1, 100_000)]
    public int StepEntries { get; set; } = 256;

    /// <summary>How many bytes of journal entries are assembled and written together at most; one entry may be larger. Default: 4 MiB.</summary>
    [Range(1024L, 1024L * 1024 * 1024)]
    public long StepBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How long the assembler waits for more entries after the first one, so that they are written together. Default: 50 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan StepDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How many observations are settled in one transaction at most. Default: 2 000.</summary>
    [Range(1, 1_000_000)]
    public int SettleCount { get; set; } = 2_000;

    /// <summary>How long to wait before a step that failed is tried again: 2 s at most where it was the disk, else longer each time. Default: 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the end of the program waits for accepted entries to be taken into the store; what is left is taken at the next start. Default: 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long to wait for another process that holds the file's lock. Default: 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one question of a page or of the API may read the store; longer ones are stopped, so that a few of them cannot keep all others out. Default: 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan AskAtMost { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A store file up to this many bytes is checked for damage whenever it is opened; a larger one shows its damage when it is used. Default: 128 MiB.</summary>
    [Range(0L, 1024L * 1024 * 1024 * 1024)]
    public long CheckUpToBytes { get; set; } = 128 * 1024 * 1024;

    /// <summary>
    /// How many snapshots of the store are kept, each about as large as the store. One is made before the journal lets go of what the store still holds;
    /// with none, a store that is built again lacks it. Default: 2.
    /// </summary>
    [Range(0, 100)]
    public int SnapshotsKept { get; set; } = 2;

    /// <summary>How long after one snapshot the next is made at the earliest, unless a hard limit of the journal is about to take what it stands in for. Default: 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan SnapshotEvery { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The memory that SQLite may use for pages of the store, in bytes. Default: 8 MiB.</summary>
    [Range(256 * 1024L, 1024L * 1024 * 1024)]
    public long PageCacheBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Rows of answers to the dearest questions that are kept until the store changes. About 500 bytes each. Default: 20 000.</summary>
    [Range(0, 10_000_000)]
    public int AnswerCacheRows { get; set; } = 20_000;
}
