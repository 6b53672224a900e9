using System.Buffers;
using System.Text;
using System.Text.Json;
using ClaudeBridge.Otlp.Json;
using Google.Protobuf;

namespace ClaudeBridge.Otlp.Tests;

/// <summary>What comes in must be what goes out, in both encodings.</summary>
internal static class RoundTrip
{
    public static string ToJson(DecodedExport export)
    {
        var output = new ArrayBufferWriter<byte>();
        OtlpJsonWriter.Write(output, export);
        // Throws when the bytes are not valid UTF-8.
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(output.WrittenSpan);
    }

    /// <summary>Messages → JSON → messages, messages → protobuf → messages: all equal.</summary>
    public static void ShouldSurvive(DecodedExport export, string? because = null)
    {
        var json = ToJson(export);
        json.ShouldNotContain("\n");
        using var valid = JsonDocument.Parse(json);
        var fromJson = Exports.Json(export.Signal, json);
        fromJson.Message.ShouldBe(export.Message, because);
        fromJson.Accepted.ShouldBe(export.Accepted, because);
        ToJson(fromJson).ShouldBe(json, because);
        Exports.Protobuf(export.Signal, export.Message.ToByteArray()).Message.ShouldBe(export.Message, because);
    }
}
