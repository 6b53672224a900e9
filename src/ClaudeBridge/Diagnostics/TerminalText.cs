using System.Buffers;
using System.Globalization;
using System.Text;

namespace ClaudeBridge.Diagnostics;

/// <summary>Texts of strangers as a terminal, an editor or a reader of logs can be given them: nothing in them is obeyed, and nothing is hidden.</summary>
/// <remarks>
/// Escaped are control characters, line and paragraph separators, and what is not seen but acts: marks that turn the direction of writing round
/// (https://www.unicode.org/reports/tr9/), characters of no width, tags, and halves of characters.
/// </remarks>
internal static class TerminalText
{
    /// <summary>One line. Unseen characters are written as in JSON: <c>\n</c>, <c>\u202e</c>, <c>\udb40\udc41</c>.</summary>
    public static StringBuilder AppendEscaped(StringBuilder line, string text) => Append(line, text, isOneLine: true);

    /// <summary>Several lines: their breaks stay, everything else is escaped alike. JSON means the same as before.</summary>
    public static string Lines(string text) => Append(new StringBuilder(text.Length), text, isOneLine: false).ToString();

    /// <summary>Whether a character acts without being seen.</summary>
    public static bool IsUnseen(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator;

    private static StringBuilder Append(StringBuilder line, ReadOnlySpan<char> text, bool isOneLine)
    {
        while (!text.IsEmpty)
        {
            var isHalf = Rune.DecodeFromUtf16(text, out var rune, out var length) != OperationStatus.Done;
            if (isHalf || (IsUnseen(rune) && (isOneLine || rune.Value is not ('\n' or '\r'))))
            {
                Escape(line, text[..length]);
            }
            else
            {
                line.Append(text[..length]);
            }

            text = text[length..];
        }

        return line;
    }

    private static void Escape(StringBuilder line, ReadOnlySpan<char> units)
    {
        foreach (var unit in units)
        {
            _ = unit switch
            {
                '\n' => line.Append("\\n"),
                '\r' => line.Append("\\r"),
                '\t' => line.Append("\\t"),
                _ => line.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}"),
            };
        }
    }
}
