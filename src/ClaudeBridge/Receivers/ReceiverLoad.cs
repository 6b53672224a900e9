using ClaudeBridge.Diagnostics;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Receivers;

/// <summary>How much the receivers hold at the moment.</summary>
internal sealed class ReceiverLoad(InFlightBudget budget, IOptions<ReceiverOptions> options) : IMetricSource
{
    public IEnumerable<MetricFamily> Read() =>
        [
            MetricFamily.Gauge("claudebridge_in_flight_bytes", "Bytes of bodies that are being received or stored.", budget.Used),
            MetricFamily.Gauge(
                "claudebridge_in_flight_bytes_limit",
                "How many there may be before requests are refused.",
                options.Value.MaxInFlightBytes
            ),
        ];
}
