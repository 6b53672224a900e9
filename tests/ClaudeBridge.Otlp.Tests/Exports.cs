using System.Text;
using Google.Protobuf;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Otlp.Tests;

/// <summary>Short ways to decode and to look at what came out.</summary>
internal static class Exports
{
    public static DecodedExport Json(Signal signal, string body) =>
        OtlpDecoder.Decode(signal, OtlpEncoding.Json, Encoding.UTF8.GetBytes(body));

    public static DecodedExport Protobuf(Signal signal, byte[] body) => OtlpDecoder.Decode(signal, OtlpEncoding.Protobuf, body);

    /// <summary>A request of log records given as JSON, in one resource and scope.</summary>
    public static DecodedExport JsonRecords(params string[] records) =>
        Json(Signal.Logs, $$"""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{{string.Join(',', records)}}]}]}]}""");

    public static DecodedExport JsonSpans(params string[] spans) =>
        Json(Signal.Traces, $$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{{string.Join(',', spans)}}]}]}]}""");

    public static DecodedExport JsonMetrics(params string[] metrics) =>
        Json(Signal.Metrics, $$"""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{{string.Join(',', metrics)}}]}]}]}""");

    extension(DecodedExport export)
    {
        public IMessage Message => (IMessage?)export.Logs ?? (IMessage?)export.Traces ?? export.Metrics!;

        public List<LogRecord> Records => [.. export.Logs!.ResourceLogs.SelectMany(r => r.ScopeLogs).SelectMany(s => s.LogRecords)];

        public List<Span> Spans => [.. export.Traces!.ResourceSpans.SelectMany(r => r.ScopeSpans).SelectMany(s => s.Spans)];

        public List<Metric> MetricList => [.. export.Metrics!.ResourceMetrics.SelectMany(r => r.ScopeMetrics).SelectMany(s => s.Metrics)];
    }
}
