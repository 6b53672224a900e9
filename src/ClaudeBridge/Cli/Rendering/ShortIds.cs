namespace ClaudeBridge.Cli.Rendering;

/// <summary>The beginnings of ids that tell each from all others.</summary>
internal sealed class ShortIds
{
    private readonly Dictionary<string, string> _short = new(StringComparer.Ordinal);

    private ShortIds() { }

    public string this[string id] => _short.GetValueOrDefault(id, id);

    /// <summary>At least eight characters each, and one more than it shares with its nearest neighbour.</summary>
    public static ShortIds Of(IReadOnlyCollection<string> ids)
    {
        var sorted = ids.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var found = new ShortIds();
        for (var i = 0; i < sorted.Count; i++)
        {
            var before = i > 0 ? sorted[i].AsSpan().CommonPrefixLength(sorted[i - 1]) : 0;
            var after = i + 1 < sorted.Count ? sorted[i].AsSpan().CommonPrefixLength(sorted[i + 1]) : 0;
            var length = Math.Max(Texts.ShortIdLength, Math.Max(before, after) + 1);
            found._short.Add(sorted[i], sorted[i][..Math.Min(length, sorted[i].Length)]);
        }

        return found;
    }
}
