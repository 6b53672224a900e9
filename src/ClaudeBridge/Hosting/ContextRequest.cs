using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Hosting;

/// <summary>What a caller says of a session.</summary>
/// <param name="Keys">Null takes a key back.</param>
/// <param name="At">From when it holds, where the caller knows; nanoseconds since 1970.</param>
internal sealed partial record ContextRequest(bool IsFromStart, ulong? At, IReadOnlyDictionary<string, string?> Keys)
{
    private const int MaxValueLength = 200;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 8 };

    /// <param name="maxKeys">The most keys that one request may name.</param>
    /// <exception cref="ContextRefusedException">The body is not what it must be, in words for the caller.</exception>
    public static ContextRequest Read(ReadOnlySpan<byte> body, int maxKeys)
    {
        var reader = new Utf8JsonReader(body, Strict);
        try
        {
            return Read(ref reader, maxKeys);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            throw new ContextRefusedException("The body is not a JSON object in UTF-8.");
        }
    }

    private static ContextRequest Read(ref Utf8JsonReader reader, int maxKeys)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new ContextRefusedException("The body must be a JSON object, such as {\"ticket\":\"PAY-12\"}.");
        }

        var keys = new Dictionary<string, string?>(StringComparer.Ordinal);
        var reserved = new HashSet<string>(StringComparer.Ordinal);
        var isFromStart = false;
        ulong? at = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (keys.ContainsKey(key) || key is "from" or "at" && !reserved.Add(key))
            {
                throw new ContextRefusedException($"'{Shown(key)}' stands there twice.", key);
            }

            switch (key)
            {
                case "from":
                    isFromStart = ReadFrom(ref reader);
                    break;
                case "at":
                    at = ReadAt(ref reader);
                    break;
                default:
                    keys.Add(ReadKey(key), ReadValue(ref reader, key));
                    break;
            }
        }

        if (reader.Read())
        {
            throw new ContextRefusedException("Something stands behind the JSON object.");
        }

        if (keys.Count == 0 || keys.Count > maxKeys)
        {
            throw new ContextRefusedException(
                keys.Count == 0 ? "The body names no key." : $"The body names {keys.Count} keys; at most {maxKeys} are allowed."
            );
        }

        return isFromStart && at is not null
            ? throw new ContextRefusedException("'at' says from when it holds; it cannot stand beside \"from\": \"start\".", "at")
            : new ContextRequest(isFromStart, at, keys);
    }

    private static bool ReadFrom(ref Utf8JsonReader reader) =>
        (reader.TokenType == JsonTokenType.String ? reader.GetString() : null) switch
        {
            "now" => false,
            "start" => true,
            _ => throw new ContextRefusedException("'from' must be \"now\" or \"start\".", "from"),
        };

    private static ulong ReadAt(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String
        && reader.GetString() is { } text
        && IsoTime().IsMatch(text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? Clock.ToUnixNano(time)
            : throw new ContextRefusedException("'at' must be a time with its zone, such as \"2026-11-20T12:30:00Z\".", "at");

    private static string ReadKey(string key) =>
        KeyForm().IsMatch(key)
            ? key
            : throw new ContextRefusedException($"'{Shown(key)}' is no key: it must be 1 to 64 letters, digits, '.', '_' or '-'.", key);

    private static string? ReadValue(ref Utf8JsonReader reader, string key)
    {
        var text = reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.String => reader.GetString()!.Trim(),
            JsonTokenType.Number => System.Text.Encoding.ASCII.GetString(reader.ValueSpan),
            JsonTokenType.True => "true",
            JsonTokenType.False => "false",
            _ => throw new ContextRefusedException($"'{key}' must be a text, a number, true, false, or null to take it back.", key),
        };
        return text switch
        {
            "" => throw new ContextRefusedException($"'{key}' is empty; null takes a key back.", key),
            { } tooLong when tooLong.EnumerateRunes().Count() > MaxValueLength => throw new ContextRefusedException(
                $"'{key}' is longer than {MaxValueLength} characters.",
                key
            ),
            { } odd when odd.Any(char.IsControl) => throw new ContextRefusedException($"'{key}' holds control characters.", key),
            _ => text,
        };
    }

    /// <summary>A caller chose it: short and printable enough to be repeated.</summary>
    private static string Shown(string key) => string.Concat(key.Take(64).Where(static c => !char.IsControl(c) && !char.IsSurrogate(c)));

    [GeneratedRegex(@"\A[A-Za-z0-9_.\-]{1,64}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KeyForm();

    [GeneratedRegex(
        @"\A\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+\-]\d\d:\d\d)\z",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex IsoTime();
}

/// <summary>A request that is refused.</summary>
/// <param name="message">For the caller.</param>
/// <param name="key">The key that it is about; null when it is about the whole.</param>
/// <param name="status">The HTTP status.</param>
internal sealed class ContextRefusedException(string message, string? key = null, int status = StatusCodes.Status400BadRequest)
    : Exception(message)
{
    public string? Key => key;

    public int Status => status;
}
