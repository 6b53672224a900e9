using System.Text.Encodings.Web;
using System.Text.Json;
using ClaudeBridge.Access;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Receivers;

/// <summary>What the receivers themselves do not know of the clients that send to them.</summary>
/// <param name="Events">Names of the log events that are understood.</param>
/// <param name="Settings">The environment variables that make a client send to an endpoint: the endpoint, whether a key is needed, whether a user is to be named.</param>
/// <param name="Contents">Variables that send contents, and what each sends.</param>
internal sealed record ClientGuide(
    IReadOnlyList<string> Events,
    IReadOnlyList<string> Metrics,
    IReadOnlyList<string> Spans,
    Func<string, bool, bool, IReadOnlyList<KeyValuePair<string, string>>> Settings,
    IReadOnlyList<KeyValuePair<string, string>> Contents
)
{
    public static ClientGuide Empty { get; } = new([], [], [], static (_, _, _) => [], []);
}

/// <summary>The answer to a GET at an address that takes exports: how the bridge is, what it understands, and what makes a client send here.</summary>
internal sealed class EndpointGuide(ClientGuide client, KeyRing keys, IEnumerable<IHealthSource> sources)
{
    /// <summary>People read it: quotes and letters stay what they are.</summary>
    private static readonly JsonWriterOptions Plain = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IHealthSource[] _sources = [.. sources];

    public async Task AnswerAsync(HttpContext context, OtlpRoute route)
    {
        var body = Write(context.Request, route);
        var response = context.Response;
        response.ContentType = RequestHeaders.Json;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private ReadOnlyMemory<byte> Write(HttpRequest request, OtlpRoute route)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, Plain))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, HealthSummary.Of(_sources).State.ToString().ToLowerInvariant());
            json.WriteString("version"u8, BridgeVersion.Text);
            WriteAccepted(json, route);
            json.WriteStartObject("supported"u8);
            WriteList(json, "events", client.Events);
            WriteList(json, "metrics", client.Metrics);
            WriteList(json, "spans", client.Spans);
            json.WriteEndObject();
            json.WriteStartObject("setup"u8);
            // As the request addressed it: that is how its sender reaches the bridge.
            WriteMap(
                json,
                "environment",
                client.Settings($"{request.Scheme}://{request.Host.Value}{route.Base}", !keys.IsEmpty, route.IsIntegration)
            );
            WriteMap(json, "contents", client.Contents);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return memory.ToArray();
    }

    private static void WriteAccepted(Utf8JsonWriter json, OtlpRoute route)
    {
        json.WriteStartObject("accepts"u8);
        json.WriteString("method"u8, "POST");
        WriteList(json, "signals", route.Signal is { } one ? [Word(one)] : [Word(Signal.Logs), Word(Signal.Metrics), Word(Signal.Traces)]);
        WriteList(json, "contentTypes", [RequestHeaders.Protobuf, RequestHeaders.Json]);
        WriteList(json, "contentEncodings", ["gzip", "identity"]);
        json.WriteEndObject();
    }

    private static string Word(Signal signal) => signal.ToString().ToLowerInvariant();

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteMap(Utf8JsonWriter json, string name, IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in pairs)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }
}
