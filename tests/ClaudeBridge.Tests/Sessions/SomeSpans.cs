using System.Buffers.Binary;
using ClaudeBridge.Otlp;
using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Resource.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>Writes spans as a program would: one trace, ids that a test can name, milliseconds from a fixed moment.</summary>
internal sealed class SomeSpans(string? service = "shop-assistant", string scope = "opentelemetry.instrumentation.openai", byte trace = 7)
{
    private const ulong Epoch = 1_790_000_000_000_000_000;
    private readonly List<Span> _spans = [];

    public IReadOnlyList<Span> Spans => _spans;

    public Span Last => _spans[^1];

    public Resource Resource { get; } = service is null ? new() : new() { Attributes = { Pair("service.name", service) } };

    /// <param name="parent">0 for none.</param>
    public SomeSpans Add(ulong id, ulong parent, string name, int startMs, int endMs, params (string Key, object Value)[] attributes)
    {
        var span = new Span
        {
            TraceId = Trace(trace),
            SpanId = Id(id),
            ParentSpanId = parent == 0 ? ByteString.Empty : Id(parent),
            Name = name,
            StartTimeUnixNano = Epoch + ((ulong)startMs * 1_000_000),
            EndTimeUnixNano = Epoch + ((ulong)endMs * 1_000_000),
        };
        span.Attributes.AddRange(attributes.Select(static pair => Pair(pair.Key, pair.Value)));
        _spans.Add(span);
        return this;
    }

    public SomeSpans Failed(string message)
    {
        Last.Status = new Status { Code = Status.Types.StatusCode.Error, Message = message };
        return this;
    }

    public SomeSpans Event(string name, int atMs, params (string Key, object Value)[] attributes)
    {
        var item = new Span.Types.Event { Name = name, TimeUnixNano = Epoch + ((ulong)atMs * 1_000_000) };
        item.Attributes.AddRange(attributes.Select(static pair => Pair(pair.Key, pair.Value)));
        Last.Events.Add(item);
        return this;
    }

    public DecodedExport Export() => Export(_spans);

    public DecodedExport Export(params IEnumerable<Span> spans)
    {
        var list = new ScopeSpans { Scope = new InstrumentationScope { Name = scope } };
        list.Spans.AddRange(spans);
        return new DecodedExport
        {
            Signal = Signal.Traces,
            Accepted = list.Spans.Count,
            Traces = new ExportTraceServiceRequest
            {
                ResourceSpans =
                {
                    new ResourceSpans { Resource = Resource, ScopeSpans = { list } },
                },
            },
        };
    }

    public static ByteString Trace(byte fill) => ByteString.CopyFrom(Enumerable.Repeat(fill, 16).ToArray());

    public static ByteString Id(ulong id)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, id);
        return ByteString.CopyFrom(bytes);
    }

    public static KeyValue Pair(string key, object value) => new() { Key = key, Value = Any(value) };

    private static AnyValue Any(object value) =>
        value switch
        {
            string text => new AnyValue { StringValue = text },
            int number => new AnyValue { IntValue = number },
            long number => new AnyValue { IntValue = number },
            double number => new AnyValue { DoubleValue = number },
            bool flag => new AnyValue { BoolValue = flag },
            string[] list => new AnyValue
            {
                ArrayValue = new ArrayValue { Values = { list.Select(static text => new AnyValue { StringValue = text }) } },
            },
            _ => throw new ArgumentException($"No attribute value: {value.GetType()}", nameof(value)),
        };
}
