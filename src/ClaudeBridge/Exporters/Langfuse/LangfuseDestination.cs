using ClaudeBridge.Sessions;
using Google.Protobuf;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Langfuse as a destination of the feed, over OTLP.</summary>
internal sealed class LangfuseDestination(LangfuseClient client, IOptions<LangfuseOptions> options) : IDestination
{
    private readonly LangfuseOptions _options = options.Value;

    public string Name => "Langfuse";

    public string LedgerName => $"{Name} {client.Address}";

    public Uri? Address => client.Address;

    public TraceContext Complete(TraceContext context) =>
        context with
        {
            Environment = context.Environment ?? _options.Environment,
            Release = context.Release ?? _options.Release,
        };

    public byte[] Encode(TraceId traceId, Observation observation, TraceContext context) =>
        LangfuseSpan.From(traceId, observation, context, _options.SendCost).ToByteArray();

    public Task<DeliveryVerdict> SendAsync(IReadOnlyList<byte[]> spans, CancellationToken cancel) => client.ExportAsync(spans, cancel);

    public Task<DeliveryVerdict> ProbeAsync(CancellationToken cancel) => client.ExportAsync([], cancel);
}
