using ClaudeBridge.Diagnostics;
using ClaudeBridge.Query.Http;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Query.Answers;

/// <summary>How the bridge is, for whoever asks why nothing arrives.</summary>
/// <param name="Status"><c>ok</c>, <c>degraded</c> or <c>down</c>: the worst of the components.</param>
/// <param name="StoreVersion">Rises with every change since the start; null where nothing tells of them.</param>
/// <param name="RefusedRequests">Since the start; null for a key of one tenant.</param>
/// <param name="Refusals">The last ones, newest first; empty for a key of one tenant.</param>
/// <param name="Senders">Who sent what since the start, the latest first.</param>
/// <param name="SendersLeftOut">How many more there are.</param>
internal sealed record StatusAnswer(
    string Status,
    string Version,
    DateTimeOffset Time,
    long? StoreVersion,
    IReadOnlyList<ComponentStatus> Components,
    long? RefusedRequests,
    IReadOnlyList<RefusalStatus> Refusals,
    IReadOnlyList<SenderStatus> Senders,
    int SendersLeftOut
);

/// <param name="Detail">What is the matter and the way out; null when there is nothing to say, or for a key of one tenant.</param>
internal sealed record ComponentStatus(string Name, string Status, string? Detail);

/// <param name="Door"><c>grpc</c>, <c>http</c> or <c>dashboard</c>.</param>
/// <param name="Status">The HTTP status, or the gRPC status code behind the gRPC door.</param>
internal sealed record RefusalStatus(DateTimeOffset Time, string Door, string Path, int Status, string Reason);

/// <param name="Sender">The user, or the service where no user is named.</param>
/// <param name="Version">The client's.</param>
/// <param name="FirstSeen">Since the bridge was started.</param>
/// <param name="Names">Events, metrics and spans.</param>
/// <param name="Lacks">What its environment seems to lack.</param>
internal sealed record SenderStatus(
    string Tenant,
    string Sender,
    string Version,
    DateTimeOffset FirstSeen,
    DateTimeOffset LastSeen,
    IReadOnlyList<ArrivedSignal> Signals,
    IReadOnlyList<ArrivedName> Names,
    IReadOnlyList<SetupAdvice> Lacks
);

/// <summary><c>/api/status</c>.</summary>
internal static class StatusAnswers
{
    private const int MostSenders = 200;

    public static Task AnswerAsync(ApiCall call)
    {
        var parts = call.Parts;
        var summary = HealthSummary.Of(parts.Health);
        // What others sent, and how the machine is, is no tenant's business.
        var all = call.Caller.Tenant is null;
        var senders = parts.Arrivals.Of(call.Tenant);
        return call.WriteAsync(
            new StatusAnswer(
                Word(summary.State),
                BridgeVersion.Text,
                parts.Clock.GetUtcNow(),
                parts.Changes?.Version,
                [
                    .. summary.Components.Select(component => new ComponentStatus(
                        component.Name,
                        Word(component.Report.State),
                        all ? component.Report.Detail : null
                    )),
                ],
                all ? parts.Refusals.Total : null,
                all
                    ?
                    [
                        .. parts
                            .Refusals.Recent()
                            .Select(static refusal => new RefusalStatus(
                                refusal.At,
                                refusal.Door.ToString().ToLowerInvariant(),
                                refusal.Path,
                                refusal.Status,
                                refusal.Reason
                            )),
                    ]
                    : [],
                [.. senders.Take(MostSenders).Select(Of)],
                Math.Max(0, senders.Count - MostSenders)
            ),
            QueryJson.Compact.StatusAnswer
        );
    }

    private static SenderStatus Of(ArrivedSender sender) =>
        new(
            sender.Source.Tenant,
            sender.Source.Sender,
            sender.Source.Version,
            sender.First,
            sender.Last,
            sender.Signals,
            sender.Names,
            SetupAdvice.For((SetupSigns)sender.Marks)
        );

    private static string Word(HealthState state) => state.ToString().ToLowerInvariant();
}
