using System.Buffers;
using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace ClaudeBridge.Privacy;

/// <summary>Tells <c>password=hunter2</c> from <c>max_tokens=4096</c>, <c>token: string</c> and <c>secret = config.secret</c>.</summary>
internal static class Assignments
{
    /// <summary>In characters.</summary>
    private const int ShortestValue = 4;

    /// <summary>Headers stand apart from their names as well.</summary>
    private static readonly string[] NameKeywords = [.. SecretPatterns.Keywords, "authorization", "cookie"];

    private static readonly SearchValues<char> Numeric = SearchValues.Create("0123456789._+-kKmM%");

    /// <summary>Names that end so speak about a secret and do not hold one.</summary>
    private static readonly string[] HarmlessEnds =
    [
        "name",
        "id",
        "ids",
        "type",
        "count",
        "counts",
        "length",
        "path",
        "file",
        "url",
        "uri",
        "ttl",
        "limit",
        "limits",
        "budget",
        "usage",
        "used",
        "total",
        "endpoint",
        "size",
        "expiry",
        "expires",
        "policy",
        "field",
        "label",
        "mode",
        "placeholder",
        "prompt",
        "error",
        "status",
        "source",
        "version",
        "manager",
        "store",
        "required",
        "enabled",
    ];

    private static readonly FrozenSet<string> HarmlessValues = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "true",
        "false",
        "null",
        "none",
        "nil",
        "undefined",
        "string",
        "number",
        "boolean",
        "integer",
        "object",
        "required",
        "optional",
        "redacted",
        "unknown",
        "password",
        "secret",
        "token",
        "include",
        "omit",
        "same-origin"
    );

    /// <param name="match">Groups: <c>k</c> the keyword, <c>r</c> the rest of the name, <c>e</c> the sign between, <c>s</c> the value, <c>u</c> when it is not quoted.</param>
    /// <param name="text">Where it was found.</param>
    public static bool IsSecret(Match match, string text)
    {
        var value = match.Groups["s"].ValueSpan;
        return SecretPatterns.IsLiteral(match, text)
            && !IsAboutSecrets(match.Groups["k"].ValueSpan, match.Groups["r"].ValueSpan)
            && !HarmlessValues.Contains(value.ToString())
            && !IsFolder(match.Groups["k"].ValueSpan, value)
            && !IsCount(match.Groups["k"].ValueSpan, value)
            && !(match.Groups["u"].Success && IsCode(match, text));
    }

    /// <summary>Whether an attribute of this name can be a secret.</summary>
    public static bool IsNameOfSecret(string name) => KeywordOf(name, out var rest) is { } keyword && !IsAboutSecrets(keyword, rest);

    /// <summary>The same for a name and a value that stand apart.</summary>
    public static bool IsSecret(string name, string value) =>
        value.Length >= ShortestValue
        && SecretPatterns.IsLiteral(value)
        && KeywordOf(name, out var rest) is { } keyword
        && !IsAboutSecrets(keyword, rest)
        && !HarmlessValues.Contains(value)
        && !IsFolder(keyword, value)
        && !IsCount(keyword, value);

    /// <summary>The first keyword in a name, and what follows it.</summary>
    private static string? KeywordOf(string name, out ReadOnlySpan<char> rest)
    {
        string? first = null;
        var place = int.MaxValue;
        foreach (var keyword in NameKeywords)
        {
            if (name.IndexOf(keyword, StringComparison.OrdinalIgnoreCase) is >= 0 and var found && found < place)
            {
                (first, place) = (keyword, found);
            }
        }

        rest = first is null ? [] : name.AsSpan(place + first.Length);
        return first;
    }

    private static bool IsFolder(ReadOnlySpan<char> keyword, ReadOnlySpan<char> value) =>
        value is ['/' or '~' or '.', ..] && keyword.Equals("pwd", StringComparison.OrdinalIgnoreCase);

    /// <summary>The name goes on in a way that makes it another word (tokenizer, tokens), or ends in what speaks about a secret.</summary>
    private static bool IsAboutSecrets(ReadOnlySpan<char> keyword, ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty)
        {
            return false;
        }

        // The rest of credentials and of SECRETS=...; of tokens only counts are known.
        var isPlural = rest is ['s' or 'S'] && !keyword.Equals("token", StringComparison.OrdinalIgnoreCase);
        if (!isPlural && rest[0] is (>= 'a' and <= 'z') && !IsCompound(rest))
        {
            return true;
        }

        foreach (var end in HarmlessEnds)
        {
            if (rest.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return rest.EndsWith("tokens", StringComparison.OrdinalIgnoreCase) || rest is ['S'] && !isPlural;
    }

    /// <summary>Two words written as one, as in <c>secretkey</c>.</summary>
    private static bool IsCompound(ReadOnlySpan<char> rest) =>
        rest.StartsWith("key", StringComparison.OrdinalIgnoreCase)
        || rest.StartsWith("value", StringComparison.OrdinalIgnoreCase)
        || rest.StartsWith("access", StringComparison.OrdinalIgnoreCase);

    private static bool IsCount(ReadOnlySpan<char> keyword, ReadOnlySpan<char> value) =>
        keyword.Equals("token", StringComparison.OrdinalIgnoreCase) && !value.ContainsAnyExcept(Numeric);

    /// <summary>An identifier, a member or a call is code and no value, unless it is written as the shell writes it: without blanks.</summary>
    private static bool IsCode(Match match, string text)
    {
        var value = match.Groups["s"].ValueSpan;
        var end = match.Index + match.Length;
        var isCall = end < text.Length && text[end] is '(' or '[';
        var isTight = match.Groups["e"].ValueSpan is "=";
        var isIdentifier = !value.ContainsAnyInRange('0', '9') && IsMember(value);
        return (isIdentifier && (isCall || !isTight || value.Contains('.')))
            || value.StartsWith("process.env")
            || value.StartsWith("os.environ");
    }

    private static bool IsMember(ReadOnlySpan<char> value)
    {
        foreach (var letter in value)
        {
            if (!char.IsAsciiLetter(letter) && letter is not ('_' or '.' or '?' or '!' or '-' or ':'))
            {
                return false;
            }
        }

        return true;
    }
}
