namespace ClaudeBridge.Diagnostics;

/// <summary>Connections that are open now, by port. Safe for any number of threads.</summary>
internal sealed class OpenConnections : IMetricSource
{
    private readonly long[] _open = new long[Enum.GetValues<Door>().Length];

    public void Opened(Door door) => Interlocked.Increment(ref _open[(int)door]);

    public void Closed(Door door) => Interlocked.Decrement(ref _open[(int)door]);

    public IEnumerable<MetricFamily> Read() =>
        [
            MetricFamily.Gauge(
                "claudebridge_open_connections",
                "Connections that are open now, by port.",
                [
                    .. Enum.GetValues<Door>()
                        .Select(door =>
                            MetricFamily.Sample(Interlocked.Read(ref _open[(int)door]), ("port", door.ToString().ToLowerInvariant()))
                        ),
                ]
            ),
        ];
}
