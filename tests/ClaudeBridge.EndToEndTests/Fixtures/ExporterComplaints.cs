using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>What the OTLP exporter of the OpenTelemetry SDK complains of: every export that was not answered with success.</summary>
internal sealed class ExporterComplaints : EventListener
{
    private readonly ConcurrentQueue<string> _all = new();

    public IReadOnlyList<string> All => [.. _all];

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "OpenTelemetry-Exporter-OpenTelemetryProtocol")
        {
            EnableEvents(eventSource, EventLevel.Warning);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
        // The base class calls this while it is made.
        _all?.Enqueue($"{eventData.EventName}: {string.Join(", ", eventData.Payload ?? new([]))}");
}
