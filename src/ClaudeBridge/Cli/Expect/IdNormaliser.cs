using System.Text.RegularExpressions;

namespace ClaudeBridge.Cli.Expect;

/// <summary>Gives ids short names in order of appearance, so that two runs that differ only in ids read the same.</summary>
/// <remarks>Ids of the tree are registered by where they stand; ids inside texts are known by their form. One id has one name everywhere.</remarks>
internal sealed partial class IdNormaliser
{
    /// <summary>Shorter ids are replaced where a whole value is that id, not inside texts, where they may be a word.</summary>
    private const int ShortestInText = 8;

    private const int MatchTimeoutMilliseconds = 1000;

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>The short name of an id: the prefix and a number, from 1.</summary>
    public string Name(string prefix, string id)
    {
        if (!_names.TryGetValue(id, out var name))
        {
            var number = _counts.GetValueOrDefault(prefix) + 1;
            _counts[prefix] = number;
            _names[id] = name = prefix + number;
        }

        return name;
    }

    /// <summary>The text with every id in it replaced; null stays null.</summary>
    public string? Text(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return text;
        }

        if (_names.TryGetValue(text, out var whole))
        {
            return whole;
        }

        return IdInText().Replace(text, match => NameOf(match));
    }

    private string NameOf(Match match)
    {
        var id = match.Value;
        if (id.Length >= ShortestInText && _names.TryGetValue(id, out var known))
        {
            return known;
        }

        var prefix =
            match.Groups["req"].Success ? "request"
            : match.Groups["tool"].Success ? "toolUse"
            : match.Groups["msg"].Success ? "message"
            : match.Groups["uuid"].Success ? "uuid"
            : match.Groups["agent"].Success ? "agent"
            : "hex";
        return Name(prefix, id);
    }

    [GeneratedRegex(
        """
            (?<![0-9A-Za-z_])(
              (?<req>req_[0-9A-Za-z]{8,})
              |(?<tool>(srv)?toolu_[0-9A-Za-z_]{8,})
              |(?<msg>msg_[0-9A-Za-z]{8,})
              |(?<uuid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})
              |(?<agent>a(?=[a-f]*[0-9])[0-9a-f]{16})
              |(?<hex>(?=[0-9]*[a-f])(?=[a-f]*[0-9])([0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}|[0-9a-f]{16}))
            )(?![0-9A-Za-z])
            """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        MatchTimeoutMilliseconds
    )]
    private static partial Regex IdInText();
}
