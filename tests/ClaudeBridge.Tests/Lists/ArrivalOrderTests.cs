using System.Text.Json;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Pages;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Lists;

/// <summary>Lists are a function of the set of records: their order, repetition and the steps they come in change nothing.</summary>
public sealed class ArrivalOrderTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly string[] Some =
    [
        "2.1.329-multi-turn-continue-http-json",
        "2.1.329-subagent-http-json",
        "2.1.329-bash-tool-no-session-id-http-json",
        "2.1.329-traceparent-http-json",
        "2.0.10-legacy-tools-http-json",
        "2.1.329-two-sessions-http-json",
        "2.1.329-tool-failure-http-json",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Any_order_of_arrival_gives_the_same_rows(int seed)
    {
        using var straight = new RecordedStore();
        using var shuffled = new RecordedStore();
        var exports = Some.SelectMany(static name => Recording.Open(name).Requests).Select(static request => request.Decode()).ToList();
        straight.Take(exports);
        var random = new Random(seed);
        var reads = exports.Select(export => RecordReader.Read(export, shuffled.Store.Now)).ToList();
        var facts = reads
            .SelectMany(static read => read.Sessions)
            .SelectMany(static pair => pair.Value.Select(fact => (pair.Key, Fact: fact)))
            .ToList();
        facts.AddRange(facts.Where(_ => random.Next(5) == 0).ToList());
        foreach (var step in facts.OrderBy(_ => random.Next()).ToList().Chunk(1 + random.Next(40)))
        {
            shuffled.Apply([.. step.Select(static one => new KeyValuePair<string, IReadOnlyList<Fact>>(one.Key, [one.Fact]))]);
        }

        foreach (var points in reads.SelectMany(static read => read.Points).OrderBy(_ => random.Next()))
        {
            shuffled.Apply([], [points]);
        }

        straight.SettleAll();
        shuffled.SettleAll();

        Everything(shuffled).ShouldBe(Everything(straight));
    }

    private static string Everything(RecordedStore store)
    {
        var any = new ViewFilter { Service = ViewFilter.AnyService };
        return JsonSerializer.Serialize(
            new
            {
                Sessions = store.Sessions(any),
                Turns = store.Turns(any),
                Found = store.Turns(new ViewFilter { Text = "file" }).Select(static turn => turn.TraceId),
                Failed = store.Sessions(any with { OnlyFailed = true }).Select(static row => row.SessionId),
                Values = store.Pages.Values(null),
                Members = store.Pages.Members(null, new PageRequest(100)).Items,
            },
            Indented
        );
    }
}
