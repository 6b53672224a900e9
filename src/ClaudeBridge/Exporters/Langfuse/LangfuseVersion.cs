using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>The version that a Langfuse server tells, and what servers take from which version on.</summary>
internal sealed partial record LangfuseVersion(int Major, int Minor)
{
    /// <summary>The OTLP endpoint came with 3.22.</summary>
    public bool TakesOtlp => IsAtLeast(3, 22);

    /// <summary>Scores of sessions came with 3.53; before, a score belongs to a trace.</summary>
    public bool TakesSessionScores => IsAtLeast(3, 53);

    /// <summary>Agents and tools as types of their own came to the ingestion API with 3.99.</summary>
    public bool KnowsAgentsAndTools => IsAtLeast(3, 99);

    /// <summary>Tokens by kind came with 3; before, <c>usage</c> is all there is.</summary>
    public bool ReadsUsageDetails => Major >= 3;

    /// <returns>Null when the text is no answer of a Langfuse's health endpoint.</returns>
    public static LangfuseVersion? Parse(ReadOnlySpan<byte> health)
    {
        try
        {
            var reader = new Utf8JsonReader(health);
            using var json = JsonDocument.ParseValue(ref reader);
            return
                json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("version", out var version)
                && version.ValueKind == JsonValueKind.String
                && Numbers().Match(version.GetString()!) is { Success: true } match
                && int.TryParse(match.Groups["major"].Value, CultureInfo.InvariantCulture, out var major)
                // A mere 3 may be before or after everything that came with 3; of the others the first number tells it all.
                && (int.TryParse(match.Groups["minor"].Value, CultureInfo.InvariantCulture, out var minor) || major != 3)
                ? new LangfuseVersion(major, minor)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public override string ToString() => $"{Major}.{Minor}";

    private bool IsAtLeast(int major, int minor) => Major > major || (Major == major && Minor >= minor);

    [GeneratedRegex(
        @"^\s*v?(?<major>[0-9]{1,4})(\.(?<minor>[0-9]{1,6})|(?![.0-9]))",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Numbers();
}
