using System.Globalization;

namespace ClaudeBridge.Diagnostics;

internal enum MetricType
{
    Counter,
    Gauge,
    Histogram,
}

/// <param name="Value">A decimal number.</param>
/// <param name="Suffix">What follows the family's name in a histogram: <c>_bucket</c>, <c>_sum</c>, <c>_count</c>.</param>
internal readonly record struct MetricSample(IReadOnlyList<KeyValuePair<string, string>> Labels, string Value, string Suffix = "");

/// <summary>A metric with its samples.</summary>
/// <param name="Name">Without the suffix <c>_total</c>, which samples of counters get.</param>
internal sealed record MetricFamily(string Name, MetricType Type, string Help, IReadOnlyList<MetricSample> Samples)
{
    /// <summary>Whether a counter is told without <c>_total</c> as well: the OpenTelemetry Collector leaves it away unless it is told otherwise, and alerts use either.</summary>
    public bool HasBothSpellings { get; init; }

    public static MetricFamily Gauge(string name, string help, double value) => Gauge(name, help, Sample(value));

    public static MetricFamily Gauge(string name, string help, params IReadOnlyList<MetricSample> samples) =>
        new(name, MetricType.Gauge, help, samples);

    public static MetricFamily Counter(string name, string help, double value) => Counter(name, help, Sample(value));

    public static MetricFamily Counter(string name, string help, params IReadOnlyList<MetricSample> samples) =>
        new(name, MetricType.Counter, help, samples);

    /// <summary>A counter of the OpenTelemetry Collector's.</summary>
    public static MetricFamily CollectorCounter(string name, string help, params IReadOnlyList<MetricSample> samples) =>
        new(name, MetricType.Counter, help, samples) { HasBothSpellings = true };

    public static MetricSample Sample(double value, params (string Name, string Value)[] labels) =>
        new([.. labels.Select(static label => KeyValuePair.Create(label.Name, label.Value))], Text(value));

    public static string Text(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString(CultureInfo.InvariantCulture);
}
