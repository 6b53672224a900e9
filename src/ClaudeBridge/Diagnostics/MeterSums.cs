using System.Diagnostics.Metrics;
using System.Globalization;

namespace ClaudeBridge.Diagnostics;

/// <summary>Adds up what the receivers count, from the start on.</summary>
internal sealed class MeterSums : IMetricSource, IDisposable
{
    /// <summary>Sets of tags a counter may have; more are not added up. Its tags are the bridge's own words, so that there are few.</summary>
    private const int MaxSeries = 500;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Sums> _counters = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    public MeterSums(ReceiverMetrics metrics)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, metrics.Meter) && instrument is Counter<long>)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
        metrics.Announce();
    }

    public IEnumerable<MetricFamily> Read()
    {
        lock (_lock)
        {
            return
            [
                .. _counters.Select(static counter => new MetricFamily(
                    counter.Key,
                    MetricType.Counter,
                    counter.Value.Help,
                    [
                        .. counter.Value.ByTags.Values.Select(static sum => new MetricSample(
                            sum.Labels,
                            sum.Value.ToString(CultureInfo.InvariantCulture)
                        )),
                    ]
                )
                {
                    HasBothSpellings = counter.Key.StartsWith(ReceiverMetrics.CollectorPrefix, StringComparison.Ordinal),
                }),
            ];
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new KeyValuePair<string, string>[tags.Length];
        for (var i = 0; i < tags.Length; i++)
        {
            labels[i] = new(tags[i].Key, Convert.ToString(tags[i].Value, CultureInfo.InvariantCulture) ?? "");
        }

        var key = string.Join('\n', labels.Select(static label => $"{label.Key}={label.Value}"));
        lock (_lock)
        {
            if (!_counters.TryGetValue(instrument.Name, out var counter))
            {
                _counters.Add(instrument.Name, counter = new Sums(instrument.Description ?? "", new(StringComparer.Ordinal)));
            }

            if (counter.ByTags.TryGetValue(key, out var sum))
            {
                counter.ByTags[key] = (labels, sum.Value + value);
            }
            else if (counter.ByTags.Count < MaxSeries)
            {
                counter.ByTags.Add(key, (labels, value));
            }
        }
    }

    private sealed record Sums(string Help, SortedDictionary<string, (KeyValuePair<string, string>[] Labels, long Value)> ByTags);
}
