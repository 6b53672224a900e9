using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Writes export requests as OTLP/JSON.</summary>
/// <remarks>
/// Ids are lower-case hex, 64-bit integers are strings, enums are integers, bytes are base64; fields that hold their default are left out
/// unless they have presence. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
/// </remarks>
public static class OtlpJsonWriter
{
    private static readonly JsonWriterOptions s_options = new()
    {
        // The reader is a program: only what JSON itself demands is escaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Writes one compact JSON object, without a line break in it or after it.</summary>
    public static void Write(IBufferWriter<byte> output, DecodedExport export)
    {
        using var json = new Utf8JsonWriter(output, s_options);
        json.WriteStartObject();
        switch (export.Signal)
        {
            case Signal.Logs:
                LogWriting.Write(json, export.Logs!);
                break;
            case Signal.Traces:
                TraceWriting.Write(json, export.Traces!);
                break;
            default:
                MetricWriting.Write(json, export.Metrics!);
                break;
        }

        json.WriteEndObject();
    }
}
