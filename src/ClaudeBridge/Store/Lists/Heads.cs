using System.Globalization;
using System.Text;

namespace ClaudeBridge.Store.Lists;

/// <summary>Beginnings of texts.</summary>
internal static class Heads
{
    /// <summary>Characters of a beginning as lists show it.</summary>
    public const int Length = 200;

    /// <summary>The beginning of a text on one line: white space becomes one space, what cannot be seen is left out. Null when nothing is left.</summary>
    public static string? OneLine(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var line = new StringBuilder(Length);
        var isSpaceDue = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                isSpaceDue = line.Length > 0;
                continue;
            }

            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned)
            {
                continue;
            }

            if (line.Length + rune.Utf16SequenceLength + (isSpaceDue ? 1 : 0) > Length)
            {
                return Shortened(line);
            }

            if (isSpaceDue)
            {
                line.Append(' ');
                isSpaceDue = false;
            }

            line.Append(rune);
        }

        return line.Length == 0 ? null : line.ToString();
    }

    /// <summary>At most so many characters; never half of one that takes two.</summary>
    public static string? Cut(string? text, int length, ref bool wasCut)
    {
        if (text is null || text.Length <= length)
        {
            return text;
        }

        wasCut = true;
        var end = length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
        return text[..end];
    }

    private static string Shortened(StringBuilder line)
    {
        if (line.Length > Length - 1)
        {
            line.Length = char.IsLowSurrogate(line[Length - 1]) ? Length - 2 : Length - 1;
        }

        return line.Append('…').ToString();
    }
}
