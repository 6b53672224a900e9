using ClaudeBridge.Sessions.Metrics;

namespace ClaudeBridge.Sessions;

/// <summary>What is known of a session as a whole: sums over its turns, and what speaks for or against their being whole.</summary>
public sealed record SessionFigures
{
    public required string SessionId { get; init; }

    /// <summary>Nanoseconds since 1970: the start of the first turn.</summary>
    public required ulong StartUnixNano { get; init; }

    public required TraceId FirstTrace { get; init; }

    /// <summary>As the first turn names it.</summary>
    public string? Environment { get; init; }

    /// <summary>Sums of the model requests.</summary>
    public required Usage Usage { get; init; }

    /// <summary>US dollars: the sum of the model requests.</summary>
    public required decimal Cost { get; init; }

    /// <summary>Model requests that were paid for.</summary>
    public required int Generations { get; init; }

    /// <summary>Tool calls that failed.</summary>
    public required int ToolFailures { get; init; }

    /// <summary>Turns of which neither the prompt nor its span came.</summary>
    public int TurnsWithoutPrompt { get; init; }

    /// <summary>Turns with native spans whose <c>interaction</c> span never came, though a later turn has begun.</summary>
    public int TurnsWithoutEnd { get; init; }

    /// <summary>The last turn has native spans and its <c>interaction</c> span has not come: it may still be under way.</summary>
    public bool IsLastTurnOpen { get; init; }

    /// <summary>Numbers that are missing in <c>event.sequence</c>.</summary>
    public long MissingEvents { get; init; }

    /// <summary>What the client's metrics counted; empty when none came.</summary>
    public IReadOnlyList<SeriesTotal> Metrics { get; init; } = [];

    internal bool HasMetric(string metric) => Counters(metric).Any();

    /// <summary>The sum of a metric, or of the part of it with an attribute.</summary>
    internal decimal SumOf(string metric, string? attribute = null, string? value = null)
    {
        var sum = 0m;
        foreach (var series in Counters(metric))
        {
            if (attribute is null || series.Attributes.GetValueOrDefault(attribute) == value)
            {
                sum += series.Sum;
            }
        }

        return sum;
    }

    private IEnumerable<SeriesTotal> Counters(string metric) =>
        Metrics.Where(series => series.Metric == metric && series is { Shape: MetricShape.Sum, Use: not PointUse.Latest });
}
