namespace ClaudeBridge.Diagnostics;

/// <summary>A room that tells what it does. Registered as a service; asked at every scrape, so it answers from memory. Its labels are the bridge's own words.</summary>
internal interface IMetricSource
{
    IEnumerable<MetricFamily> Read();
}

/// <summary>What the bridge itself does, of all its rooms. Always answered: a room that breaks while it is asked is left out and counted.</summary>
internal sealed class OwnMetrics(IEnumerable<IMetricSource> sources)
{
    private readonly IMetricSource[] _sources = [.. sources];

    public IReadOnlyList<MetricFamily> Read()
    {
        var failed = 0;
        var families = new List<MetricFamily>();
        foreach (var source in _sources)
        {
            try
            {
                families.AddRange(source.Read());
            }
            catch (Exception)
            {
                failed++;
            }
        }

        families.Add(
            MetricFamily.Gauge(
                "claudebridge_metric_sources_failed",
                "Rooms whose metrics are missing here because they could not be read.",
                failed
            )
        );
        // Two rooms may tell of one metric; a name must stand once.
        return
        [
            .. families
                .GroupBy(static family => family.Name, StringComparer.Ordinal)
                .Select(static same => same.First() with { Samples = [.. same.SelectMany(static family => family.Samples)] }),
        ];
    }
}
