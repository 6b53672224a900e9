using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ClaudeBridge.Cli.Record;

/// <summary>Scrubs attribute values and the JSON texts inside them.</summary>
internal sealed partial class TextScrubber(Pseudonyms pseudonyms)
{
    private const string Notification = "<task-notification>";

    /// <summary>Integers of so few digits in JSON texts are settings or line numbers, not somebody's number.</summary>
    private const long SmallNumber = 9999;

    private static readonly JsonWriterOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 128 };

    /// <summary>The value of an attribute or of a property in a JSON text.</summary>
    public string Value(string key, string value)
    {
        if (KeptValues.MayKeep(key, value))
        {
            return value;
        }

        // mcp__server__tool: the separators are what readers split by.
        return TryScrubJson(value, out var json) ? json : Text(value);
    }

    public string Text(string text)
    {
        if (text.StartsWith(Notification, StringComparison.Ordinal))
        {
            return Between(Tags(), text);
        }

        return Marks().IsMatch(text) ? Between(Marks(), text) : pseudonyms.Text(text);
    }

    public long Number(long number) => number is >= -SmallNumber and <= SmallNumber ? number : pseudonyms.Number(number);

    /// <summary>Scrubs what stands between the places that a pattern finds.</summary>
    private string Between(Regex kept, string text)
    {
        var result = new StringBuilder(text.Length);
        var position = 0;
        foreach (Match match in kept.Matches(text))
        {
            result.Append(pseudonyms.Text(text[position..match.Index])).Append(match.ValueSpan);
            position = match.Index + match.Length;
        }

        return result.Append(pseudonyms.Text(text[position..])).ToString();
    }

    private bool TryScrubJson(string text, out string scrubbed)
    {
        scrubbed = "";
        var start = text.AsSpan().TrimStart();
        if (start.IsEmpty || start[0] is not ('{' or '['))
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(text, Deep);
            var buffer = new ArrayBufferWriter<byte>(text.Length);
            using (var writer = new Utf8JsonWriter(buffer, Compact))
            {
                Write(writer, "", document.RootElement);
            }

            scrubbed = Encoding.UTF8.GetString(buffer.WrittenSpan);
            return true;
        }
        // Cut off, or only beginning like JSON: it is scrubbed as text.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    private void Write(Utf8JsonWriter writer, string key, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in value.EnumerateObject())
                {
                    writer.WritePropertyName(PropertyName().IsMatch(property.Name) ? property.Name : Text(property.Name));
                    Write(writer, property.Name, property.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(writer, key, item);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(Value(key, value.GetString()!));
                break;
            case JsonValueKind.Number when value.TryGetInt64(out var number):
                writer.WriteNumberValue(KeptValues.IsNumberKey(key) ? number : Number(number));
                break;
            case JsonValueKind.Number when !KeptValues.IsNumberKey(key):
                // A fraction, or beyond 64 bits: its size is all that is kept.
                writer.WriteNumberValue(value.TryGetDouble(out var real) && Math.Abs(real) < long.MaxValue ? Number((long)real) : 0);
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    /// <summary>A name such as <c>file_path</c>: the schema of a tool, not its content.</summary>
    [GeneratedRegex("^[A-Za-z_$][A-Za-z_$.-]{0,39}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PropertyName();

    /// <summary>The tags of a background agent's report, by which it is known.</summary>
    [GeneratedRegex("</?[a-z][a-z_-]{0,30}>", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Tags();

    /// <summary>What the client itself writes around contents.</summary>
    [GeneratedRegex(
        @"^\[(USER|USER PROMPT|ASSISTANT|SYSTEM)\]|\[TRUNCATED[^\]\r\n]{0,60}\]|^\[TOOL (INPUT|RESULT): |<REDACTED>|mcp__",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Marks();
}
