using System.Globalization;
using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Collects an observation's metadata: sorted, as text, nothing empty.</summary>
internal sealed class Metadata
{
    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Values => _values;

    public Metadata Add(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _values.TryAdd(name, value);
        }

        return this;
    }

    public Metadata Add(string name, long? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public Metadata AddAll(IEnumerable<KeyValuePair<string, string>> values)
    {
        foreach (var (name, value) in values)
        {
            Add(name, value);
        }

        return this;
    }

    /// <summary>Leaves zero out.</summary>
    public Metadata AddCount(string name, long value) => value == 0 ? this : Add(name, value);

    public Metadata AddFlag(string name, bool isTrue) => isTrue ? Add(name, "true") : this;

    public Metadata AddTime(string name, ulong? unixNano) =>
        Add(
            name,
            unixNano is { } time
                ? Clock.ToTime(time).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture)
                : null
        );

    /// <summary>The first of the parts that has the attribute counts.</summary>
    public Metadata Add(string name, IEnumerable<Fact> parts, AttributeName attribute) => Add(name, First(parts, attribute));

    /// <summary>The first lengths, in characters, of contents of which less was kept than came: <c>original_length.NAME</c>.</summary>
    public Metadata AddOriginalLengths(IEnumerable<Fact> parts)
    {
        foreach (var part in parts)
        {
            foreach (var pair in part.Log?.Attributes ?? part.Span!.Attributes)
            {
                if (pair.Key.StartsWith(Names.OriginalLengthPrefix, StringComparison.Ordinal) && pair.Value is { } length)
                {
                    Add(OriginalLength(pair.Key[Names.OriginalLengthPrefix.Length..]), ClaudeCode.Values.Text(length));
                }
            }
        }

        return this;
    }

    public static string OriginalLength(string attribute) => "original_length." + attribute;

    public static string? First(IEnumerable<Fact> parts, AttributeName attribute) =>
        parts.Select(part => part.Attributes.Text(attribute)).FirstOrDefault(static text => text is not null);

    /// <summary>The sum of a count over facts. Nothing that a client may send makes it overflow.</summary>
    public static long Sum(IEnumerable<Fact> facts, AttributeName attribute) =>
        facts.Aggregate(0L, (sum, fact) => sum + Math.Clamp(fact.Attributes.Integer(attribute) ?? 0, 0, long.MaxValue - sum));

    public static long? FirstInteger(IEnumerable<Fact> parts, AttributeName attribute) =>
        parts.Select(part => part.Attributes.Integer(attribute)).FirstOrDefault(static number => number is not null);
}

/// <summary>What stands in for contents that the client was not told to send.</summary>
internal static class Redaction
{
    private const string Marker = "<REDACTED>";

    /// <param name="what">Names the content, such as <c>prompt</c>.</param>
    /// <param name="length">In characters; null when unknown.</param>
    /// <returns>The text itself, or a note that it was withheld; null when there is no text at all.</returns>
    public static string? Show(string? text, string what, long? length) =>
        text is null ? null
        : text != Marker ? text
        : length is null ? $"[{what} redacted]"
        : $"[{what} redacted, {length} chars]";

    /// <summary>The same for an attribute that is withheld here and not by the client: its length stands beside it.</summary>
    public static string? Show(string? text, string what, IReadOnlyList<Fact> parts, params string[] attributes) =>
        !IsRedacted(text)
            ? text
            : Show(
                text,
                what,
                attributes
                    .Select(name => Metadata.FirstInteger(parts, new AttributeName(Names.OriginalLengthPrefix + name)))
                    .FirstOrDefault(static length => length is not null)
            );

    public static bool IsRedacted(string? text) => text == Marker;
}
