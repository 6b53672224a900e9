using ClaudeBridge.Diagnostics;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Receivers;

/// <summary>Turns verdicts into counts.</summary>
internal sealed class ReceiverCounting(ReceiverMetrics metrics)
{
    public void Count(Door door, Signal signal, ExportVerdict verdict)
    {
        if (verdict.Export is not { } export)
        {
            return;
        }

        var kind = signal switch
        {
            Signal.Logs => RecordKind.LogRecords,
            Signal.Traces => RecordKind.Spans,
            _ => RecordKind.MetricPoints,
        };
        metrics.Accepted(door, kind, verdict.IsTaken ? export.Accepted : 0);
        metrics.Refused(door, kind, verdict.IsTaken ? export.Rejected : export.Accepted + export.Rejected);
    }
}
