using System.Text;
using System.Text.Json;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Splits JSON bodies.</summary>
internal sealed class JsonParts(string[] lists, int partBytes) : PartSplitter(partBytes)
{
    private static readonly JsonReaderOptions AsDeepAsItIs = new() { MaxDepth = int.MaxValue };

    private static readonly ReadOnlyMemory<byte> Comma = ","u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Begin = "{"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> End = "]}"u8.ToArray();

    /// <exception cref="JsonException">The body is damaged.</exception>
    /// <exception cref="MalformedPayloadException">The body cannot be split.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Split(Signal signal, ReadOnlyMemory<byte> body, int partBytes)
    {
        string[] lists = signal switch
        {
            Signal.Logs => ["resourceLogs", "scopeLogs", "logRecords"],
            Signal.Traces => ["resourceSpans", "scopeSpans", "spans"],
            _ => ["resourceMetrics", "scopeMetrics", "metrics"],
        };
        return Bodies(new JsonParts(lists, partBytes).Split(body));
    }

    /// <remarks>What is unusual is left to the decoder, which knows all rules: lists that come twice, or are none.</remarks>
    protected override (List<ReadOnlyMemory<byte>> Own, List<ReadOnlyMemory<byte>> Items) Open(ReadOnlyMemory<byte> message, int level)
    {
        List<ReadOnlyMemory<byte>> own = [];
        List<ReadOnlyMemory<byte>>? items = null;
        var json = new Utf8JsonReader(message.Span, AsDeepAsItIs);
        Expect(json.Read() && json.TokenType == JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)json.TokenStartIndex;
            if (json.ValueTextEquals(lists[level]))
            {
                Expect(items is null);
                items = ReadItems(message, ref json);
                continue;
            }

            json.Skip();
            if (level > 0)
            {
                own.Add(message[start..(int)json.BytesConsumed]);
            }
        }

        _ = json.Read();
        return (own, items ?? []);
    }

    protected override List<ReadOnlyMemory<byte>> Join(ReadOnlyMemory<byte> message, List<ReadOnlyMemory<byte>> items)
    {
        List<ReadOnlyMemory<byte>> all = new(2 * items.Count);
        foreach (var item in items)
        {
            if (all.Count > 0)
            {
                all.Add(Comma);
            }

            all.Add(item);
        }

        return all;
    }

    protected override List<ReadOnlyMemory<byte>> Wrap(int level, List<ReadOnlyMemory<byte>> own, List<ReadOnlyMemory<byte>> items) =>
        [Begin, .. own.SelectMany(static piece => new[] { piece, Comma }), Encoding.ASCII.GetBytes($"\"{lists[level]}\":["), .. items, End];

    private static List<ReadOnlyMemory<byte>> ReadItems(ReadOnlyMemory<byte> message, ref Utf8JsonReader json)
    {
        List<ReadOnlyMemory<byte>> items = [];
        Expect(json.Read() && json.TokenType == JsonTokenType.StartArray);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            Expect(json.TokenType == JsonTokenType.StartObject);
            var start = (int)json.TokenStartIndex;
            json.Skip();
            items.Add(message[start..(int)json.BytesConsumed]);
        }

        return items;
    }

    private static void Expect(bool isUsual)
    {
        if (!isUsual)
        {
            throw new MalformedPayloadException("The body has an unusual shape.", "");
        }
    }
}
