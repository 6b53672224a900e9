namespace ClaudeBridge.Sessions.Metrics;

/// <summary>What the points of a metric look like. https://opentelemetry.io/docs/specs/otel/metrics/data-model/#metric-points</summary>
public enum MetricShape : byte
{
    Sum = 1,
    Gauge = 2,
    Histogram = 3,
    ExponentialHistogram = 4,
    Summary = 5,
}

/// <summary>How the points of a series become one number.</summary>
public enum PointUse : byte
{
    /// <summary>Each says what came since the one before.</summary>
    Delta = 1,

    /// <summary>As <see cref="Delta"/>, but the sender did not say so.</summary>
    InferredDelta = 2,

    /// <summary>Each says what came since its start; a lower one says that counting began anew.</summary>
    Cumulative = 3,

    /// <summary>As <see cref="Cumulative"/>, of something that may shrink: a lower one is no new beginning.</summary>
    CumulativeUpDown = 4,

    /// <summary>The last one counts: they are never added.</summary>
    Latest = 5,
}

/// <summary>One point of a metric.</summary>
public sealed record MetricPoint
{
    public required MetricSeries Series { get; init; }

    /// <summary>Nanoseconds since 1970; 0 where the sender did not say, and for gauges, whose points know no beginning.</summary>
    public required ulong StartUnixNano { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public required ulong TimeUnixNano { get; init; }

    public required PointValue Value { get; init; }
}

/// <param name="Sum">The value of a number point, the sum of a histogram or summary; in the metric's unit.</param>
/// <param name="Count">How many measurements a histogram or summary holds; 0 for all others.</param>
public readonly record struct PointValue(decimal Sum, long Count) : IComparable<PointValue>
{
    /// <summary>By count, then by sum: of two values for one point the larger is taken.</summary>
    public int CompareTo(PointValue other) => Count.CompareTo(other.Count) is var byCount and not 0 ? byCount : Sum.CompareTo(other.Sum);

    public static bool operator <(PointValue left, PointValue right) => left.CompareTo(right) < 0;

    public static bool operator >(PointValue left, PointValue right) => left.CompareTo(right) > 0;

    public static bool operator <=(PointValue left, PointValue right) => left.CompareTo(right) <= 0;

    public static bool operator >=(PointValue left, PointValue right) => left.CompareTo(right) >= 0;
}

/// <summary>What points add to the sum of their series.</summary>
public readonly record struct PointShare(ExactSum Sum, long Count)
{
    /// <summary>The share of one point.</summary>
    /// <param name="before">The point of the same series and start before it in time; null for the first.</param>
    public static PointShare Of(PointUse use, PointValue? before, PointValue point) =>
        before is { } known && (use == PointUse.CumulativeUpDown || (use == PointUse.Cumulative && point >= known))
            ? new PointShare(ExactSum.Of(point.Sum) - ExactSum.Of(known.Sum), point.Count - known.Count)
            : new PointShare(ExactSum.Of(point.Sum), point.Count);

    public static PointShare operator +(PointShare left, PointShare right) =>
        new(left.Sum + right.Sum, unchecked(left.Count + right.Count));

    public static PointShare operator -(PointShare left, PointShare right) =>
        new(left.Sum - right.Sum, unchecked(left.Count - right.Count));
}
