namespace ClaudeBridge.Sessions.Metrics;

/// <summary>The exact sum of one series of metric points in one session.</summary>
public sealed record SeriesTotal
{
    /// <summary>The metric with its prefix, such as <c>claude_code.token.usage</c>; old names are replaced by the newest.</summary>
    public required string Metric { get; init; }

    /// <summary>The attributes of its points, by name.</summary>
    public required IReadOnlyDictionary<string, string> Attributes { get; init; }

    /// <summary>In the metric's unit: of a gauge the last value, of a histogram or summary the sum of what was measured.</summary>
    public required decimal Sum { get; init; }

    /// <summary>How many measurements a histogram or summary holds; 0 for all others.</summary>
    public long Count { get; init; }

    /// <summary>As the sender gives it, such as <c>USD</c>; empty for plain counts.</summary>
    public string Unit { get; init; } = "";

    public MetricShape Shape { get; init; } = MetricShape.Sum;

    /// <summary>How its points were added; <see cref="PointUse.InferredDelta"/> where that had to be guessed.</summary>
    public PointUse Use { get; init; } = PointUse.Delta;
}
