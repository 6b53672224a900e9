using System.Globalization;

namespace ClaudeBridge.Tests.StandIns.Langfuse;

/// <summary>Which Langfuse the stand-in plays.</summary>
/// <param name="Version">As health tells it; null for a look-alike that tells nothing.</param>
/// <param name="Mode">What Langfuse 4 does with traces that come through the ingestion API: <c>events_only</c>, <c>legacy</c> or <c>dual</c>.</param>
public sealed record LangfuseEdition(string? Version, string Mode = "events_only")
{
    /// <summary>A look-alike may have either way or both.</summary>
    public bool? Otlp { get; init; }

    public bool Ingestion { get; init; } = true;

    public bool TakesOtlp => Otlp ?? IsAtLeast(3, 22);

    public bool TakesTracesByIngestion => !IsAtLeast(4, 0) || Mode != "events_only";

    public bool KnowsEnvironments => IsAtLeast(3, 31);

    public bool KnowsSessionScores => IsAtLeast(3, 53);

    public bool KnowsAgentsAndTools => IsAtLeast(3, 99);

    public bool ReadsUsageDetails => IsAtLeast(3, 0);

    private bool IsAtLeast(int major, int minor)
    {
        // A look-alike is as old as can be.
        var parts = (Version ?? "2.0").Split('.').Select(static part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return parts[0] > major || (parts[0] == major && parts[1] >= minor);
    }
}
