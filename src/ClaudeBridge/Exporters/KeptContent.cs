using System.Text;
using System.Text.Json;
using Google.Protobuf;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Exporters;

/// <summary>What a dead letter holds, for a person to read.</summary>
internal static class KeptContent
{
    private static readonly JsonFormatter s_format = new(JsonFormatter.Settings.Default.WithIndentation());

    /// <summary>A score is JSON already, an observation an OTLP span; what is neither is base64.</summary>
    public static string ToText(byte[] payload)
    {
        try
        {
            using var json = JsonDocument.Parse(payload);
            return Encoding.UTF8.GetString(payload);
        }
        catch (JsonException)
        {
            // A span, then.
        }

        try
        {
            return s_format.Format(Span.Parser.ParseFrom(payload));
        }
        catch (InvalidProtocolBufferException)
        {
            return Convert.ToBase64String(payload);
        }
    }
}
