using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Exporters;

/// <summary>What of each destination is told: under the OpenTelemetry Collector's names where they mean the same, else under our own.</summary>
/// <remarks>https://opentelemetry.io/docs/collector/internal-telemetry/. Observations count as spans, scores as metric points; the bridge sends no log records.</remarks>
internal sealed class DeliveryMetrics(IEnumerable<DeliveryLoop> loops, DeliveryBacklog backlog) : IMetricSource
{
    private static readonly (string Suffix, string Things)[] Kinds =
    [
        ("spans", "observations"),
        ("metric_points", "scores"),
        ("log_records", ""),
    ];

    private readonly DeliveryLoop[] _loops = [.. loops];

    public IEnumerable<MetricFamily> Read()
    {
        Reading[] readings = [.. _loops.Select(Read)];
        foreach (var (suffix, things) in Kinds)
        {
            yield return Collector($"sent_{suffix}", things, readings, "that the destination took.", static one => one.Delivered);
            yield return Collector(
                $"send_failed_{suffix}",
                things,
                readings,
                "in requests that failed; each is sent again until it is taken or refused for good.",
                static one => one.FailedItems
            );
            yield return Collector(
                $"enqueue_failed_{suffix}",
                things,
                readings,
                "that the queue did not take: always 0, as it is the store on disk and has no limit of its own.",
                static _ => 0
            );
        }

        foreach (var family in Queue(readings).Concat(Delivery(readings)))
        {
            yield return family;
        }
    }

    private static IEnumerable<MetricFamily> Queue(Reading[] readings)
    {
        yield return Family(
            "otelcol_exporter_queue_size",
            "Items that the destination is still owed: at most so many, and 0 exactly when none is.",
            static one => one.Undelivered,
            "exporter"
        );
        yield return Family(
            "otelcol_exporter_queue_capacity",
            "How many may wait: no limit but the disk.",
            static _ => double.PositiveInfinity,
            "exporter"
        );
        yield return Family("claudebridge_undelivered", "The same, by destination.", static one => one.Undelivered);
        yield return OldestOf(readings);
        yield return MetricFamily.Gauge(
            "claudebridge_undelivered_bytes",
            "Bytes of what the destination is still owed, as the store keeps it; of many an estimate.",
            [.. readings.Select(static one => MetricFamily.Sample(one.Backlog.Bytes, ("destination", one.Name)))]
        );

        MetricFamily Family(string name, string help, Func<DeliveryProgress, double> value, string label = "destination") =>
            MetricFamily.Gauge(
                name,
                help,
                [
                    .. readings.Select(one =>
                        label == "exporter"
                            ? MetricFamily.Sample(value(one.Progress), ("exporter", one.Name), ("data_type", one.DataType))
                            : MetricFamily.Sample(value(one.Progress), ("destination", one.Name))
                    ),
                ]
            );
    }

    private static MetricFamily OldestOf(Reading[] readings) =>
        MetricFamily.Gauge(
            "claudebridge_oldest_undelivered_age_seconds",
            "How long the oldest that the destination is still owed has waited, also across restarts; 0 when nothing is owed.",
            [.. readings.Select(static one => MetricFamily.Sample(one.Backlog.OldestAge?.TotalSeconds ?? 0, ("destination", one.Name)))]
        );

    private static IEnumerable<MetricFamily> Delivery(Reading[] readings)
    {
        yield return Gauge(
            "claudebridge_dead_letters",
            "Items that the destination refused for good, kept with the reason.",
            static one => one.DeadLetters
        );
        yield return Gauge(
            "claudebridge_last_delivery_timestamp_seconds",
            "When the destination last took something, in seconds since 1970; 0 when it has not since the start.",
            static one => one.LastDelivered is { } at ? at.ToUnixTimeMilliseconds() / 1000.0 : 0
        );
        yield return Gauge(
            "claudebridge_last_backend_status",
            "The HTTP status that came last; 0 when the last request had no answer, or there was none.",
            static one => one.LastStatus ?? 0
        );
        yield return MetricFamily.Gauge(
            "claudebridge_delivery_state",
            "1 for the state that the delivery is in.",
            [
                .. readings.SelectMany(static one =>
                    Enum.GetValues<DeliveryState>()
                        .Select(state =>
                            MetricFamily.Sample(
                                one.Progress.State == state ? 1 : 0,
                                ("destination", one.Name),
                                ("state", state.ToString().ToLowerInvariant())
                            )
                        )
                ),
            ]
        );
        yield return Counter("claudebridge_delivered", "Items that the destination took.", static one => one.Delivered);
        yield return Counter(
            "claudebridge_delivery_rejected",
            "Items that the destination rejected of requests that it took, without saying which; not sent again.",
            static one => one.Rejected
        );
        yield return Counter(
            "claudebridge_delivery_unchanged",
            "Items not sent because the destination has exactly that content.",
            static one => one.Unchanged
        );
        yield return Counter(
            "claudebridge_delivery_kept_as_delivered",
            "Items rebuilt from incomplete history and not sent over what was delivered before.",
            static one => one.KeptAsDelivered
        );
        yield return Counter(
            "claudebridge_delivery_forgotten",
            "Items of a rebuilt store that are older than the ledger remembers, and not sent.",
            static one => one.Forgotten
        );

        MetricFamily Gauge(string name, string help, Func<DeliveryProgress, double> value) =>
            MetricFamily.Gauge(name, help, Samples(value));
        MetricFamily Counter(string name, string help, Func<DeliveryProgress, double> value) =>
            MetricFamily.Counter(name, help, Samples(value));
        IReadOnlyList<MetricSample> Samples(Func<DeliveryProgress, double> value) =>
            [.. readings.Select(one => MetricFamily.Sample(value(one.Progress), ("destination", one.Name)))];
    }

    private static MetricFamily Collector(
        string name,
        string things,
        Reading[] readings,
        string what,
        Func<DeliveryProgress, double> value
    ) =>
        MetricFamily.CollectorCounter(
            $"otelcol_exporter_{name}",
            $"Number of {name[(name.IndexOf('_', StringComparison.Ordinal) + 1)..].Replace("failed_", "", StringComparison.Ordinal).Replace('_', ' ')} {what}",
            [
                .. readings.Select(one =>
                    MetricFamily.Sample(one.Progress.Things == things ? value(one.Progress) : 0, ("exporter", one.Name))
                ),
            ]
        );

    private Reading Read(DeliveryLoop loop)
    {
        var progress = loop.Progress;
        return new(DestinationName.Of(loop.Destination), progress, backlog.Of(loop, progress));
    }

    private sealed record Reading(string Name, DeliveryProgress Progress, Backlog Backlog)
    {
        public string DataType => Progress.Things == "scores" ? "metrics" : "traces";
    }
}
