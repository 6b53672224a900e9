using System.Collections.Frozen;

namespace ClaudeBridge.ClaudeCode;

/// <summary>The names of metrics: what belongs to Claude Code, and what older versions called it.</summary>
/// <remarks>The names are the client's; https://code.claude.com/docs/en/monitoring-usage lists the documented ones.</remarks>
public static class MetricName
{
    public const string SessionCount = RecordKinds.Prefix + "session.count";
    public const string LinesOfCode = RecordKinds.Prefix + "lines_of_code.count";
    public const string PullRequests = RecordKinds.Prefix + "pull_request.count";
    public const string Commits = RecordKinds.Prefix + "commit.count";
    public const string Cost = RecordKinds.Prefix + "cost.usage";
    public const string Tokens = RecordKinds.Prefix + "token.usage";
    public const string EditDecision = RecordKinds.Prefix + "code_edit_tool.decision";
    public const string ActiveTime = RecordKinds.Prefix + "active_time.total";
    public const string ToolUsage = RecordKinds.Prefix + "tool.usage";

    /// <summary>The standard's metrics about calls of a model: a source of their own, whatever program sends them.</summary>
    private const string ModelClient = "gen_ai.client.";

    /// <summary>Every name by what it may be called, without the prefix.</summary>
    private static readonly FrozenDictionary<string, string> Known = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["session.count"] = SessionCount,
        ["lines_of_code.count"] = LinesOfCode,
        ["pull_request.count"] = PullRequests,
        ["pr.count"] = PullRequests,
        ["commit.count"] = Commits,
        ["cost.usage"] = Cost,
        ["token.usage"] = Tokens,
        ["code_edit_tool.decision"] = EditDecision,
        ["active_time.total"] = ActiveTime,
        ["tool.usage"] = ToolUsage,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The metrics that are known, sorted.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Known.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The newest name of a metric that is kept; null for one of another program.</summary>
    /// <param name="name">As it came.</param>
    /// <param name="isOfClaudeCode">Resource or scope say that Claude Code sent it: then the prefix does not matter.</param>
    public static string? Find(string name, bool isOfClaudeCode)
    {
        if (name.StartsWith(ModelClient, StringComparison.Ordinal))
        {
            return name;
        }

        var isOurs = name.StartsWith(RecordKinds.Prefix, StringComparison.Ordinal);
        if (!isOurs && !isOfClaudeCode)
        {
            return null;
        }

        return Known.TryGetValue(RecordKinds.WithoutPrefix(name), out var newest) ? newest : name;
    }
}
