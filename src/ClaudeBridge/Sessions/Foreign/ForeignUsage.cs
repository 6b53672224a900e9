using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Foreign;

/// <summary>Tokens and cost as other programs count them.</summary>
internal static class ForeignUsage
{
    private const decimal HighestCost = 1_000_000_000_000m;

    public static bool Has(ForeignNode node) => Raw(node) is not null;

    /// <summary>In buckets that do not overlap: here the input count includes what was read from and written to the cache.</summary>
    /// <returns>Null when the span counts nothing, or only what the spans below it count themselves.</returns>
    public static Usage? Of(ForeignNode node) => node.HasUsageBelow ? null : Raw(node);

    /// <summary>US dollars as the program says; null when it says nothing, or what no request can cost. No price is invented.</summary>
    public static decimal? CostOf(ForeignNode node) =>
        node.HasCostBelow ? null
        : node.Attributes.Number(GenAiNames.Cost) is >= 0 and <= HighestCost and { } cost ? cost
        : null;

    private static Usage? Raw(ForeignNode node)
    {
        var input = Count(node, GenAiNames.InputTokens);
        var output = Count(node, GenAiNames.OutputTokens);
        if (input is null && output is null)
        {
            return null;
        }

        var read = Count(node, GenAiNames.CacheReadTokens) ?? 0;
        var created = Count(node, GenAiNames.CacheCreationTokens) ?? 0;
        var uncached = (decimal)(input ?? 0) - read - created;
        // An input smaller than what the cache gave cannot include it: some programs pass on a provider's own count.
        return new Usage(uncached < 0 ? input ?? 0 : (long)uncached, output ?? 0, read, created);
    }

    private static long? Count(ForeignNode node, AttributeName name) => Usage.CountOf(node.Attributes.Integer(name));
}
