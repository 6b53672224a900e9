namespace ClaudeBridge.Store.Pages;

/// <summary>Going on where a page ended: by the value that a list is ordered by, the largest first, then by what tells equal ones apart.</summary>
internal static class Keyset
{
    /// <summary>Entries of one page at most, whatever is asked for.</summary>
    public const int MostEntries = 1000;

    /// <summary>Characters of a key that go into a cursor.</summary>
    private const int LongestKey = 400;

    public static int Limit(int asked) => Math.Clamp(asked, 1, MostEntries);

    /// <summary>A row value of keys is compared from left to right, as ORDER BY does.</summary>
    /// <param name="value">The column that the list is ordered by.</param>
    /// <param name="keys">The columns that follow it, ascending.</param>
    public static void AddAfter(Conditions to, string value, string keys, long lastValue, IReadOnlyList<object> lastKeys)
    {
        var last = to.Value(lastValue);
        var bound = string.Join(", ", lastKeys.Select(to.Value));
        // The first part lets SQLite begin in the index.
        to.And($"{value} <= {last} AND ({value} < {last} OR ({keys}) > ({bound}))");
    }

    /// <summary>A key that is too long for a cursor stands for all that begin like it: none of them comes again.</summary>
    public static string Key(string text) => text.Length <= LongestKey ? text : text[..LongestKey] + '\uffff';
}
