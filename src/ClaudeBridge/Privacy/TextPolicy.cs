using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Privacy;

/// <summary>What becomes of a text of some class: secrets first, then the rule of its class, so that no half of a secret is left where a text is cut.</summary>
internal sealed class TextPolicy
{
    /// <summary>Read beyond what is kept, in characters, so that a secret is known that begins in what is kept and ends behind it.</summary>
    private const int LookAhead = 8192;

    /// <summary>The longest address that mail systems take.</summary>
    private const int LongestAddress = 320;

    /// <summary>What the client itself writes for what it withholds.</summary>
    public const string Dropped = "<REDACTED>";

    private const string HashPrefix = "sha256:";
    private const int HashHexLength = 16;
    private const string CutBegin = " [truncated: first ";
    private const string CutMiddle = " of ";
    private const string CutEnd = " characters]";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private static readonly ContentClass[] Classes = [.. Enum.GetValues<ContentClass>().Where(static one => int.IsPow2((int)one))];

    /// <summary>Not the user <c>git</c> of repository addresses.</summary>
    private static readonly Regex Address = new(
        @"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant
    );

    private readonly Dictionary<ContentClass, ContentRule> _rules = [];
    private readonly ContentRule _keep;
    private readonly SecretMasker? _masker;
    private readonly byte[]? _hashKey;
    private readonly bool _rewritesProperties;

    public TextPolicy(PrivacyOptions options)
    {
        _keep = ContentRule.Keep(options.MaxLength);
        foreach (var (_, content, value) in options.Fields)
        {
            _rules[content] = ContentRule.TryParse(value, options.MaxLength, out var rule) ? rule : new(RuleKind.Drop, 0);
        }

        _masker = options.MaskSecrets || options.SecretPatterns.Count > 0 ? new(options.SecretPatterns, options.MaskSecrets) : null;
        _hashKey = string.IsNullOrEmpty(options.HashKey) ? null : Encoding.UTF8.GetBytes(options.HashKey);
        KeepsAll = _rules.Values.All(static rule => rule.Kind == RuleKind.Keep);
        HidesAddresses = _rules[ContentClass.Email].IsWithheld;
        _rewritesProperties = _rules[ContentClass.Paths].Kind != RuleKind.Keep || _rules[ContentClass.Commands].Kind != RuleKind.Keep;
    }

    /// <summary>No class has a rule of its own: classes need not be looked up.</summary>
    public bool KeepsAll { get; }

    public bool HidesAddresses { get; }

    /// <summary>The strictest of several classes; of none, what every text has to fit into.</summary>
    public ContentRule RuleOf(ContentClass content)
    {
        var rule = _keep;
        if (!KeepsAll && content != ContentClass.None)
        {
            foreach (var one in Classes)
            {
                rule = (content & one) != ContentClass.None ? ContentRule.Stricter(rule, _rules[one]) : rule;
            }
        }

        return rule;
    }

    /// <summary>True when nothing of this length and class can change but by secrets.</summary>
    public bool IsUntouched(string text) => KeepsAll && text.Length <= _keep.Length && _masker?.CanHoldSecret(text) != true;

    /// <param name="text">Any text.</param>
    /// <param name="content">Its classes.</param>
    /// <param name="keepsStructure">Whether values that only say what was called stay in a JSON text that is withheld.</param>
    /// <returns>The same instance when nothing changed.</returns>
    public string Apply(string text, ContentClass content, bool keepsStructure = false)
    {
        if (text.Length == 0 || IsUntouched(text))
        {
            return text;
        }

        var rule = RuleOf(content);
        if (rule.IsWithheld)
        {
            return keepsStructure && JsonTexts.Rewrite(text, (name, value) => WithoutStructure(name, value, rule)) is { } structure
                ? Truncate(structure, _keep.Length)
                : Withhold(text, rule);
        }

        if (text.Length - LookAhead > rule.Length && ReadCut(text) is var (kept, original) && kept > rule.Length)
        {
            // However long a text is, no more of it is searched than could be kept.
            var near = Search(text[..(rule.Length + LookAhead)], content);
            return Cut(near, Math.Clamp(near.Length - LookAhead, 0, rule.Length), original);
        }

        return Truncate(Search(text, content), rule.Length);
    }

    /// <summary>Whether an attribute's name and value need no second look, secrets in the value left aside.</summary>
    public bool IsHarmlessName(string name) => _masker?.IsHarmlessName(name) != false;

