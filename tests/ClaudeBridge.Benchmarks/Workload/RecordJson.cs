using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Benchmarks.Workload;

/// <summary>Writes OTLP/JSON as the client does: 64-bit times as strings, <c>intValue</c> as a number, <c>droppedAttributesCount</c> always.</summary>
internal static class RecordJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(LogRecord record) =>
        Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("timeUnixNano", $"{record.TimeUnixNano}");
            json.WriteString("observedTimeUnixNano", $"{record.ObservedTimeUnixNano}");
            json.WritePropertyName("body");
            Write(json, record.Body);
            Write(json, record.Attributes);
            json.WriteEndObject();
        });

    public static string Write(Resource resource) =>
        Write(json =>
        {
            json.WriteStartObject();
            Write(json, resource.Attributes);
            json.WriteEndObject();
        });

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, IEnumerable<KeyValue> attributes)
    {
        json.WriteStartArray("attributes");
        foreach (var pair in attributes)
        {
            json.WriteStartObject();
            json.WriteString("key", pair.Key);
            json.WritePropertyName("value");
            Write(json, pair.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("droppedAttributesCount", 0);
    }

    private static void Write(Utf8JsonWriter json, AnyValue value)
    {
        json.WriteStartObject();
        switch (value.ValueCase)
        {
            case AnyValue.ValueOneofCase.StringValue:
                json.WriteString("stringValue", value.StringValue);
                break;
            case AnyValue.ValueOneofCase.IntValue:
                json.WriteNumber("intValue", value.IntValue);
                break;
            case AnyValue.ValueOneofCase.DoubleValue:
                json.WriteNumber("doubleValue", value.DoubleValue);
                break;
            case AnyValue.ValueOneofCase.BoolValue:
                json.WriteBoolean("boolValue", value.BoolValue);
                break;
            default:
                throw new ArgumentException($"The generated records hold no {value.ValueCase}.", nameof(value));
        }

        json.WriteEndObject();
    }
}
