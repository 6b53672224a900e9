using System.ComponentModel.DataAnnotations;

namespace ClaudeBridge.Hosting;

internal enum LogFormat
{
    /// <summary>A line for a person.</summary>
    Plain,

    /// <summary>A JSON object a line.</summary>
    Json,
}

/// <summary>What the log on stderr looks like. Levels stand in the section <c>Logging</c>. Read from the section <c>ClaudeBridge:Log</c>.</summary>
internal sealed class LogOptions
{
    public const string Section = "ClaudeBridge:Log";

    /// <summary><c>plain</c>, a line for a person, or <c>json</c>, an object a line. Default: plain.</summary>
    public LogFormat Format { get; set; }

    /// <summary>
    /// For how long repeats of a line are counted instead of written: then one line says how many there were. Zero writes every line. At the levels
    /// Debug and Trace every line is written. Default: 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan RepeatsWithin { get; set; } = TimeSpan.FromMinutes(1);
}
