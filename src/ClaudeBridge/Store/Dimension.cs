using System.Globalization;
using ClaudeBridge.Store.Breakdowns;

namespace ClaudeBridge.Store;

/// <summary>One thing to break totals down by: where its value stands for traces, their breakdowns and metric series.</summary>
internal sealed class Dimension
{
    public const string None = "(none)";

    private const string Day = "day";

    /// <summary>The program: only where it is asked for are others than Claude Code counted.</summary>
    public const string Service = "service";

    /// <summary>Claude Code's own program among the others.</summary>
    public const string ClaudeCode = "claude-code";

    private Dimension(string name, string ofSeries) => (Name, OfSeries) = (name, ofSeries);

    /// <summary>Those that the program knows; any other name is a key of metadata or tags.</summary>
    public static IReadOnlyList<string> Known { get; } =
    [
        "session",
        Day,
        "user",
        "model",
        "tool",
        "team",
        "department",
        "cost_center",
        "repository",
        "environment",
        "version",
        "language",
        "mcp_server",
        "skill",
        "agent",
        Service,
        "tenant",
    ];

    public string Name { get; }

    /// <summary>SQL over a trace <c>t</c>; null where the value is not its own.</summary>
    public string? OfTrace { get; private init; }

    /// <summary>The value within a trace's breakdown; null where it is the trace's own.</summary>
    public Func<BreakdownKey, string?>? OfEntry { get; private init; }

    /// <summary>SQL over a series <c>s</c> and one of its days <c>d</c>.</summary>
    public string OfSeries { get; }

    public bool IsDay => Name == Day;

    /// <summary>Whether estimated costs say something of it.</summary>
    public bool HasEstimates => Name is "tool" or "mcp_server" or "skill";

    /// <summary>Whether something can be asked for by this name.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 100 && name.All(static c => char.IsLetterOrDigit(c) || c is '_' or '.' or '-' or '/' or ':');

    /// <exception cref="ArgumentException">It is no name.</exception>
    public static Dimension Of(string name) =>
        name switch
        {
            "session" => InBoth(name, "session_id"),
            "user" => InBoth(name, "user_id"),
            "version" => InBoth(name, "version"),
            _ when TraceLabels.Columns.Contains(name) => InBoth(name, name),
            "release" => new(name, $"json_extract({SeriesContext}, '$.release')")
            {
                OfTrace = $"json_extract({TraceContext}, '$.release')",
            },
            Day => new(name, "d.day") { OfEntry = static key => DayText(key.Hour / 24) },
            "model" => new(name, "s.model") { OfEntry = static key => key.Model },
            "tool" => new(name, "s.tool") { OfEntry = static key => key.Tool },
            "skill" => new(name, "s.skill") { OfEntry = static key => key.Skill },
            "mcp_server" => new(name, "s.mcp_server") { OfEntry = static key => key.McpServer },
            "language" => new(name, "s.language") { OfEntry = static _ => null },
            "agent" => new(name, "s.agent") { OfEntry = static key => key.Agent },
            "tenant" => new(name, "s.tenant") { OfTrace = "t.tenant" },
            Service => new(name, $"'{ClaudeCode}'") { OfTrace = $"COALESCE(t.service, '{ClaudeCode}')" },
            _ when IsName(name) => new(name, Labelled(SeriesContext, name)) { OfTrace = Labelled(TraceContext, name) },
            _ => throw new ArgumentException($"'{name}' is no name of a dimension.", nameof(name)),
        };

    /// <summary>As people read it; of days see <see cref="DayText"/>.</summary>
    public static string Text(string? value) => string.IsNullOrEmpty(value) ? None : value;

    /// <param name="day">Since 1970. Times beyond 2262 are negative numbers in the store.</param>
    public static string DayText(long day) =>
        day is >= 0 and <= int.MaxValue
            ? DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays((int)day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : None;

    private static Dimension InBoth(string name, string column) => new(name, "s." + column) { OfTrace = "t." + column };

    private const string SeriesContext = "(SELECT x.context FROM series_texts x WHERE x.series = s.id)";

    private const string TraceContext = "(SELECT c.context FROM trace_contexts c WHERE c.trace = t.id)";

    /// <summary>A key of the metadata, else of the tags. Names hold nothing that would have to be escaped.</summary>
    private static string Labelled(string context, string key) =>
        $"""
            COALESCE(json_extract({context}, '$.metadata."{key}"'),
              (SELECT substr(j.value, {key.Length + 2}) FROM json_each({context}, '$.tags') j
               WHERE substr(j.value, 1, {key.Length + 1}) = '{key}:' LIMIT 1))
            """;
}
