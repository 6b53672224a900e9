using System.IO.Compression;
using System.Text;
using ClaudeBridge.Otlp;
using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>Small valid exports of each signal, in both encodings.</summary>
internal static class Some
{
    public static readonly byte[] TraceId = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];
    public static readonly byte[] SpanId = [.. Enumerable.Range(1, 8).Select(i => (byte)i)];

    public static byte[] Logs(int records = 1, int padding = 10)
    {
        var scope = new ScopeLogs();
        for (var i = 0; i < records; i++)
        {
            scope.LogRecords.Add(
                new LogRecord
                {
                    TimeUnixNano = 1_700_000_000_000_000_000 + (ulong)i,
                    Body = new AnyValue { StringValue = new string('x', padding) },
                }
            );
        }

        return new ExportLogsServiceRequest { ResourceLogs = { new ResourceLogs { ScopeLogs = { scope } } } }.ToByteArray();
    }

    public static byte[] Spans(params Span[] spans) =>
        new ExportTraceServiceRequest
        {
            ResourceSpans = { new ResourceSpans { ScopeSpans = { new ScopeSpans { Spans = { spans } } } } },
        }.ToByteArray();

    public static Span Span(byte[]? traceId = null) =>
        new()
        {
            TraceId = ByteString.CopyFrom(traceId ?? TraceId),
            SpanId = ByteString.CopyFrom(SpanId),
            Name = "a span",
            StartTimeUnixNano = 1_700_000_000_000_000_000,
            EndTimeUnixNano = 1_700_000_001_000_000_000,
        };

    public static byte[] Metrics() =>
        new ExportMetricsServiceRequest
        {
            ResourceMetrics =
            {
                new ResourceMetrics
                {
                    ScopeMetrics =
                    {
                        new ScopeMetrics
                        {
                            Metrics =
                            {
                                new Metric
                                {
                                    Name = "a.metric",
                                    Gauge = new Gauge
                                    {
                                        DataPoints =
                                        {
                                            new NumberDataPoint { AsInt = 1, TimeUnixNano = 1_700_000_000_000_000_000 },
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        }.ToByteArray();

    public static byte[] Body(Signal signal, OtlpEncoding encoding) =>
        (signal, encoding) switch
        {
            (Signal.Logs, OtlpEncoding.Protobuf) => Logs(),
            (Signal.Metrics, OtlpEncoding.Protobuf) => Metrics(),
            (Signal.Traces, OtlpEncoding.Protobuf) => Spans(Span()),
            (Signal.Logs, _) => Utf8(
                """{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1700000000000000000","body":{"stringValue":"hello"}}]}]}]}"""
            ),
            (Signal.Metrics, _) => Utf8(
                """{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a.metric","gauge":{"dataPoints":[{"asInt":"1","timeUnixNano":"1700000000000000000"}]}}]}]}]}"""
            ),
            _ => Utf8(
                """{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090A0B0C0D0E0F10","spanId":"0102030405060708","name":"a span","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001000000000"}]}]}]}"""
            ),
        };

    public static string Path(Signal signal) =>
        signal switch
        {
            Signal.Logs => "/v1/logs",
            Signal.Metrics => "/v1/metrics",
            _ => "/v1/traces",
        };

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Gzip(byte[] data)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(data);
        }

        return result.ToArray();
    }
}
