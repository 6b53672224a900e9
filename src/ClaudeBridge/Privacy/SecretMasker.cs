using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace ClaudeBridge.Privacy;

/// <summary>Replaces secrets in a text by markers. What was masked once stays as it is.</summary>
/// <remarks>Most texts have no secret: one vectorised search for the hints of all kinds lets them pass. Safe for many callers.</remarks>
/// <param name="customPatterns">Further expressions that <see cref="PrivacyOptionsRules"/> has found good.</param>
/// <param name="usesBuiltIn">Whether the known kinds are masked as well.</param>
internal sealed class SecretMasker(IEnumerable<string> customPatterns, bool usesBuiltIn = true)
{
    /// <summary>Stands for a value that is a secret by its name.</summary>
    public const string Marker = MarkerBegin + "secret]";

    private const string MarkerBegin = "[masked:";

    private const int LongestMarker = 40;

    private const int PlacesOfNames = 4096;

    /// <summary>So that remembered names stay small.</summary>
    private const int LongestKnownName = 100;

    /// <summary>Nothing that is shorter can hold a secret and say that it is one.</summary>
    private const int ShortestText = 8;

    /// <summary>The shortest key that is known by its own form.</summary>
    private const int ShortestKey = 14;

    /// <summary>The shortest of all others than <see cref="SecretPatterns.Short"/>.</summary>
    private const int ShortestOfMostKeys = 20;

    /// <summary>
    /// One of these stands between a secret and the word that tells of it, or a blank that is not ASCII. Ids and names have none, and most values
    /// are these.
    /// </summary>
    private static readonly SearchValues<char> Separators = SearchValues.Create(" \t\r\n\v\f=:,%>");

    /// <summary>Of these alone are UUIDs, hashes, numbers and times; every hint has another.</summary>
    private static readonly SearchValues<char> Harmless = SearchValues.Create("0123456789abcdef-+.:TZ");

    private static readonly SearchValues<char> LettersAndDigits = SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    );

    /// <summary>Names that were found harmless, by a hash of theirs: records repeat a few dozen names for ever.</summary>
    private readonly string?[] _harmlessNames = new string?[PlacesOfNames];

    private readonly Regex[] _custom = [.. customPatterns.Select(SecretPatterns.Custom)];

    /// <summary>What is set up once is set up at the start: where memory runs out in the middle of it, the runtime would never try it again.</summary>
    static SecretMasker()
    {
        RuntimeHelpers.RunClassConstructor(typeof(SecretPatterns).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(Assignments).TypeHandle);
    }

    /// <summary>False says for certain that there is none, and is cheap to know.</summary>
    public bool CanHoldSecret(string text) => _custom.Length > 0 || (usesBuiltIn && HasHint(text));

    /// <summary>Neither holds a name a secret, nor is one called by it.</summary>
    public bool IsHarmlessName(string name)
    {
        if (name.Length == 0)
        {
            return true;
        }

        var place = PlaceOf(name);
        if (_harmlessNames[place] is { } known && known == name)
        {
            return true;
        }

        var isHarmless = !CanHoldSecret(name) && !(usesBuiltIn && Assignments.IsNameOfSecret(name));
        if (isHarmless && name.Length <= LongestKnownName)
        {
            _harmlessNames[place] = name;
        }

        return isHarmless;
    }

    /// <summary>Whether a value is a secret by the name that it stands under.</summary>
    public bool IsSecret(string name, string value) => usesBuiltIn && Assignments.IsSecret(name, value);

    /// <returns>The same instance when nothing was found.</returns>
    public string Mask(string text)
    {
        if (usesBuiltIn && HasHint(text))
        {
            foreach (var pattern in SecretPatterns.BuiltIn)
            {
                if (text.AsSpan().ContainsAny(pattern.Hints))
                {
                    text = Replace(text, pattern.Pattern, pattern.Kind, pattern.Accepts);
                }
            }
        }

        foreach (var pattern in _custom)
        {
            text = Replace(text, pattern, SecretPatterns.CustomKind, null);
        }

        return text;
    }

    private static int PlaceOf(string name)
    {
        var (length, hash) = (name.Length, (uint)name.Length);
        hash = (hash * 31) + name[0];
        hash = (hash * 31) + name[length / 3];
        hash = (hash * 31) + name[length / 2];
        hash = (hash * 31) + name[length * 2 / 3];
        hash = (hash * 31) + name[^1];
        return (int)((hash ^ (hash >> 12)) % PlacesOfNames);
    }

    /// <remarks>Several small searches are much faster than one for all hints: few hints share their letters then.</remarks>
    private static bool HasHint(string text)
    {
        var span = text.AsSpan();
        if (span.Length < ShortestText || !span.ContainsAnyExcept(Harmless))
        {
            return false;
        }

        if (span.ContainsAny(Separators) || !Ascii.IsValid(span))
        {
            return HasKey(span) || span.ContainsAny(SecretPatterns.Loose) || span.ContainsAny(SecretPatterns.Words);
        }

        return span.Length >= ShortestOfMostKeys
            ? !IsId(span) && HasKey(span)
            : span.Length >= ShortestKey && span.ContainsAny(SecretPatterns.Short);
    }

    private static bool HasKey(ReadOnlySpan<char> text) =>
        text.ContainsAny(SecretPatterns.Ordinal)
        || text.ContainsAny(SecretPatterns.Others)
        || text.Contains(SecretPatterns.Twilio, StringComparison.Ordinal);

    /// <summary>The ids on every record: of requests, tool uses and messages.</summary>
    private static bool IsId(ReadOnlySpan<char> text) =>
        (text.StartsWith("req_") || text.StartsWith("toolu_") || text.StartsWith("msg_"))
        && !text[(text.IndexOf('_') + 1)..].ContainsAnyExcept(LettersAndDigits);

    private static string Replace(string text, Regex pattern, string kind, Func<Match, string, bool>? accepts)
    {
        StringBuilder? masked = null;
        var copied = 0;
        for (var match = pattern.Match(text); match.Success; match = match.NextMatch())
        {
            var secret = SecretPatterns.SecretOf(match);
            if (secret.Length == 0 || accepts?.Invoke(match, text) == false || IsInMarker(text, secret.Index))
            {
                continue;
            }

            masked ??= new StringBuilder(text.Length);
            masked.Append(text, copied, secret.Index - copied).Append(MarkerBegin).Append(kind).Append(']');
            copied = secret.Index + secret.Length;
        }

        return masked?.Append(text, copied, text.Length - copied).ToString() ?? text;
    }

    /// <summary>Whether a marker has begun before a place and not ended.</summary>
    private static bool IsInMarker(string text, int place)
    {
        var from = Math.Max(0, place - LongestMarker);
        var before = text.AsSpan(from, Math.Min(place + MarkerBegin.Length, text.Length) - from);
        var begin = before.LastIndexOf(MarkerBegin, StringComparison.Ordinal);
        return begin >= 0 && text.IndexOf(']', from + begin) >= place;
    }
}
