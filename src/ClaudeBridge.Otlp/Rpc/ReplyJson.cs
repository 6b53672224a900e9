using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ClaudeBridge.Otlp.Rpc;

/// <summary>The JSON form of the answers. https://protobuf.dev/programming-guides/json/</summary>
internal static class ReplyJson
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] PartialSuccess(Signal signal, int rejected, string text) =>
        Write(json =>
        {
            json.WriteStartObject("partialSuccess"u8);
            if (rejected > 0)
            {
                var name = signal switch
                {
                    Signal.Logs => "rejectedLogRecords",
                    Signal.Traces => "rejectedSpans",
                    _ => "rejectedDataPoints",
                };
                // 64-bit integers are strings.
                json.WriteString(name, rejected.ToString(CultureInfo.InvariantCulture));
            }

            json.WriteString("errorMessage"u8, text);
            json.WriteEndObject();
        });

    public static byte[] Error(RpcError error) =>
        Write(json =>
        {
            json.WriteNumber("code"u8, (int)error.Code);
            json.WriteString("message"u8, error.Message);
            if (error.Field is null && error.RetryAfter is null)
            {
                return;
            }

            json.WriteStartArray("details"u8);
            if (error.Field is { } field)
            {
                json.WriteStartObject();
                json.WriteString("@type"u8, "type.googleapis.com/google.rpc.BadRequest"u8);
                json.WriteStartArray("fieldViolations"u8);
                json.WriteStartObject();
                json.WriteString("field"u8, field);
                json.WriteString("description"u8, error.Message);
                json.WriteEndObject();
                json.WriteEndArray();
                json.WriteEndObject();
            }

            if (error.RetryAfter is { } delay)
            {
                json.WriteStartObject();
                json.WriteString("@type"u8, "type.googleapis.com/google.rpc.RetryInfo"u8);
                json.WriteString("retryDelay"u8, Duration(delay));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    private static string Duration(TimeSpan delay) =>
        ((decimal)delay.Ticks / TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture) + "s";

    private static byte[] Write(Action<Utf8JsonWriter> fields)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, s_options))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }
}
