namespace ClaudeBridge.Diagnostics;

/// <summary>Finds what was probably meant by a name that does not exist.</summary>
internal static class NearestName
{
    /// <summary>The name that takes the fewest changes to come from the given one, whatever the letter case; null when there are no names.</summary>
    public static string? To(string given, IEnumerable<string> names) => names.MinBy(name => Distance(name, given));

    /// <summary>Levenshtein's: insertions, deletions and replacements.</summary>
    public static int Distance(string known, string given)
    {
        var row = Enumerable.Range(0, given.Length + 1).ToArray();
        foreach (var letter in known)
        {
            var diagonal = row[0]++;
            for (var column = 1; column < row.Length; column++)
            {
                var same = char.ToLowerInvariant(letter) == char.ToLowerInvariant(given[column - 1]);
                var changed = diagonal + (same ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.Min(changed, Math.Min(row[column], row[column - 1]) + 1);
            }
        }

        return row[^1];
    }
}
