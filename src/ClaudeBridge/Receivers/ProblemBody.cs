using System.Text.Encodings.Web;
using System.Text.Json;
using ClaudeBridge.Otlp.Rpc;
using Microsoft.AspNetCore.WebUtilities;

namespace ClaudeBridge.Receivers;

/// <summary>A refusal as problem details (RFC 9457), for what is asked of the API.</summary>
internal static class ProblemBody
{
    public const string ContentType = "application/problem+json";

    /// <summary>People read it: quotes and letters stay what they are.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <remarks><c>code</c> and <c>message</c> are those that an OTLP sender gets: they stood here before the others did.</remarks>
    public static byte[] Of(int status, RpcError error)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, Plain))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "about:blank");
            json.WriteString("title"u8, ReasonPhrases.GetReasonPhrase(status));
            json.WriteNumber("status"u8, status);
            json.WriteString("detail"u8, error.Message);
            json.WriteNumber("code"u8, (int)error.Code);
            json.WriteString("message"u8, error.Message);
            json.WriteEndObject();
        }

        return memory.ToArray();
    }
}
