using System.Buffers;
using System.Text;
using System.Text.Json;

namespace ClaudeBridge.Privacy;

/// <summary>Rewrites string values of a JSON text by the property that they stand under, and leaves every other character as it is.</summary>
internal static class JsonTexts
{
    private const string Heading = "[TOOL ";

    /// <param name="text">JSON, whole or cut off, perhaps after a heading line such as <c>[TOOL INPUT: Bash]</c>.</param>
    /// <param name="replace">From property (null outside of any) and value to the new value; the same instance leaves it. Elements of a list stand under the list's property.</param>
    /// <returns>The same instance when nothing changed; null when it is no JSON.</returns>
    public static string? Rewrite(string text, Func<string?, string, string> replace)
    {
        var start = text.StartsWith(Heading, StringComparison.Ordinal) ? text.IndexOf('\n', StringComparison.Ordinal) + 1 : 0;
        if (text.AsSpan(start).TrimStart() is not ['{' or '[', ..])
        {
            return null;
        }

        var bytes = Encoding.UTF8.GetBytes(text, start, text.Length - start);
        var output = new ArrayBufferWriter<byte>(bytes.Length);
        try
        {
            var isChanged = Rewrite(bytes, replace, output);
            return isChanged ? string.Concat(text.AsSpan(0, start), Encoding.UTF8.GetString(output.WrittenSpan)) : text;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool Rewrite(byte[] json, Func<string?, string, string> replace, ArrayBufferWriter<byte> output)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = 128 }));
        var names = new string?[130];
        var copied = 0;
        var awaitsValue = false;
        while (reader.Read())
        {
            var depth = reader.CurrentDepth;
            awaitsValue = reader.TokenType == JsonTokenType.PropertyName;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    names[depth] = reader.GetString();
                    break;
                case JsonTokenType.StartObject:
                    names[depth + 1] = null;
                    break;
                case JsonTokenType.StartArray:
                    names[depth + 1] = names[depth];
                    break;
                case JsonTokenType.String:
                    var value = reader.GetString()!;
                    if (replace(names[depth], value) is var replaced && !ReferenceEquals(replaced, value))
                    {
                        output.Write(json.AsSpan(copied, (int)reader.TokenStartIndex - copied));
                        output.Write(JsonSerializer.SerializeToUtf8Bytes(replaced));
                        copied = (int)reader.BytesConsumed;
                    }

                    break;
            }
        }

        // A text that is cut off ends in half a value, which is as much of a value as a whole one.
        var rest = Encoding.UTF8.GetString(json, (int)reader.BytesConsumed, json.Length - (int)reader.BytesConsumed);
        var place = rest.IndexOf('"', StringComparison.Ordinal);
        var current = reader.CurrentDepth + (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject ? 1 : 0);
        var name = names[Math.Min(current, names.Length - 1)];
        if (
            place >= 0
            && (awaitsValue || name is not null)
            && rest[(place + 1)..] is var tail
            && replace(name, tail) is var cut
            && cut != tail
        )
        {
            output.Write(json.AsSpan(copied, (int)reader.BytesConsumed - copied));
            output.Write(Encoding.UTF8.GetBytes(rest[..place]));
            output.Write(JsonSerializer.SerializeToUtf8Bytes(cut));
            return true;
        }

        output.Write(json.AsSpan(copied));
        return copied > 0;
    }
}
