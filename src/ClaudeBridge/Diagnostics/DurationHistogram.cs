namespace ClaudeBridge.Diagnostics;

/// <summary>How long something took, in buckets from half a millisecond to ten seconds. Safe for any number of threads.</summary>
internal sealed class DurationHistogram
{
    private static readonly double[] Bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly long[] _counts = new long[Bounds.Length + 1];
    private long _ticks;

    public void Observe(TimeSpan took)
    {
        var at = Array.FindIndex(Bounds, bound => took.TotalSeconds <= bound);
        Interlocked.Increment(ref _counts[at < 0 ? Bounds.Length : at]);
        Interlocked.Add(ref _ticks, took.Ticks);
    }

    /// <param name="name">In seconds, so it ends with <c>_seconds</c>.</param>
    public MetricFamily ToFamily(string name, string help)
    {
        var samples = new List<MetricSample>(Bounds.Length + 3);
        long count = 0;
        for (var i = 0; i <= Bounds.Length; i++)
        {
            count += Interlocked.Read(ref _counts[i]);
            var bound = MetricFamily.Text(i < Bounds.Length ? Bounds[i] : double.PositiveInfinity);
            samples.Add(MetricFamily.Sample(count, ("le", bound)) with { Suffix = "_bucket" });
        }

        samples.Add(MetricFamily.Sample(new TimeSpan(Interlocked.Read(ref _ticks)).TotalSeconds) with { Suffix = "_sum" });
        samples.Add(MetricFamily.Sample(count) with { Suffix = "_count" });
        return new(name, MetricType.Histogram, help, samples);
    }
}
