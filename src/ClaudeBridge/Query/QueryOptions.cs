using System.ComponentModel.DataAnnotations;

namespace ClaudeBridge.Query;

/// <summary>How much the query API takes and gives at once. Read from the section <c>ClaudeBridge:Query</c>.</summary>
public sealed class QueryOptions
{
    public const string Section = "ClaudeBridge:Query";

    /// <summary>Entries of a page when the caller names no limit. Default: 50.</summary>
    [Range(1, 10_000)]
    public int DefaultLimit { get; set; } = 50;

    /// <summary>Entries of a page at most. Default: 1 000.</summary>
    [Range(1, 10_000)]
    public int MaxLimit { get; set; } = 1_000;

    /// <summary>Rows of totals at most; what stands below is added up as one more. Default: 10 000.</summary>
    [Range(1, 1_000_000)]
    public int MaxTotalsRows { get; set; } = 10_000;

    /// <summary>Dimensions that totals may be broken down by at once. Default: 5.</summary>
    [Range(1, 20)]
    public int MaxDimensions { get; set; } = 5;

    /// <summary>Labels that a list may be narrowed by at once. Default: 20.</summary>
    [Range(1, 100)]
    public int MaxLabels { get; set; } = 20;

    /// <summary>Characters of a query string at most. Default: 4 096.</summary>
    [Range(256, 7_000)]
    public int MaxQueryLength { get; set; } = 4_096;

    /// <summary>The longest time between <c>from</c> and <c>to</c>. Default: 3 660 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "36600.00:00:00")]
    public TimeSpan MaxRange { get; set; } = TimeSpan.FromDays(3_660);

    /// <summary>Characters of each input and output of a trace when the caller names no other number. One observation alone is always whole. Default: 20 000.</summary>
    [Range(0, 10_000_000)]
    public int DefaultContent { get; set; } = 20_000;

    /// <summary>Observations of one trace at most; how many were left out is told. Default: 10 000.</summary>
    [Range(1, 1_000_000)]
    public int MaxObservations { get; set; } = 10_000;

    /// <summary>Rows of one export at most; one that is cut says so and where to go on. Default: 1 000 000.</summary>
    [Range(1, 1_000_000_000)]
    public int MaxExportRows { get; set; } = 1_000_000;

    /// <summary>Questions that read the store at one time. Default: 4.</summary>
    [Range(1, 256)]
    public int Concurrent { get; set; } = 4;

    /// <summary>Questions that may wait for their turn; further ones are answered with 503 at once. Default: 64.</summary>
    [Range(0, 10_000)]
    public int MaxWaiting { get; set; } = 64;

    /// <summary>How long a question waits for its turn before it is answered with 503. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan WaitAtMost { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>When to come back after a 503. Default: 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Connections that may follow <c>/api/live</c> at one time; further ones are answered with 503. Default: 100.</summary>
    [Range(0, 10_000)]
    public int MaxListeners { get; set; } = 100;

    /// <summary>How often a connection that follows hears something although nothing changed. Default: 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:05:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The least time between two changes that are told; those between are told as one. Default: 500 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan LiveInterval { get; set; } = TimeSpan.FromMilliseconds(500);
}
