using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace ClaudeBridge.Privacy;

/// <summary>Replaces secrets in a text by markers. What was masked once stays as it is.</summary>
/// <remarks>Most texts have no secret: one vectorised search for the hints of all kinds lets them pass. Safe for many callers.</remarks>
/// <param name="customPatterns">Further expressions that <see cref="PrivacyOptionsRules"/> has found good.</param>
/// <param name="usesBuiltIn">Whether the known kinds are masked as well.</param>
internal sealed class SecretMasker(IEnumerable<string> customPatterns, bool usesBuiltIn = true)
{
    private const string MarkerBegin = "[masked:";

    private const int LongestMarker = 40;

    /// <summary>Nothing that is shorter can hold a secret and say that it is one.</summary>
    private const int ShortestText = 8;

    /// <summary>The shortest key that is known by its own form.</summary>
    private const int ShortestKey = 14;

    /// <summary>One of these stands between a secret and the word that tells of it. Ids and names have none, and most values are these.</summary>
    private static readonly SearchValues<char> Separators = SearchValues.Create(" \t\r\n\v\f=:,\u0085\u00a0");

    private readonly Regex[] _custom = [.. customPatterns.Select(SecretPatterns.Custom)];

    /// <summary>False says for certain that there is none, and is cheap to know.</summary>
    public bool CanHoldSecret(string text) => _custom.Length > 0 || (usesBuiltIn && HasHint(text));

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

    private static bool HasHint(string text)
    {
        var span = text.AsSpan();
        return span.Length >= ShortestText
            && (
                span.ContainsAny(Separators)
                    ? span.ContainsAny(SecretPatterns.Ordinal) || span.ContainsAny(SecretPatterns.Words)
                    : span.Length >= ShortestKey && span.ContainsAny(SecretPatterns.Ordinal)
            );
    }

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
