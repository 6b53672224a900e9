using System.Text.RegularExpressions;
using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions;

internal enum AttributeSide : byte
{
    /// <summary>The resource, then the record.</summary>
    Either,
    Resource,
    Record,
}

/// <summary>One attribute of a list: where it stands and under which key it is shown.</summary>
internal sealed record AttributionSource(string Key, AttributeSide Side, AttributeName Name);

/// <summary>One list of <see cref="AttributionOptions"/>, read.</summary>
internal sealed partial class AttributionList
{
    public const int MaxEntries = 64;

    private const string NameForm = "letters, digits and . _ - /, at most 128";
    private const string KeyForm = "letters, digits and . _ -, at most 64";

    private AttributionList(IReadOnlyList<AttributionSource> sources) => Sources = sources;

    public IReadOnlyList<AttributionSource> Sources { get; }

    /// <param name="text">As it was set.</param>
    /// <param name="withKeys">Whether entries may be <c>key=attribute</c>.</param>
    /// <param name="problems">Takes one sentence for each entry that cannot be used; what is left is in the list.</param>
    public static AttributionList Read(string text, bool withKeys, List<string> problems)
    {
        var sources = new List<AttributionSource>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var entries = text.Trim() is var whole && whole.Length == 0 || IsNone(whole) ? [] : text.Split(',', StringSplitOptions.TrimEntries);
        foreach (var entry in entries)
        {
            if (entry.Length > 0 && !seen.Add(entry))
            {
                problems.Add($"'{entry}' stands there twice.");
            }
            else if (IsNone(entry))
            {
                problems.Add($"'{entry}' is the empty list; it cannot stand beside others.");
            }
            else if (TryRead(entry, withKeys, out var problem) is { } source)
            {
                sources.Add(source);
            }
            else
            {
                problems.Add(problem);
            }
        }

        if (entries.Length > MaxEntries)
        {
            problems.Add($"It has {entries.Length} entries; at most {MaxEntries} are allowed.");
        }

        return new AttributionList(sources);
    }

    private static bool IsNone(string text) => text.Equals(Attribution.None, StringComparison.OrdinalIgnoreCase);

    private static AttributionSource? TryRead(string entry, bool withKeys, out string problem)
    {
        problem = "";
        var (key, attribute) = entry.IndexOf('=') is var at and >= 0 ? (entry[..at].Trim(), entry[(at + 1)..].Trim()) : (null, entry);
        if (key is not null && !withKeys)
        {
            problem = $"'{entry}' names a key; only the tags and the metadata have keys. Write '{attribute}'.";
            return null;
        }

        if (key is not null && !Key().IsMatch(key))
        {
            problem = $"'{entry}' has a key that cannot be used: it must be {KeyForm}.";
            return null;
        }

        var (side, name) =
            attribute.StartsWith("resource:", StringComparison.Ordinal) ? (AttributeSide.Resource, attribute["resource:".Length..])
            : attribute.StartsWith("record:", StringComparison.Ordinal) ? (AttributeSide.Record, attribute["record:".Length..])
            : (AttributeSide.Either, attribute);
        if (!Name().IsMatch(name))
        {
            problem =
                entry.Length == 0
                    ? "There is an empty entry: a comma too many."
                    : $"'{entry}' has no attribute name that can be used: it must be {NameForm}, with 'resource:' or 'record:' before it where only one side is meant.";
            return null;
        }

        if (key is null && withKeys && !Key().IsMatch(name))
        {
            problem = $"'{entry}' cannot be a key as it is; write KEY={attribute}, where KEY is {KeyForm}.";
            return null;
        }

        return new AttributionSource(key ?? name, side, Names.Of(name));
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.\-/]{1,128}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[A-Za-z0-9_.\-]{1,64}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Key();
}
