using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Langfuse as a destination of session scores: always through the ingestion API, which takes them in every version.</summary>
internal sealed class LangfuseScoresDestination(LangfuseClient client, LangfuseServer server, IOptions<LangfuseOptions> options)
    : IDestination
{
    /// <summary>What its name in the ledger begins with.</summary>
    public const string Title = "Langfuse scores";

    private readonly LangfuseOptions _options = options.Value;

    public string Name => Title;

    public string LedgerName => $"{Name} {client.Address}";

    public Uri? Address => client.Address;

    /// <summary>A server without scores must not fill the disk.</summary>
    public bool HoldsStore => false;

    public string Things => "scores";

    public bool Takes(FeedItem item) => _options.SendScores && item is ScoresItem;

    /// <summary>Only what version the server is; whether it takes scores shows when there are some.</summary>
    public async Task<DeliveryVerdict> BeginAsync(CancellationToken cancel)
    {
        await server.TransportAsync(cancel);
        return new DeliveryVerdict(DeliveryOutcome.Delivered);
    }

    public TraceContext Complete(TraceContext context)
    {
        var complete = context with { Environment = context.Environment ?? _options.Environment };
        // A score never moves: one that was filed under a trace stays there when the server learns to file it under the session.
        return server.TakesSessionScores ? LangfuseScore.MeantForSession(complete) : complete;
    }

    public byte[] Encode(TraceId traceId, Observation observation, TraceContext context) =>
        throw new NotSupportedException("Observations have a destination of their own.");

    public byte[] Encode(SessionScores scores, SessionScore score, TraceContext context) =>
        LangfuseScore.Of(score, scores.Metadata, context);

    public async Task<DeliveryVerdict> SendAsync(IReadOnlyList<Parcel> parcels, CancellationToken cancel)
    {
        await server.TransportAsync(cancel);
        var takesSessions = server.TakesSessionScores;
        var verdict = await SendAsync(parcels, takesSessions, cancel);
        // Where no version was told when it was sent, a refusal may be about the session alone.
        return !takesSessions || server.Version is { TakesSessionScores: true } ? verdict
            : verdict.Items is { } items ? verdict with { Items = await OnTracesAsync(parcels, items, cancel) }
            : verdict.Outcome == DeliveryOutcome.Refused && parcels.Count == 1 ? await SendAsync(parcels, false, cancel)
            : verdict;
    }

    /// <summary>What was refused once more, each on its trace; the others keep their verdicts.</summary>
    private async Task<IReadOnlyList<DeliveryVerdict>> OnTracesAsync(
        IReadOnlyList<Parcel> parcels,
        IReadOnlyList<DeliveryVerdict> items,
        CancellationToken cancel
    )
    {
        var refused = Enumerable.Range(0, items.Count).Where(i => items[i].Outcome == DeliveryOutcome.Refused).ToList();
        if (refused.Count == 0)
        {
            return items;
        }

        var verdict = await SendAsync([.. refused.Select(i => parcels[i])], false, cancel);
        var judged = items.ToArray();
        foreach (var (i, place) in refused.Index())
        {
            judged[place] =
                verdict.Items?[i]
                ?? (verdict.Outcome == DeliveryOutcome.Delivered ? verdict : verdict with { Outcome = DeliveryOutcome.Retry });
        }

        return judged;
    }

    private async Task<DeliveryVerdict> SendAsync(IReadOnlyList<Parcel> parcels, bool takesSessions, CancellationToken cancel)
    {
        var batch = new IngestionBatch([
            .. parcels.Select(IReadOnlyList<IngestionEvent> (parcel) => [IngestionEvents.OfScore(parcel, takesSessions)]),
        ]);
        return batch.Size > _options.MaxBatchBytes && parcels.Count > 1
            ? new DeliveryVerdict(DeliveryOutcome.TooLarge)
            : await client.IngestAsync(batch, LangfuseDoor.Scores, cancel);
    }

    public Task<DeliveryVerdict> ProbeAsync(CancellationToken cancel) => SendAsync([], cancel);
}
