using System.Globalization;
using ClaudeBridge.Sessions;
using Some = ClaudeBridge.Tests.Store.Some;

namespace ClaudeBridge.Tests.Figures;

public sealed class ToolCostEstimateTests
{
    private static readonly ObservationId Root = new(ulong.MaxValue);

    [Fact]
    public void The_next_request_pays_for_what_it_takes_in()
    {
        // 100 in, 20 out at 5, 1000 read at 0.1, 80 written at 1.25: 100 + 100 of 100 + 100 + 100 + 100 are new input.
        var shares = Shares(
            Request(1, at: 0, 0.01m, new Usage(10, 10, 0, 0)),
            Call(2, 1, at: 2),
            Request(3, at: 4, 0.04m, new Usage(100, 20, 1000, 80)),
            Request(4, at: 6, 0.04m, new Usage(100, 20, 1000, 80))
        );

        shares.ShouldBe([new(new(2), 0.02m)]);
    }

    [Fact]
    public void Writes_that_are_kept_for_an_hour_weigh_more_and_those_of_unknown_lifetime_as_the_short_ones()
    {
        // 2 x 100 + 1.25 x 80 of 5 x 60 more.
        ToolCostEstimate.NewInputOf(6m, new Usage(0, 60, 0, 180, 80, 100)).ShouldBe(3m);
        ToolCostEstimate.NewInputOf(6m, new Usage(0, 50, 0, 200)).ShouldBe(3m);
        ToolCostEstimate.NewInputOf(6m, new Usage(0, 50, 0, 200, null, 999)).ShouldBe(6m * (400m / 650m));
        ToolCostEstimate.NewInputOf(6m, new Usage(0, 0, 0, 0)).ShouldBeNull();
        ToolCostEstimate.NewInputOf(-1m, new Usage(1, 0, 0, 0)).ShouldBeNull();
    }

    [Fact]
    public void Calls_at_one_time_share_by_the_sizes_of_their_results_or_equally()
    {
        var bySize = Shares(Call(2, 1, at: 2, bytes: 300), Call(3, 1, at: 2.5, bytes: 100), Reader(4, at: 4, 0.04m));
        bySize.ShouldBe([new(new(2), 0.03m), new(new(3), 0.01m)]);

        var unknown = Shares(Call(2, 1, at: 2, bytes: 300), Call(3, 1, at: 2.5), Reader(4, at: 4, 0.04m));
        unknown.ShouldBe([new(new(2), 0.02m), new(new(3), 0.02m)]);

        var empty = Shares(Call(2, 1, at: 2, bytes: 0), Call(3, 1, at: 2.5, bytes: 0), Reader(4, at: 4, 0.04m));
        empty.ShouldBe([new(new(2), 0.02m), new(new(3), 0.02m)]);
    }

    [Fact]
    public void Shares_never_add_up_to_more_than_the_request_cost()
    {
        var shares = Shares(Call(2, 1, at: 2), Call(3, 1, at: 2), Call(5, 1, at: 2), Reader(4, at: 4, 0.00000001m));

        shares.Values.ShouldAllBe(static share => share == 0.000000003m);
        shares.Values.Sum().ShouldBeLessThanOrEqualTo(0.00000001m);
    }

    [Fact]
    public void A_subagents_calls_are_read_by_its_own_requests_and_its_result_by_those_above()
    {
        var agent = Some.Observation(20, ObservationType.Agent, name: "general-purpose", atSecond: 1) with { ParentId = new(10) };
        var shares = Shares(
            Call(10, 1, at: 9),
            agent,
            Reader(21, at: 1, 0.5m) with
            {
                ParentId = agent.Id,
            },
            Call(22, 21, at: 3),
            // Of the main conversation, while the subagent works: not what reads the subagent's call.
            Reader(30, at: 3.5, 9m),
            Reader(23, at: 5, 0.02m) with
            {
                ParentId = agent.Id,
            },
            Reader(31, at: 11, 0.04m)
        );

        shares.ShouldBe([new(new(10), 0.04m), new(new(22), 0.02m)], ignoreOrder: true);
    }

    [Fact]
    public void Nothing_is_invented()
    {
        var helper = Reader(5, at: 4, 1m) with
        {
            Metadata = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["helper_call"] = "true" },
        };
        Shares(Call(2, 1, at: 2)).ShouldBeEmpty();
        Shares(Call(2, 1, at: 2), helper).ShouldBeEmpty();
        Shares(Call(2, 1, at: 2), Reader(4, at: 1, 1m)).ShouldBeEmpty();
        Shares(Call(2, 1, at: 2), Reader(4, at: 4, 1m) with { Cost = null }).ShouldBeEmpty();
        Shares(Call(2, 1, at: 2) with { Level = ObservationLevel.Warning }, Reader(4, at: 4, 1m)).ShouldBeEmpty();
        // A request that failed has read nothing: the one after it has.
        Shares(
                Call(2, 1, at: 2),
                Reader(4, at: 4, 1m) with
                {
                    Usage = null,
                    Cost = null,
                    Level = ObservationLevel.Error,
                },
                Reader(5, at: 6, 2m)
            )
            .ShouldBe([new(new(2), 2m)]);
    }

    private static IReadOnlyDictionary<ObservationId, decimal> Shares(params Observation[] observations)
    {
        Observation[] all = [Some.Root(), .. observations];
        return ToolCostEstimate.Of(all, new AgentsAbove(all));
    }

    private static Observation Reader(ulong id, double at, decimal cost) => Request(id, at, cost, new Usage(100, 0, 0, 0));

    private static Observation Request(ulong id, double at, decimal cost, Usage usage) =>
        Some.Observation(id, cost: cost, usage: usage, atSecond: at) with
        {
            ParentId = Root,
        };

    private static Observation Call(ulong id, ulong askedBy, double at, int? bytes = null)
    {
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (bytes is { } size)
        {
            metadata["output_bytes"] = size.ToString(CultureInfo.InvariantCulture);
        }

        // What asked for it may have been lost: then it hangs under the turn.
        return Some.Observation(id, ObservationType.Tool, name: "Bash", atSecond: at) with
        {
            ParentId = askedBy == 1 ? Root : new(askedBy),
            Metadata = metadata,
        };
    }
}
