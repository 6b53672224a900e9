using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ClaudeBridge.Sessions;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Turns what is sent over OTLP into events of the ingestion API: the same fields under the names of that API.</summary>
/// <remarks>
/// Langfuse merges the events of one thing in the order of the envelopes' timestamps, and keeps a thing's first start, environment and trace.
/// So an envelope's time is the start of the thing, and later by a millisecond for each of its version: the ledger tells which is the latest.
/// An envelope's id names its content, so that a repetition is one.
/// </remarks>
internal static class IngestionEvents
{
    private const int MaxName = 1_000;

    /// <summary>With the request around it below 64, which is all that some servers read.</summary>
    private const int MaxDepth = 50;

    /// <summary>Up to here every integer has a double of its own; fractions have one up to 15 digits.</summary>
    private const long MaxInteger = (1L << 53) - 1;
    private const int MaxDigits = 15;

    /// <summary>Only what JSON itself demands is escaped: code and texts in other scripts would take several times their bytes.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An observation; its trace as well when it is the root of one.</summary>
    /// <param name="version">The server's; what an unknown one may not know is written so that every version reads it.</param>
    public static IReadOnlyList<IngestionEvent> OfSpan(Parcel parcel, LangfuseVersion? version)
    {
        var span = Span.Parser.ParseFrom(parcel.Content);
        var fields = span.Attributes.ToDictionary(static pair => pair.Key, static pair => pair.Value, StringComparer.Ordinal);
        var type = ObservationEvent.TypeFor(fields, version);
        var observation = Envelope(parcel, "", $"{type}-create", json => ObservationEvent.Write(json, span, fields, version));
        return span.ParentSpanId.IsEmpty
            ? [Envelope(parcel, "-trace", "trace-create", json => WriteTrace(json, span, fields)), observation]
            : [observation];
    }

    /// <summary>A score. Its time is the envelope's, and stays.</summary>
    /// <param name="takesSessions">Whether the server knows scores of sessions.</param>
    public static IngestionEvent OfScore(Parcel parcel, bool takesSessions) =>
        Envelope(
            parcel with
            {
                Version = 0,
            },
            $"-{parcel.Version}",
            "score-create",
            json => json.WriteRawValue(LangfuseScore.For(parcel.Content, takesSessions))
        );

    public static string? Text(Dictionary<string, AnyValue> fields, string name) =>
        fields.GetValueOrDefault(name) is { ValueCase: AnyValue.ValueOneofCase.StringValue } value ? value.StringValue : null;

    public static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(name, value);
        }
    }

    /// <summary>An object or array as such, everything else as text.</summary>
    public static void WriteContent(Utf8JsonWriter json, string name, string? content)
    {
        if (string.IsNullOrEmpty(content))
        {
            return;
        }

        if (IsStructure(content))
        {
            WriteObject(json, name, content);
        }
        else
        {
            json.WriteString(name, content);
        }
    }

    /// <summary>An object that the bridge itself wrote; its digits stay.</summary>
    public static void WriteObject(Utf8JsonWriter json, string name, string? content)
    {
        if (content is not null)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(content, skipInputValidation: true);
        }
    }

    public static void WriteMetadata(Utf8JsonWriter json, Dictionary<string, AnyValue> fields, string prefix, string? type = null)
    {
        var metadata = fields
            .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .OrderBy(static pair => pair.Key, StringComparer.Ordinal)
            .ToList();
        if (metadata.Count == 0 && type is null)
        {
            return;
        }

        json.WriteStartObject("metadata");
        foreach (var (name, value) in metadata)
        {
            json.WriteString(name[prefix.Length..], value.StringValue);
        }

        if (type is not null && !fields.ContainsKey(prefix + "observation_type"))
        {
            json.WriteString("observation_type", type);
        }

        json.WriteEndObject();
    }

    public static string Name(string name) =>
        name.Length <= MaxName ? name
        : char.IsHighSurrogate(name[MaxName - 1]) ? name[..(MaxName - 1)]
        : name[..MaxName];

    /// <summary>Whole milliseconds: what every version keeps.</summary>
    public static string Iso(ulong unixNano) =>
        Clock.ToTime(unixNano).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static void WriteTrace(Utf8JsonWriter json, Span span, Dictionary<string, AnyValue> fields)
    {
        json.WriteStartObject();
        json.WriteString("id", Convert.ToHexStringLower(span.TraceId.Span));
        json.WriteString("timestamp", Iso(span.StartTimeUnixNano));
        Write(json, "name", Name(Text(fields, LangfuseNames.TraceName) ?? span.Name));
        Write(json, "sessionId", Text(fields, LangfuseNames.SessionId));
        Write(json, "userId", Text(fields, LangfuseNames.UserId));
        Write(json, "environment", Text(fields, LangfuseNames.Environment));
        Write(json, "version", Text(fields, LangfuseNames.Version));
        Write(json, "release", Text(fields, LangfuseNames.Release));
        WriteContent(json, "input", Text(fields, LangfuseNames.Input));
        WriteContent(json, "output", Text(fields, LangfuseNames.Output));
        WriteMetadata(json, fields, LangfuseNames.TraceMetadataPrefix);
        if (fields.GetValueOrDefault(LangfuseNames.TraceTags)?.ArrayValue is { Values.Count: > 0 } tags)
        {
            json.WriteStartArray("tags");
            foreach (var tag in tags.Values)
            {
                json.WriteStringValue(tag.StringValue);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static IngestionEvent Envelope(Parcel parcel, string ending, string type, Action<Utf8JsonWriter> writeBody)
    {
        var id = $"{parcel.Hash.Value:x32}-{parcel.Version.ToString(CultureInfo.InvariantCulture)}{ending}";
        var buffer = new ArrayBufferWriter<byte>(parcel.Content.Length + 256);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("type", type);
            json.WriteString("timestamp", Iso(parcel.StartUnixNano + ((ulong)parcel.Version * 1_000_000)));
            json.WritePropertyName("body");
            writeBody(json);
            json.WriteEndObject();
        }

        return new IngestionEvent(id, buffer.WrittenSpan.ToArray());
    }

    /// <summary>Whether it is a JSON object or array that comes out of the server as it went in; numbers are doubles there.</summary>
    private static bool IsStructure(string text)
    {
        if (text.AsSpan().TrimStart() is not ['{' or '[', ..])
        {
            return false;
        }

        try
        {
            var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), new JsonReaderOptions { MaxDepth = MaxDepth });
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.Number && !HasDouble(json))
                {
                    return false;
                }

                if (json is { TokenType: JsonTokenType.String or JsonTokenType.PropertyName, ValueIsEscaped: true })
                {
                    // Throws on half a character, which is valid JSON and no text.
                    _ = json.GetString();
                }
            }

            return true;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool HasDouble(in Utf8JsonReader number) =>
        number.TryGetInt64(out var integer)
            ? integer is >= -MaxInteger and <= MaxInteger
            : number.ValueSpan.Length <= MaxDigits && number.TryGetDouble(out var value) && double.IsFinite(value);
}
