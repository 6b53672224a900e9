using ClaudeBridge.Hosting;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Receivers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClaudeBridge.Benchmarks.Sinks;

/// <summary>The bridge's own ports, access checks, doors and decoder, over its journal or over one that keeps nothing. Nobody reads the journal.</summary>
internal static class ReceiverSink
{
    /// <param name="folder">The journal's; null makes one and deletes it at the end.</param>
    public static async Task<Sink> StartAsync(int httpPort, int grpcPort, string? folder, bool isDurable, CancellationToken cancel)
    {
        var temporary = folder is null ? Directory.CreateTempSubdirectory("claudebridge-bench-") : null;
        var place = temporary?.FullName ?? Directory.CreateDirectory(folder!).FullName;
        var journal = isDurable
            ? await Journal.Journal.OpenAsync(
                Path.Combine(place, "journal"),
                new JournalOptions(),
                TimeProvider.System,
                NullLogger.Instance,
                cancel
            )
            : null;
        var builder = BridgeHost.CreateBuilder(place, Settings(httpPort, grpcPort)).AddBridgePorts();
        builder.Services.AddReceivers().AddSingleton<IJournalWriter>((IJournalWriter?)journal ?? new NoJournal());
        var app = builder.Build();
        app.UseBridgeDoors();
        var ports = await app.StartBridgeAsync(cancel);
        return new Sink(
            app,
            ports.Http,
            ports.Grpc,
            async () =>
            {
                if (journal is not null)
                {
                    await journal.DisposeAsync();
                }

                temporary?.Delete(recursive: true);
            }
        );
    }

    private static Dictionary<string, string?> Settings(int httpPort, int grpcPort) =>
        new()
        {
            [$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.Host)}"] = "127.0.0.1",
            [$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.HttpPort)}"] = $"{httpPort}",
            [$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.GrpcPort)}"] = $"{grpcPort}",
            [$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.DashboardPort)}"] = "0",
            [$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.ApiKey)}"] = "",
        };

    private sealed class NoJournal : IJournalWriter
    {
        private long _position;

        public bool IsWritable => true;

        public ValueTask<JournalPosition> AppendAsync(JournalEntry entry, DecodedExport? decoded, CancellationToken cancel) =>
            ValueTask.FromResult(new JournalPosition(Interlocked.Add(ref _position, entry.Body.Length)));
    }
}
