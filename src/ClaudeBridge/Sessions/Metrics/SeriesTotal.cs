namespace ClaudeBridge.Sessions.Metrics;

/// <summary>The exact sum of one series of metric points in one session.</summary>
public sealed record SeriesTotal
{
    /// <summary>The metric with its prefix, such as <c>claude_code.token.usage</c>; old names are replaced by the newest.</summary>
    public required string Metric { get; init; }

    /// <summary>The attributes of its points, by name.</summary>
    public required IReadOnlyDictionary<string, string> Attributes { get; init; }

    /// <summary>In the metric's unit.</summary>
    public required decimal Sum { get; init; }
}
