using System.Text;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>A destination of a running bridge that answers what a test says.</summary>
internal sealed class AwayBackend : IDestination
{
    /// <summary>What it answers to everything.</summary>
    public volatile DeliveryVerdict Answer = new(DeliveryOutcome.Retry, Status: 503);

    public string Name => "Langfuse";

    public string LedgerName => "Langfuse away";

    /// <summary>For the parts of a bridge: this destination and its loop.</summary>
    public void AddTo(IServiceCollection services)
    {
        services.AddSingleton(provider => new DeliveryLoop(
            this,
            provider.GetRequiredService<IFeed>(),
            provider.GetRequiredService<DeliveryLedger>(),
            new DeliveryOptions
            {
                QuickRetries = 1,
                RetryDelay = TimeSpan.FromMilliseconds(1),
                BreakDuration = TimeSpan.FromMilliseconds(500),
                OutageWait = TimeSpan.FromMilliseconds(5),
                MaxOutageWait = TimeSpan.FromMilliseconds(20),
            },
            provider.GetRequiredService<TimeProvider>(),
            NullLogger.Instance
        ));
        services.AddHostedService<DeliveryLoops>();
        services.AddSingleton<IHealthSource>(static provider => new DeliveryHealth(provider.GetRequiredService<DeliveryLoop>()));
    }

    public bool Takes(FeedItem item) => item is ObservationItem;

    public TraceContext Complete(TraceContext context) => context;

    public byte[] Encode(TraceId traceId, Observation observation, TraceContext context) =>
        Encoding.UTF8.GetBytes(observation.Id.ToString());

    public byte[] Encode(SessionScores scores, SessionScore score, TraceContext context) => [];

    public Task<DeliveryVerdict> SendAsync(IReadOnlyList<Parcel> parcels, CancellationToken cancel) => Task.FromResult(Answer);

    public Task<DeliveryVerdict> ProbeAsync(CancellationToken cancel) => Task.FromResult(Answer);
}
