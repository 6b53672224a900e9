using System.Text;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store.Pages;

/// <summary>Searching by text: words of a prompt or an answer, or the beginning of an id. What a person types never becomes part of a query's syntax.</summary>
internal static class TextConditions
{
    /// <summary>Words that count; the rest of a longer text is not looked at.</summary>
    private const int MostWords = 16;

    /// <summary>Characters of a word that count.</summary>
    private const int LongestWord = 100;

    /// <summary>Shorter beginnings of ids would find nearly everything.</summary>
    private const int ShortestId = 4;

    public static Conditions Add(Conditions to, string text)
    {
        var words = Words(text);
        var any = new List<string>();
        if (Query(words) is { Length: > 0 } query)
        {
            any.Add($"t.id IN (SELECT w.rowid / 2 FROM words w WHERE words MATCH {to.Value(query)})");
        }

        if (words is [{ Length: >= ShortestId } id])
        {
            AddIds(to, id, any);
        }

        // What cannot be searched for, such as punctuation alone, stands in no text: it must not find everything.
        return to.And(any.Count == 0 ? "0" : string.Join(" OR ", any));
    }

    /// <summary>Every word quoted, so that no sign in it means anything; the last one may go on.</summary>
    private static string Query(IReadOnlyList<string> words)
    {
        var searched = words.Where(static word => word.EnumerateRunes().Any(Rune.IsLetterOrDigit)).ToList();
        return searched.Count == 0
            ? ""
            : string.Join(' ', searched.Select(static word => $"\"{word.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) + "*";
    }

    private static List<string> Words(string text) =>
        [
            .. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
                .Select(static word => Clean(word))
                .Where(static word => word.Length > 0)
                .Take(MostWords),
        ];

    /// <summary>Without what SQLite would end a text at, and without halves of characters.</summary>
    private static string Clean(string word)
    {
        var clean = new StringBuilder();
        foreach (var rune in word.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > LongestWord)
            {
                break;
            }

            if (rune != Rune.ReplacementChar && !Rune.IsControl(rune))
            {
                clean.Append(rune);
            }
        }

        return clean.ToString();
    }

    private static void AddIds(Conditions to, string id, List<string> any)
    {
        var parameter = to.Value(id);
        // SQLite counts characters, not their halves.
        var length = id.EnumerateRunes().Count();
        any.Add($"substr(t.session_id, 1, {length}) = {parameter} COLLATE NOCASE");
        any.Add($"substr(t.prompt_id, 1, {length}) = {parameter} COLLATE NOCASE");
        // Case tells apart request ids, which are no hex digits; a range goes by the index.
        any.Add(
            $"t.id IN (SELECT o.trace FROM observations o WHERE o.request_id >= {parameter} AND o.request_id < {parameter} || char(1114111))"
        );
        if (
            id.Length <= 32
            && TraceId.TryParse(id.PadRight(32, '0'), out var lowest)
            && TraceId.TryParse(id.PadRight(32, 'f'), out var highest)
        )
        {
            any.Add($"t.trace_id BETWEEN {to.Value(lowest.ToBytes())} AND {to.Value(highest.ToBytes())}");
        }
    }
}
