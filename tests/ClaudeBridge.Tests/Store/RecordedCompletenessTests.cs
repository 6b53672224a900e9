using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Store;

/// <summary>What the real client sent, whole and with parts left out, as the store judges it.</summary>
public sealed class RecordedCompletenessTests
{
    /// <summary>The recorder refused one export of metrics for good, and one client was killed.</summary>
    private static readonly Dictionary<string, string> Incomplete = new()
    {
        ["2.1.329-fault-400-http-json"] =
            "conflict: the events tell of more than the metrics counted: 5 input tokens, 9 output tokens, 10200 cache read tokens, 100 cache creation tokens, $0.00274",
        ["2.1.329-session-killed-http-json"] = "partial: 1 turn has no end: the interaction span never came",
    };

    public static TheoryData<string> Recordings => [.. Recording.Names];

    public static TheoryData<string> WithMetrics =>
        [
            .. Recording.Names.Where(static name =>
                Recording.Open(name).Requests.Any(static one => one.Signal == Signal.Metrics && HasTokens(one))
            ),
        ];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void A_recording_is_complete_unless_something_was_lost_when_it_was_made(string name)
    {
        var verdicts = Judge(Recording.Open(name).Requests);

        verdicts.ShouldNotBeEmpty();
        verdicts.Where(static verdict => verdict != "complete: ").ShouldBe(Incomplete.TryGetValue(name, out var said) ? [said] : []);
    }

    [Theory]
    [MemberData(nameof(WithMetrics))]
    public void Without_its_metrics_a_recording_is_judged_by_its_events(string name)
    {
        var verdicts = Judge(Recording.Open(name).Requests.Where(static one => one.Signal != Signal.Metrics));

        verdicts.ShouldAllBe(static verdict => !verdict.StartsWith("conflict", StringComparison.Ordinal));
    }

    /// <summary>Records without a session id have nothing that they could be held against.</summary>
    public static TheoryData<string> Judged =>
        [.. WithMetrics.Select(static row => row.Data).Where(static name => !name.Contains("no-session-id"))];

    [Theory]
    [MemberData(nameof(Judged))]
    public void A_lost_request_to_the_model_is_always_noticed(string name)
    {
        var requests = Recording.Open(name).Requests.Select(static one => one.Decode()).ToList();
        Withhold(
                requests,
                static log => log.Attributes.Any(static pair => pair.Key == "event.name" && pair.Value.StringValue == "api_request")
            )
            .ShouldBeTrue();

        // Where spans tell of the request as well nothing but its cost is missing.
        Judge(requests)
            .ShouldContain(static verdict =>
                verdict.StartsWith("partial", StringComparison.Ordinal) || verdict.StartsWith("conflict", StringComparison.Ordinal)
            );
    }

    private static bool Withhold(List<DecodedExport> exports, Func<OpenTelemetry.Proto.Logs.V1.LogRecord, bool> which)
    {
        var any = false;
        foreach (var scope in exports.SelectMany(static one => one.Logs?.ResourceLogs ?? []).SelectMany(static group => group.ScopeLogs))
        {
            if (!any && scope.LogRecords.FirstOrDefault(which) is { } lost)
            {
                // Its copies as well: a batch that was repeated brings it back.
                any = true;
                foreach (
                    var other in exports.SelectMany(static one => one.Logs?.ResourceLogs ?? []).SelectMany(static group => group.ScopeLogs)
                )
                {
                    while (other.LogRecords.Remove(lost)) { }
                }
            }
        }

        return any;
    }

    private static bool HasTokens(RecordedRequest request) =>
        request
            .Decode()
            .Metrics!.ResourceMetrics.SelectMany(static group => group.ScopeMetrics)
            .SelectMany(static scope => scope.Metrics)
            .Any(static metric => metric.Name == "claude_code.token.usage");

    private static List<string> Judge(IEnumerable<RecordedRequest> requests) => Judge(requests.Select(static one => one.Decode()));

    private static List<string> Judge(IEnumerable<DecodedExport> exports)
    {
        using var store = new TestStore();
        var applier = new StepApplier(store.Writer, store.Options, static (_, failure) => throw failure);
        foreach (var export in exports)
        {
            var read = RecordReader.Read(export, store.Now);
            applier.Apply(read.Sessions, new JournalPosition(store.Writer.Position.Value + 1), store.Now, read.Points);
        }

        store.Writer.SettleAll(store.Now);
        return
        [
            .. store
                .Queries.Sessions()
                .Select(static session => $"{session.Completeness}: {string.Join("; ", session.CompletenessReasons)}"),
        ];
    }
}