    /// <summary>Whether a value is a secret by the name that it stands under.</summary>
    public bool IsSecret(string name, string value) => _masker?.IsSecret(name, value) == true;

    /// <summary>Whether the whole text is one address.</summary>
    public static bool IsAddress(string text) =>
        text.Length <= LongestAddress
        && text.Contains('@', StringComparison.Ordinal)
        && Address.Match(text) is { Success: true } match
        && match.Length == text.Length;

    /// <summary>Whether this is what a rule leaves of a text.</summary>
    public static bool IsShortened(string text) => text == Dropped || IsHash(text) || ReadCut(text).Kept < text.Length;

    /// <summary>Without secrets, and without the properties and addresses that are withheld.</summary>
    private string Search(string text, ContentClass content)
    {
        var result = _masker?.Mask(text) ?? text;
        if (_rewritesProperties && (content & ContentClass.ToolResult) != ContentClass.None)
        {
            result = JsonTexts.Rewrite(result, WithoutProperty) ?? (content == ContentClass.ToolInput ? Unreadable(result) : result);
        }

        return WithoutAddresses(result);
    }

    private string WithoutStructure(string? name, string value, ContentRule rule) =>
        ContentNames.IsStructural(name) ? Apply(value, ContentClass.None) : Withhold(value, rule);

    private string WithoutProperty(string? name, string value) =>
        ContentNames.ClassOfProperty(name) is var content
        && content != ContentClass.None
        && RuleOf(content) is { Kind: not RuleKind.Keep } rule
            ? rule.IsWithheld
                ? Withhold(value, rule)
                : Truncate(value, rule.Length)
            : value;

    /// <summary>A tool's input that is no JSON: it may be the path or the command itself.</summary>
    private string Unreadable(string text)
    {
        var rule = RuleOf(ContentClass.Paths | ContentClass.Commands);
        return rule.IsWithheld ? Withhold(text, rule) : Truncate(text, rule.Length);
    }

    private string WithoutAddresses(string text)
    {
        if (!HidesAddresses || !text.Contains('@', StringComparison.Ordinal))
        {
            return text;
        }

        var rule = _rules[ContentClass.Email];
        return Address.Replace(
            text,
            match =>
            {
                // An escaped line break before an address is no part of it.
                var skip =
                    match.Index > 0 && text[match.Index - 1] == '\\' && match.ValueSpan is ['n' or 'r' or 't' or 'b' or 'f', not '@', ..]
                        ? 1
                        : 0;
                return match.ValueSpan.StartsWith("git@") ? match.Value : match.Value[..skip] + Withhold(match.Value[skip..], rule);
            }
        );
    }

    private string Withhold(string text, ContentRule rule) =>
        text == Dropped || text.Length == 0 || IsHash(text) ? text
        : rule.Kind == RuleKind.Drop ? Dropped
        : Hash(text);

    private static bool IsHash(string text) =>
        text.Length == HashPrefix.Length + HashHexLength
        && text.StartsWith(HashPrefix, StringComparison.Ordinal)
        && !text.AsSpan(HashPrefix.Length).ContainsAnyExcept(HexDigits);

    private string Hash(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var hash = _hashKey is null ? SHA256.HashData(bytes) : HMACSHA256.HashData(_hashKey, bytes);
        return HashPrefix + Convert.ToHexStringLower(hash)[..HashHexLength];
    }

    private static string Truncate(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        var (kept, original) = ReadCut(text);
        if (kept <= length)
        {
            return text;
        }

        return Cut(text, length, original);
    }

    private static string Cut(string text, int length, int original)
    {
        // Half of a surrogate pair is no character.
        length -= length > 0 && char.IsHighSurrogate(text[length - 1]) ? 1 : 0;
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, length)}{CutBegin}{length}{CutMiddle}{original}{CutEnd}");
    }

    /// <summary>What is left of a text that was cut before, and how long it once was; of any other, its length.</summary>
    private static (int Kept, int Original) ReadCut(string text)
    {
        var begin = text.EndsWith(CutEnd, StringComparison.Ordinal) ? text.LastIndexOf(CutBegin, StringComparison.Ordinal) : -1;
        var numbers = begin < 0 ? [] : text[(begin + CutBegin.Length)..^CutEnd.Length].Split(CutMiddle);
        return
            numbers.Length == 2
            && int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var kept)
            && int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var original)
            && kept == begin
            ? (kept, original)
            : (text.Length, text.Length);
    }
}
