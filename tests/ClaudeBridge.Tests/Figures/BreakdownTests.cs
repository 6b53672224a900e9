using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Breakdowns;
using FsCheck;
using FsCheck.Fluent;
using Some = ClaudeBridge.Tests.Store.Some;

namespace ClaudeBridge.Tests.Figures;

public sealed class BreakdownTests
{
    [Fact]
    public void Observations_of_one_hour_model_tool_and_agent_are_one_entry()
    {
        var agent = Some.Observation(50, ObservationType.Agent, name: "general-purpose") with { ParentId = new(2) };
        var entries = Breakdown.Of([
            Some.Root(),
            Request(1, 0.1m, seconds: 2),
            Request(3, 0.25m, seconds: 1),
            Call(2, "Agent"),
            agent,
            Request(4, 0.5m, seconds: 4) with
            {
                ParentId = agent.Id,
            },
            Call(5, "Bash") with
            {
                ParentId = new(4),
                Level = ObservationLevel.Error,
            },
        ]);

        entries
            .Select(static entry => (entry.Key.Kind, entry.Key.Model, entry.Key.Tool, entry.Key.Agent, entry.Calls))
            .ShouldBe([
                (BreakdownKind.Other, null, null, null, 0L),
                (BreakdownKind.Generation, "opus", null, null, 2L),
                (BreakdownKind.Generation, "opus", null, "general-purpose", 1L),
                (BreakdownKind.Tool, null, "Agent", null, 1L),
                (BreakdownKind.Tool, null, "Bash", "general-purpose", 1L),
            ]);
        entries[1].Cost.Sum.ToString().ShouldBe("0.35");
        entries[1].Durations.ShouldBe([1_000_000L, 2_000_000L]);
        (entries[4].Failed, entries[4].Errors).ShouldBe((1L, 1L));
    }

    [Fact]
    public void What_is_open_failed_and_refused_is_told_apart()
    {
        var entries = Breakdown.Of([
            Request(1, 0.1m),
            Request(2, null) with
            {
                Usage = null,
                Level = ObservationLevel.Error,
            },
            Request(3, 0.1m) with
            {
                Level = ObservationLevel.Error,
                Metadata = new Dictionary<string, string> { ["refused"] = "true" },
            },
            Call(4, "Bash"),
            Call(5, "Bash") with
            {
                Level = ObservationLevel.Warning,
            },
            Call(6, "Bash") with
            {
                Level = ObservationLevel.Warning,
                Readiness = Readiness.AwaitsEnd,
            },
        ]);

        var requests = entries.Single(static entry => entry.Key.Kind == BreakdownKind.Generation);
        (requests.Calls, requests.Failed, requests.Refused, requests.Generations, requests.Errors).ShouldBe((3L, 1L, 1L, 2L, 2L));
        requests.Durations.Count.ShouldBe(2);
        var calls = entries.Single(static entry => entry.Key.Kind == BreakdownKind.Tool);
        (calls.Calls, calls.Failed, calls.Refused).ShouldBe((2L, 0L, 1L));
        calls.Durations.ShouldHaveSingleItem();
    }

