using ClaudeBridge.ClaudeCode;
using OpenTelemetry.Proto.Common.V1;

namespace ClaudeBridge.Sessions;

/// <summary>A record's attributes as people read them.</summary>
internal static class RecordText
{
    /// <summary>Sorted by name; of attributes of one name the first. Values of lists and maps are JSON.</summary>
    /// <param name="maxLength">Characters of each name and value at most.</param>
    public static SortedDictionary<string, string> AttributesOf(Fact fact, int maxLength)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (KeyValue pair in fact.Log is { } log ? LogShapes.AttributesOf(log) : fact.Span?.Attributes ?? [])
        {
            texts.TryAdd(Cut(pair.Key, maxLength), Cut(pair.Value is { } value ? Values.Text(value) : "", maxLength));
        }

        return texts;
    }

    /// <summary>A record that carries the prompt.</summary>
    public static bool IsPrompt(Fact fact) => fact.Kind is RecordKind.UserPrompt or RecordKind.InteractionSpan;

    private static string Cut(string text, int maxLength) =>
        text.Length <= maxLength ? text : text[..(char.IsHighSurrogate(text[maxLength - 1]) ? maxLength - 1 : maxLength)];
}
