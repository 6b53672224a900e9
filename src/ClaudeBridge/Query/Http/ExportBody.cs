using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ClaudeBridge.Query.Http;

/// <summary>Writes the rows of an export in one of its formats.</summary>
internal sealed class ExportBody<T>(IBufferWriter<byte> to, string mediaType, JsonTypeInfo<T> shape, IReadOnlyList<Column<T>> columns)
{
    private readonly Csv _csv = new();
    private bool _hasBegun;
    private bool _isFirst = true;

    public void Write(IReadOnlyList<T> rows)
    {
        Begin();
        foreach (var row in rows)
        {
            if (mediaType == MediaType.Csv)
            {
                _csv.Row(row, columns);
                continue;
            }

            if (mediaType == MediaType.Json)
            {
                Text(_isFirst ? "\n" : ",\n");
                _isFirst = false;
            }

            to.Write(JsonSerializer.SerializeToUtf8Bytes(row, shape));
            Text(mediaType == MediaType.Lines ? "\n" : "");
        }

        Text(_csv.Take());
    }

    /// <param name="next">Where to go on; null when all was written.</param>
    public void End(string? next)
    {
        if (mediaType == MediaType.Csv)
        {
            Text(next is null ? "" : _csv.Note($"# truncated; go on with cursor={next}").Take());
        }
        else if (mediaType == MediaType.Json)
        {
            Text($"\n],\"truncated\":{(next is null ? "false" : "true")},\"next\":{JsonOf(next)}}}\n");
        }
        else if (next is not null)
        {
            Text($"{{\"truncated\":true,\"next\":{JsonOf(next)}}}\n");
        }
    }

    private void Begin()
    {
        if (_hasBegun)
        {
            return;
        }

        _hasBegun = true;
        if (mediaType == MediaType.Csv)
        {
            _csv.Header(columns);
        }
        else if (mediaType == MediaType.Json)
        {
            Text("{\"items\":[");
        }
    }

    private static string JsonOf(string? text) => text is null ? "null" : $"\"{JsonEncodedText.Encode(text)}\"";

    private void Text(string text) => Encoding.UTF8.GetBytes(text, to);
}