    [Fact]
    public void Any_breakdown_reads_as_it_was_written()
    {
        var text = Gen.Elements<string?>(null, "", "claude-opus-5-5", "mcp__files__list", "Größe \U0001F600", new string('x', 300));
        var key =
            from hour in Gen.Choose(-10, 600_000)
            from kind in Gen.Elements(BreakdownKind.Other, BreakdownKind.Generation, BreakdownKind.Tool)
            from model in text
            from tool in text
            from server in text
            from skill in text
            from agent in text
            select new BreakdownKey(hour, kind, model, tool, server, skill, agent);
        var count = Gen.OneOf(
            Gen.Constant(0L),
            Gen.Choose(0, int.MaxValue).Select(static one => (long)one),
            Gen.Constant(1_000_000_000_000L)
        );
        var cost = Gen.OneOf(
            Gen.Choose(0, int.MaxValue).Select(static micros => micros / 1_000_000m),
            Gen.Elements(0m, 0.1234567890123456789m, 999_999_999_999m, 0.0000000000000000000000000001m, 12.5m)
        );
        var entry =
            from one in key
            from counts in count.ListOf(8)
            from exact in cost
            from estimate in Gen.OneOf(Gen.Constant((decimal?)null), cost.Select(static one => (decimal?)one))
            from durations in count.ListOf()
            select Entry(one, counts, exact, estimate, durations);

        Prop.ForAll(
                Arb.From(entry.ListOf()),
                entries =>
                {
                    var sorted = entries
                        .DistinctBy(static one => one.Key)
                        .Order(Comparer<BreakdownEntry>.Create(static (one, other) => BreakdownKey.Compare(one.Key, other.Key)))
                        .ToList();
                    Read(Write(sorted)).Select(Text).ShouldBe(sorted.Select(Text));
                }
            )
            .QuickCheckThrowOnFailure();

        static BreakdownEntry Entry(BreakdownKey key, IList<long> counts, decimal cost, decimal? estimate, IList<long> durations)
        {
            var entry = new BreakdownEntry
            {
                Key = key,
                Calls = counts[0],
                Failed = counts[1],
                Refused = counts[2],
                Generations = counts[3],
                Errors = counts[4],
                Input = counts[5],
                Output = counts[6],
                CacheRead = counts[7],
                CacheCreation = counts[0],
            };
            entry.Cost.Add(cost);
            if (estimate is { } share)
            {
                var sum = default(CostSum);
                sum.Add(share);
                entry.Estimate = sum;
            }

            entry.Durations.AddRange(durations.Order());
            return entry;
        }
    }

    [Fact]
    public void Any_bytes_are_read_or_refused_and_never_more()
    {
        Prop.ForAll<byte[]>(static data =>
            {
                try
                {
                    Read(data);
                }
                catch (StoreDamagedException)
                {
                    // That is what they are.
                }
            })
            .QuickCheckThrowOnFailure();
        Should.Throw<StoreDamagedException>(() => Read([0xff, 0xff, 0xff, 0xff, 0x0f]));
    }

    [Fact]
    public void Sums_of_costs_are_exact_whatever_their_digits()
    {
        decimal[] costs = [0.1m, 0.2m, 1e-28m, 999_999_999_999.5m, 0.123456789012345678m, 12m, 0.000001m];
        var sum = default(CostSum);
        var exact = ClaudeBridge.Sessions.Metrics.ExactSum.Zero;
        foreach (var cost in costs)
        {
            sum.Add(cost);
            exact += ClaudeBridge.Sessions.Metrics.ExactSum.Of(cost);
        }

        sum.Sum.ShouldBe(exact);
        sum.Subtract(sum);
        sum.IsZero.ShouldBeTrue();
    }

    private static Observation Request(ulong id, decimal? cost, double seconds = 1) =>
        Some.Observation(id, cost: cost, usage: new Usage(1, 2, 3, 4)) with
        {
            Model = "opus",
            EndUnixNano = Some.Nano(Some.Time.AddSeconds(seconds)),
        };

    private static Observation Call(ulong id, string name) => Some.Observation(id, ObservationType.Tool, name: name);

    private static byte[] Write(IReadOnlyList<BreakdownEntry> entries)
    {
        var to = new ByteWriter();
        BreakdownCodec.Write(entries, to);
        return to.Written.ToArray();
    }

    private static List<BreakdownEntry> Read(byte[] data)
    {
        var entries = new List<BreakdownEntry>();
        var reader = new BreakdownReader(data);
        for (var entry = new BreakdownEntry(); reader.Read(entry); entry = new BreakdownEntry())
        {
            entries.Add(entry);
        }

        return entries;
    }

    private static string Text(BreakdownEntry one) =>
        $"{one.Key} {one.Calls} {one.Failed} {one.Refused} {one.Generations} {one.Errors} {one.Input} {one.Output} {one.CacheRead} {one.CacheCreation} "
        + $"{one.Cost.Sum} {one.Estimate?.Sum.ToString() ?? "-"} {string.Join(',', one.Durations)}";
}
