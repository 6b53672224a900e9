using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Otlp;

/// <summary>Leaves out the records of some resources.</summary>
public static class ResourceFilter
{
    /// <param name="keep">Asked once for each resource; a group without one is kept.</param>
    /// <param name="reason">Why the others are left out, for the sender.</param>
    /// <returns>The same export when every resource is kept; else one with less, in which what was left out counts as rejected.</returns>
    public static DecodedExport Only(this DecodedExport export, Func<Resource, bool> keep, string reason) =>
        export switch
        {
            { Logs: { } logs } => Only(export, logs, keep, reason),
            { Traces: { } traces } => Only(export, traces, keep, reason),
            { Metrics: { } metrics } => Only(export, metrics, keep, reason),
            _ => export,
        };

    private static DecodedExport Only(DecodedExport export, ExportLogsServiceRequest logs, Func<Resource, bool> keep, string reason)
    {
        var kept = new ExportLogsServiceRequest();
        kept.ResourceLogs.AddRange(logs.ResourceLogs.Where(group => group.Resource is null || keep(group.Resource)));
        return kept.ResourceLogs.Count == logs.ResourceLogs.Count
            ? export
            : Rest(
                export,
                kept.ResourceLogs.SelectMany(static group => group.ScopeLogs).Sum(static scope => scope.LogRecords.Count),
                reason,
                logs: kept
            );
    }

    private static DecodedExport Only(DecodedExport export, ExportTraceServiceRequest traces, Func<Resource, bool> keep, string reason)
    {
        var kept = new ExportTraceServiceRequest();
        kept.ResourceSpans.AddRange(traces.ResourceSpans.Where(group => group.Resource is null || keep(group.Resource)));
        return kept.ResourceSpans.Count == traces.ResourceSpans.Count
            ? export
            : Rest(
                export,
                kept.ResourceSpans.SelectMany(static group => group.ScopeSpans).Sum(static scope => scope.Spans.Count),
                reason,
                traces: kept
            );
    }

    private static DecodedExport Only(DecodedExport export, ExportMetricsServiceRequest metrics, Func<Resource, bool> keep, string reason)
    {
        var kept = new ExportMetricsServiceRequest();
        kept.ResourceMetrics.AddRange(metrics.ResourceMetrics.Where(group => group.Resource is null || keep(group.Resource)));
        return kept.ResourceMetrics.Count == metrics.ResourceMetrics.Count
            ? export
            : Rest(
                export,
                kept.ResourceMetrics.SelectMany(static group => group.ScopeMetrics)
                    .SelectMany(static scope => scope.Metrics)
                    .Sum(ExportRules.CountPoints),
                reason,
                metrics: kept
            );
    }

    private static DecodedExport Rest(
        DecodedExport export,
        int accepted,
        string reason,
        ExportLogsServiceRequest? logs = null,
        ExportTraceServiceRequest? traces = null,
        ExportMetricsServiceRequest? metrics = null
    ) =>
        new()
        {
            Signal = export.Signal,
            Logs = logs,
            Traces = traces,
            Metrics = metrics,
            Accepted = accepted,
            Rejected = export.Rejected + export.Accepted - accepted,
            RejectedReason = export.RejectedReason ?? reason,
        };
}
