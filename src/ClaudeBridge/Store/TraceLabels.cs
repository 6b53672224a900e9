using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store;

/// <summary>What lists and totals narrow traces by often enough to have a column each; null where there is no value.</summary>
internal sealed record TraceLabels(string? Team, string? Department, string? CostCenter, string? Repository, string? Environment)
{
    /// <summary>The names of the columns, which are the names of the dimensions as well.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["team", "department", "cost_center", "repository", "environment"];

    public static TraceLabels Of(TraceContext context) =>
        new(
            Value(context, "team"),
            Value(context, "department"),
            Value(context, "cost_center"),
            Value(context, "repository"),
            Filled(context.Environment)
        );

    /// <summary>A key of the metadata, else of the tags.</summary>
    private static string? Value(TraceContext context, string key)
    {
        if (context.Metadata.TryGetValue(key, out var value))
        {
            return Filled(value);
        }

        var tag = context.Tags.FirstOrDefault(tag =>
            tag.Length > key.Length && tag[key.Length] == ':' && tag.StartsWith(key, StringComparison.Ordinal)
        );
        return Filled(tag?[(key.Length + 1)..]);
    }

    private static string? Filled(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
