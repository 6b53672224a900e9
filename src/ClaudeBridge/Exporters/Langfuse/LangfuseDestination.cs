using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using Google.Protobuf;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Langfuse as a destination of observations: encoded as OTLP spans, and turned into events where the server wants those.</summary>
internal sealed class LangfuseDestination(LangfuseClient client, LangfuseServer server, IOptions<LangfuseOptions> options) : IDestination
{
    private const ulong NanosPerMilli = 1_000_000;

    private readonly LangfuseOptions _options = options.Value;

    public string Name => "Langfuse";

    public string LedgerName => $"{Name} {client.Address}";

    public Uri? Address => client.Address;

    public string? Route => server.Route;

    public bool Takes(FeedItem item) => item is ObservationItem;

    public void Resume(string route) => server.Resume(route);

    public TraceContext Complete(TraceContext context) =>
        context with
        {
            Environment = context.Environment ?? _options.Environment,
            Release = context.Release ?? _options.Release,
        };

    /// <remarks>The ingestion API keeps whole milliseconds: what went there must have the same start when it goes over OTLP one day.</remarks>
    public ulong StartAsKept(ulong startUnixNano) => server.IsLegacy ? startUnixNano - (startUnixNano % NanosPerMilli) : startUnixNano;

    public byte[] Encode(TraceId traceId, Observation observation, TraceContext context) =>
        LangfuseSpan.From(traceId, observation, context, _options.SendCost).ToByteArray();

    public byte[] Encode(SessionScores scores, SessionScore score, TraceContext context) =>
        throw new NotSupportedException("Scores have a destination of their own.");

    public Task<DeliveryVerdict> ProbeAsync(CancellationToken cancel) => SendAsync([], cancel);

    public async Task<DeliveryVerdict> SendAsync(IReadOnlyList<Parcel> parcels, CancellationToken cancel)
    {
        var isLegacy = await server.TransportAsync(cancel) == LangfuseTransport.Legacy;
        if (isLegacy && server.IsRefused)
        {
            return Doubted(Refused(LangfuseVerdicts.NotAccepted));
        }

        var verdict = await SendAsync(parcels, isLegacy, cancel);
        if (LangfuseVerdicts.IsNoDoor(verdict) && await (isLegacy ? server.LacksIngestionAsync(cancel) : server.LacksOtlpAsync(cancel)))
        {
            isLegacy = !isLegacy;
            verdict = await SendAsync(parcels, isLegacy, cancel);
        }

        return Doubted(isLegacy && IsRefusal(verdict) ? await RefusedAsync(verdict, parcels, cancel) : verdict);
    }

    private Task<DeliveryVerdict> SendAsync(IReadOnlyList<Parcel> parcels, bool isLegacy, CancellationToken cancel) =>
        isLegacy ? IngestAsync(parcels, cancel) : ExportAsync(parcels, cancel);

    private Task<DeliveryVerdict> ExportAsync(IReadOnlyList<Parcel> parcels, CancellationToken cancel) =>
        client.ExportAsync([.. parcels.Select(static parcel => parcel.Content)], cancel);

    private async Task<DeliveryVerdict> IngestAsync(IReadOnlyList<Parcel> parcels, CancellationToken cancel)
    {
        var batch = new IngestionBatch([.. parcels.Select(parcel => IngestionEvents.OfSpan(parcel, server.Version))]);
        return batch.Size > _options.MaxBatchBytes && parcels.Count > 1
            ? new DeliveryVerdict(DeliveryOutcome.TooLarge)
            : await client.IngestAsync(batch, LangfuseDoor.Ingestion, cancel);
    }

    private static bool IsRefusal(DeliveryVerdict verdict) =>
        verdict == LangfuseVerdicts.NotAccepted || verdict.Items?.Contains(LangfuseVerdicts.NotAccepted) == true;

    /// <summary>A server that takes traces over OTLP only: they go there, and none of them here again.</summary>
    private async Task<DeliveryVerdict> RefusedAsync(DeliveryVerdict verdict, IReadOnlyList<Parcel> parcels, CancellationToken cancel) =>
        await server.RefusesIngestionAsync(cancel) switch
        {
            null => Refused(verdict),
            LangfuseTransport.Otlp when verdict.Items is null => await ExportAsync(parcels, cancel),
            LangfuseTransport.Otlp => verdict with
            {
                Items =
                [
                    .. verdict.Items!.Select(static item =>
                        item == LangfuseVerdicts.NotAccepted ? new DeliveryVerdict(DeliveryOutcome.Retry, item.Status) : item
                    ),
                ],
            },
            _ => verdict,
        };

    private DeliveryVerdict Refused(DeliveryVerdict verdict) =>
        new(
            DeliveryOutcome.Paused,
            verdict.Status,
            verdict.Reason,
            $"Langfuse at {client.Address} takes traces over OTLP only: set ClaudeBridge:Langfuse:Transport to auto or otlp"
        );

    private DeliveryVerdict Doubted(DeliveryVerdict verdict)
    {
        if (verdict is { Outcome: DeliveryOutcome.Paused } or { Outcome: DeliveryOutcome.Retry, Status: not 429 })
        {
            server.Doubt();
        }

        return verdict;
    }
}
