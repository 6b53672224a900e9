using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store;

/// <summary>JSON of what the store answers. Promised names are always there, null where nothing is known.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<SessionSummary>))]
[JsonSerializable(typeof(SessionDetail))]
[JsonSerializable(typeof(IReadOnlyList<SessionDetail>))]
[JsonSerializable(typeof(TraceDetail))]
[JsonSerializable(typeof(TraceContext))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyList<Lists.TraceName>))]
[JsonSerializable(typeof(StoredSessionView))]
[JsonSerializable(typeof(TotalsReport))]
internal sealed partial class StoreJson : JsonSerializerContext
{
    /// <summary>On one line, for programs.</summary>
    public static StoreJson Compact { get; } = new(Settings(indented: false));

    /// <summary>On many lines, for people.</summary>
    public static StoreJson Indented { get; } = new(Settings(indented: true));

    /// <summary>What a trace says of itself, as the store keeps it.</summary>
    /// <exception cref="StoreDamagedException">It is not what was written.</exception>
    public static TraceContext ReadContext(string json)
    {
        try
        {
            var context = JsonSerializer.Deserialize(json, Compact.TraceContext)!;
            return context with
            {
                Metadata = new SortedDictionary<string, string>(context.Metadata.ToDictionary(), StringComparer.Ordinal),
            };
        }
        catch (JsonException failure)
        {
            throw new StoreDamagedException("The context of a trace in the store cannot be read.", failure);
        }
    }

    private static JsonSerializerOptions Settings(bool indented) =>
        new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            WriteIndented = indented,
            // It goes to files, terminals and API answers, not into HTML: text stays readable.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new UtcTimeConverter() },
        };

    /// <summary>ISO 8601 in UTC with at least milliseconds and no more digits than there are: <c>2026-11-20T12:30:53.123Z</c>.</summary>
    private sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        {
            var time = value.UtcDateTime;
            // Not fffFFFF: each run of letters begins at the first digit anew.
            var fraction = time.ToString("fffffff", CultureInfo.InvariantCulture);
            var digits = Math.Max(3, fraction.AsSpan().TrimEnd('0').Length);
            writer.WriteStringValue($"{time:yyyy-MM-dd'T'HH:mm:ss}.{fraction.AsSpan(0, digits)}Z");
        }
    }
}
