using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace ClaudeBridge.Otlp.Rpc;

/// <summary>What a backend says of a request with spans that it took in part.</summary>
/// <param name="Rejected">How many spans it did not take; never below 0.</param>
/// <param name="Message">Why, in its own words; may be empty.</param>
public readonly record struct PartialAnswer(long Rejected, string Message)
{
    private const int Deepest = 16;

    /// <summary>Reads the body of an answer to an export of spans, in protobuf or JSON, whatever it says that it is. One that is neither tells of nothing rejected.</summary>
    public static PartialAnswer Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return body.TrimStart(" \t\r\n"u8) is [(byte)'{', ..] ? FromJson(body) : FromProtobuf(body);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or InvalidProtocolBufferException)
        {
            return new(0, "");
        }
    }

    private static PartialAnswer FromProtobuf(ReadOnlySpan<byte> body) =>
        ExportTraceServiceResponse.Parser.ParseFrom(body).PartialSuccess is { } partial
            ? new(Math.Max(0, partial.RejectedSpans), partial.ErrorMessage)
            : new(0, "");

    /// <summary>64-bit integers are strings in this JSON, and numbers with those who do not know that.</summary>
    private static PartialAnswer FromJson(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Deepest });
        using var json = JsonDocument.ParseValue(ref reader);
        if (
            !json.RootElement.TryGetProperty("partialSuccess", out var partial)
            || partial.ValueKind != JsonValueKind.Object
            || !partial.TryGetProperty("rejectedSpans", out var rejected)
        )
        {
            return new(0, "");
        }

        var count = rejected.ValueKind switch
        {
            JsonValueKind.Number when rejected.TryGetInt64(out var number) => number,
            JsonValueKind.String when long.TryParse(rejected.GetString(), CultureInfo.InvariantCulture, out var number) => number,
            _ => 0,
        };
        var words = partial.TryGetProperty("errorMessage", out var message) && message.ValueKind == JsonValueKind.String;
        return new(Math.Max(0, count), words ? message.GetString()! : "");
    }
}
