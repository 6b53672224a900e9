using System.Globalization;
using ClaudeBridge.Access;
using ClaudeBridge.Dashboard;
using ClaudeBridge.Exporters;

namespace ClaudeBridge.Hosting;

/// <summary>Tells the status page of ports and deliveries.</summary>
internal sealed class BridgeFacts(BridgePorts ports, KeyRing keys, IEnumerable<DeliveryLoop> deliveries) : IBridgeFacts
{
    private const int ShownRefusals = 5;

    public string Scheme => ports.Scheme;

    public int HttpPort => ports.Http;

    public int GrpcPort => ports.Grpc;

    public IReadOnlyList<KeyValuePair<string, string>> ContentSettings => ClaudeCode.ClientSettings.Contents;

    public IReadOnlyList<KeyValuePair<string, string>> CertificateSettings =>
        Scheme == Uri.UriSchemeHttps ? ClaudeCode.ClientSettings.Certificates : [];

    public IReadOnlyList<KeyValuePair<string, string>> ClientSettings(string host) =>
        ClaudeCode.ClientSettings.For(Scheme, host, HttpPort, needsKey: !keys.IsEmpty);

    public IReadOnlyList<DeliveryFact> Deliveries() => [.. deliveries.Select(Of)];

    private static DeliveryFact Of(DeliveryLoop delivery)
    {
        var progress = delivery.Progress;
        return new(
            progress.Destination,
            progress.Address?.ToString(),
            progress.Things,
            progress.State switch
            {
                DeliveryState.Running when progress.IsDrained => "all delivered",
                DeliveryState.Running => "delivering",
                DeliveryState.Waiting => "waiting for it",
                DeliveryState.Paused => "paused",
                _ => "stopped",
            },
            progress.State == DeliveryState.Running,
            progress.Delivered,
            progress.Undelivered,
            progress.OldestUndeliveredAge,
            progress.DeadLetters,
            progress.LastDelivered,
            progress.PausedReason
                ?? progress.LastFault
                ?? (
                    progress.LastStatus >= 400
                        ? "The last answer was HTTP " + progress.LastStatus.Value.ToString(CultureInfo.InvariantCulture) + "."
                        : null
                ),
            progress.Rejected,
            progress.LastRejection,
            [.. delivery.LastRefusals(ShownRefusals).Select(static one => new RefusalFact(one.Reason, one.Status, one.Count))]
        );
    }
}
