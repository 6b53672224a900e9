using System.Globalization;

namespace ClaudeBridge.Privacy;

internal enum RuleKind
{
    Keep,
    Truncate,
    Hash,
    Drop,
}

/// <summary>What happens to a class of contents.</summary>
/// <param name="Length">Characters that stay, of a text that is kept or truncated.</param>
internal readonly record struct ContentRule(RuleKind Kind, int Length)
{
    private const string TruncatePrefix = "truncate(";

    /// <param name="maxLength">What is kept at most.</param>
    public static ContentRule Keep(int maxLength) => new(RuleKind.Keep, maxLength);

    /// <param name="text"><c>keep</c>, <c>truncate(n)</c>, <c>hash</c> or <c>drop</c>.</param>
    /// <param name="maxLength">What is kept at most, in characters.</param>
    public static bool TryParse(string? text, int maxLength, out ContentRule rule)
    {
        var plain = text?.Trim().ToLowerInvariant() ?? "";
        rule = plain switch
        {
            "keep" => Keep(maxLength),
            "hash" => new(RuleKind.Hash, 0),
            "drop" => new(RuleKind.Drop, 0),
            _ => new(RuleKind.Truncate, 0),
        };
        if (rule.Kind != RuleKind.Truncate)
        {
            return true;
        }

        if (
            !plain.StartsWith(TruncatePrefix, StringComparison.Ordinal)
            || !plain.EndsWith(')')
            || !int.TryParse(
                plain.AsSpan(TruncatePrefix.Length, plain.Length - TruncatePrefix.Length - 1),
                NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture,
                out var length
            )
            || length < 1
            || length > maxLength
        )
        {
            return false;
        }

        rule = rule with { Length = length };
        return true;
    }

    /// <summary>Drop before hash before the shorter length.</summary>
    public static ContentRule Stricter(ContentRule one, ContentRule other) =>
        one.IsWithheld || other.IsWithheld ? (one.Kind >= other.Kind ? one : other)
        : one.Length <= other.Length ? one
        : other;

    /// <summary>Nothing of the text itself is kept.</summary>
    public bool IsWithheld => Kind is RuleKind.Hash or RuleKind.Drop;
}
