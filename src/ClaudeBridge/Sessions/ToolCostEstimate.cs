using System.Globalization;

namespace ClaudeBridge.Sessions;

/// <summary>Estimates what the results of tool calls cost: no bill names it, so it is derived from the requests that read them.</summary>
/// <remarks>
/// <para>A result is paid for when the next request of the same conversation (the main one, or the same subagent) takes it in. Of that request's exact cost
/// the part counts that its new input makes up: input and cache writes, not cache reads. Where it took in the results of several calls, the part is divided by
/// the sizes of the results, or equally where a size is not known.</para>
/// <para>The parts of a cost are told from one another by the ratios between the prices of Claude models, which are the same for all of them: output
/// <see cref="OutputRatio"/> times the input, cache reads <see cref="CacheReadRatio"/>, cache writes <see cref="Write5mRatio"/> or, when kept for an hour,
/// <see cref="Write1hRatio"/>.</para>
/// <para>It is no share of the total: a result stays in the context and is read again from the cache by every later request, which is not counted; and the new
/// input also holds what the model itself said before the call, which is. So it tells tools apart, and is nothing to be billed.</para>
/// </remarks>
internal static class ToolCostEstimate
{
    public const decimal OutputRatio = 5m;
    public const decimal CacheReadRatio = 0.1m;
    public const decimal Write5mRatio = 1.25m;
    public const decimal Write1hRatio = 2m;

    /// <summary>Shares are cut to billionths of a dollar, so that they never add up to more than there is to share.</summary>
    private const decimal Unit = 1_000_000_000m;

    private static readonly Dictionary<ObservationId, decimal> None = [];

    /// <summary>US dollars by tool call. Left out is what nothing has consumed, or what was consumed by a request without a price.</summary>
    public static IReadOnlyDictionary<ObservationId, decimal> Of(IReadOnlyList<Observation> observations, AgentsAbove agents)
    {
        var answered = new List<Observation>();
        foreach (var observation in observations)
        {
            if (
                observation.Type == ObservationType.Tool
                && ObservationOutcomes.Of(observation) is ObservationOutcome.Succeeded or ObservationOutcome.Failed
            )
            {
                answered.Add(observation);
            }
        }

        if (answered.Count == 0)
        {
            return None;
        }

        var shares = new Dictionary<ObservationId, decimal>(answered.Count);
        var readers = observations
            .Where(static one =>
                one.Type == ObservationType.Generation && one.Usage is not null && !one.Metadata.ContainsKey("helper_call")
            )
            .OrderBy(static one => one.StartUnixNano)
            .ThenBy(static one => one.Id.Value)
            .ToLookup(one => agents.Of(one).Id);
        foreach (var consumed in answered.GroupBy(tool => ReaderOf(tool, readers[agents.Of(tool).Id])))
        {
            if (consumed.Key is { Cost: { } cost, Usage: { } usage } && NewInputOf(cost, usage) is { } part)
            {
                Divide(part, [.. consumed], shares);
            }
        }

        return shares;
    }

    /// <summary>What of a request's cost its new input makes up; null without tokens.</summary>
    public static decimal? NewInputOf(decimal cost, Usage usage)
    {
        // Writes of unknown lifetime count as the short one.
        var long1h = Math.Min(usage.CacheCreation1h ?? 0, usage.CacheCreation);
        var newInput = usage.Input + (Write5mRatio * (usage.CacheCreation - long1h)) + (Write1hRatio * long1h);
        var whole = newInput + (OutputRatio * usage.Output) + (CacheReadRatio * usage.CacheRead);
        return whole > 0 && cost is >= 0 and <= Unit ? cost * (newInput / whole) : null;
    }

    private static Observation? ReaderOf(Observation tool, IEnumerable<Observation> readers) =>
        readers.FirstOrDefault(reader => reader.StartUnixNano >= tool.EndUnixNano && reader.Id != tool.ParentId);

    private static void Divide(decimal part, List<Observation> tools, Dictionary<ObservationId, decimal> shares)
    {
        var sizes = tools.ConvertAll(SizeOf);
        var areKnown = sizes.TrueForAll(static size => size is not null);
        var all = areKnown ? sizes.Sum(static size => (decimal)size!.Value) : 0;
        for (var i = 0; i < tools.Count; i++)
        {
            var share = all > 0 ? part * (sizes[i]!.Value / all) : part / tools.Count;
            shares[tools[i].Id] = decimal.Floor(share * Unit) / Unit;
        }
    }

    private static long? SizeOf(Observation tool) =>
        tool.Metadata.TryGetValue("output_bytes", out var text)
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? size
            : null;
}
