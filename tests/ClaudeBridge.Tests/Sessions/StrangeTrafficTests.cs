using System.Globalization;
using System.Text.Json;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.Store;
using OpenTelemetry.Proto.Logs.V1;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>Whatever comes in whatever order: one tree, every part of it in its place, every cost once. The long form: CLAUDEBRIDGE_STRANGE_SEEDS (default: 60).</summary>
public sealed class StrangeTrafficTests
{
    public static TheoryData<int> Seeds =>
        [
            .. Enumerable.Range(
                1,
                int.TryParse(Environment.GetEnvironmentVariable("CLAUDEBRIDGE_STRANGE_SEEDS"), CultureInfo.InvariantCulture, out var count)
                    ? count
                    : 60
            ),
        ];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Any_set_of_records_gives_one_sound_tree_whatever_the_way_they_came(int seed)
    {
        var traffic = new StrangeTraffic(seed);
        var expected = new Assembled();
        expected.Add(traffic.Records);
        traffic.Said.ForEach(entry => expected.Add(entry));
        foreach (var trace in expected.All)
        {
            AssertSound(trace);
        }

        if (!traffic.HasTwins)
        {
            CostOf(expected.All.SelectMany(static trace => trace.Observations)).ShouldBe(CostOf(traffic.Records));
        }

        var random = new Random(seed);
        for (var way = 0; way < 3; way++)
        {
            Describe(InAnotherWay(traffic, random)).ShouldBe(Describe(expected), $"way {way}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_store_shows_the_same_whatever_the_way_they_came_and_what_memory_let_go_of(int seed)
    {
        var traffic = new StrangeTraffic(seed + 100_000);
        var items = traffic
            .Records.Concat(traffic.Metrics)
            .Select(static record => RecordReader.Read(record, DateTimeOffset.UnixEpoch))
            .Concat(traffic.Said.Select(static entry => new ReadExport([new(entry.SessionKey, [entry.ToFact()])], 0, 0, NoneUnreadable)))
            .ToArray();
        var expected = Shown([items], restarts: false);

        var random = new Random(seed);
        var again = items.Concat(items.Where(_ => random.Next(4) == 0)).ToArray();
        random.Shuffle(again);
        Shown(again.Chunk(random.Next(1, 40)), restarts: true).ShouldBe(expected);
    }

    private static readonly Dictionary<string, int> NoneUnreadable = [];

    private static string Shown(IEnumerable<ReadExport[]> steps, bool restarts)
    {
        using var store = new TestStore();
        var options = new StoreOptions { SessionCacheBytes = restarts ? 64 * 1024 : 1L << 30 };
        var applier = Applier();
        var number = 0;
        foreach (var step in steps)
        {
            applier.Apply(
                [.. step.SelectMany(static item => item.Sessions)],
                new JournalPosition(++number),
                store.Now,
                [.. step.SelectMany(static item => item.Points)]
            );
            if (restarts && number % 5 == 0)
            {
                applier = Applier();
                store.Settle();
            }
        }

        store.Now += TimeSpan.FromDays(1);
        while (store.Settle() > 0) { }
        var sessions = store.Queries.Sessions();
        foreach (
            var observation in sessions
                .SelectMany(one => store.Queries.Session(one.SessionId)!.TraceList)
                .SelectMany(static trace => trace.Observations)
        )
        {
            observation.EndTime.ShouldBeGreaterThanOrEqualTo(observation.StartTime, observation.Name);
        }

        // Records of one trace that lost their session id make a trace of the same id and start: which stands first does not matter.
        var traces = sessions
            .Select(static one => one.SessionId)
            .Distinct()
            .SelectMany(id => store.Queries.Session(id)!.TraceList)
            .Select(static trace => JsonSerializer.Serialize(trace))
            .Order(StringComparer.Ordinal);
        return string.Join('\n', [JsonSerializer.Serialize(sessions), .. traces]);

        StepApplier Applier() => new(store.Writer, options, static (_, failure) => throw failure);
    }

    private static Assembled InAnotherWay(StrangeTraffic traffic, Random random)
    {
        var steps = traffic
            .Records.Concat(traffic.Records.Where(_ => random.Next(3) == 0))
            .Select(static record => (Action<Assembled, List<DecodedExport>>)((_, step) => step.Add(record)))
            .Concat(
                traffic
                    .Said.Concat(traffic.Said.Take(1))
                    .Select(static entry => (Action<Assembled, List<DecodedExport>>)((assembled, _) => assembled.Add(entry)))
            )
            .ToArray();
        random.Shuffle(steps);
        var assembled = new Assembled();
        var waiting = new List<DecodedExport>();
        foreach (var step in steps)
        {
            step(assembled, waiting);
            if (random.Next(8) == 0)
            {
                assembled.Add(waiting);
                waiting.Clear();
                if (random.Next(4) == 0)
                {
                    assembled.Restart();
                }
            }
        }

        assembled.Add(waiting);
        return assembled;
    }

    private static void AssertSound(TraceView trace)
    {
        var byId = trace.Observations.ToDictionary(static observation => observation.Id);
        trace.Observations.ShouldContain(static observation => observation.ParentId == null);
        foreach (var observation in trace.Observations)
        {
            observation.EndUnixNano.ShouldBeGreaterThanOrEqualTo(observation.StartUnixNano, observation.Name);
            var depth = 0;
            for (var at = observation; at.ParentId is { } parent; at = byId[parent])
            {
                byId.ContainsKey(parent).ShouldBeTrue($"the parent of {at.Name} is missing");
                (++depth).ShouldBeLessThan(1000, $"a circle through {at.Name}");
            }
        }
    }

    private static decimal CostOf(IEnumerable<Observation> observations) => observations.Sum(static observation => observation.Cost ?? 0);

    /// <summary>Each request once, also where its copies came.</summary>
    private static decimal CostOf(IEnumerable<DecodedExport> records) =>
        records
            .SelectMany(StrangeTraffic.Logs)
            .Where(static log => Text(log, "event.name") == "api_request")
            .Distinct()
            .DistinctBy(static log => Text(log, "request_id") ?? log.ToString())
            .Sum(static log =>
                Text(log, "cost_usd_micros") is { } micros ? decimal.Parse(micros, CultureInfo.InvariantCulture) / 1_000_000
                : Text(log, "cost_usd") is { } cost ? decimal.Parse(cost, NumberStyles.Float, CultureInfo.InvariantCulture)
                : 0
            );

    private static string? Text(LogRecord log, string name) =>
        log.Attributes.FirstOrDefault(pair => pair.Key == name)?.Value switch
        {
            null => null,
            { HasStringValue: true } value => value.StringValue,
            { HasIntValue: true } value => value.IntValue.ToString(CultureInfo.InvariantCulture),
            var value => value.DoubleValue.ToString("R", CultureInfo.InvariantCulture),
        };

    private static string Describe(Assembled assembled) =>
        JsonSerializer.Serialize(
            assembled.Traces.Where(static pair => pair.Value.Count > 0).Select(static pair => new { pair.Key, Traces = pair.Value.Values })
        );
}
