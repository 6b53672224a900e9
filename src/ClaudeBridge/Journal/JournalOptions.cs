using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Journal;

/// <summary>What the journal may use and how long it keeps what came.</summary>
internal sealed class JournalOptions : IValidatableObject
{
    public const string Section = "ClaudeBridge:Journal";

    /// <summary>Size in bytes at which a new file is begun. Retention removes whole files. Default: 64 MiB.</summary>
    [Range(64L * 1024, 1024L * 1024 * 1024)]
    public long SegmentBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>Age at which a new file is begun even when it is not full, so that retention by age can act. Default: 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan SegmentAge { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long what was accepted is kept; null keeps it without limit. Never takes what a reader still needs. Default: 90 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "36500.00:00:00")]
    public TimeSpan? KeepFor { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How many bytes are kept; null means no such limit. Never takes what a reader still needs. Default: null.</summary>
    [Range(1024L * 1024, long.MaxValue)]
    public long? KeepBytes { get; set; }

    /// <summary>Hard limit in bytes: beyond it the oldest files go, needed or not, counted and logged. Default: null, no limit.</summary>
    [Range(1024L * 1024, long.MaxValue)]
    public long? MaxBytes { get; set; }

    /// <summary>Hard limit of age: older files go, needed or not, counted and logged. Default: null, no limit.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "36500.00:00:00")]
    public TimeSpan? MaxAge { get; set; }

    /// <summary>Bytes that are written before the next sync at the latest; one larger entry goes alone. Default: 8 MiB.</summary>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int GroupBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Entries that are written before the next sync at the latest. Default: 1 024.</summary>
    [Range(1, 65_536)]
    public int GroupEntries { get; set; } = 1024;

    /// <summary>Entries that may wait for the writer; further callers wait for room. Default: 4 096.</summary>
    [Range(1, 1_000_000)]
    public int QueueEntries { get; set; } = 4096;

    /// <summary>Entries kept in memory for the live reader; the rest it reads from disk. Default: 1 024.</summary>
    [Range(0, 1_000_000)]
    public int LiveEntries { get; set; } = 1024;

    /// <summary>Bytes of bodies kept in memory for the live reader; what was decoded from them comes on top, about three times as much. Default: 8 MiB.</summary>
    [Range(0L, 1024L * 1024 * 1024)]
    public long LiveBytes { get; set; } = 8L * 1024 * 1024;

    /// <summary>The largest entry in bytes, with its header and attributes. Must be above what the receivers accept as a body. Default: 128 MiB.</summary>
    [Range(64 * 1024, 1024 * 1024 * 1024)]
    public int MaxEntryBytes { get; set; } = 128 * 1024 * 1024;

    /// <summary>
    /// Write what arrives only after secrets were masked and the rules of <c>ClaudeBridge:Privacy</c> applied, instead of as it came. What was left out can
    /// not be had back later by other rules. Default: false.
    /// </summary>
    public bool Mask { get; set; }

    /// <summary>How long closing waits for what is still to be written. Default: 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan CloseWithin { get; set; } = TimeSpan.FromSeconds(5);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxBytes < KeepBytes)
        {
            yield return new ValidationResult($"{Section}:MaxBytes ({MaxBytes}) must not be below {Section}:KeepBytes ({KeepBytes}).");
        }

        if (MaxBytes < SegmentBytes)
        {
            yield return new ValidationResult(
                $"{Section}:MaxBytes ({MaxBytes}) must not be below {Section}:SegmentBytes ({SegmentBytes})."
            );
        }

        if (MaxAge < KeepFor)
        {
            yield return new ValidationResult($"{Section}:MaxAge ({MaxAge}) must not be below {Section}:KeepFor ({KeepFor}).");
        }
    }
}

/// <summary>Checks the attributes above at start.</summary>
[OptionsValidator]
internal sealed partial class JournalOptionsValidator : IValidateOptions<JournalOptions>;
