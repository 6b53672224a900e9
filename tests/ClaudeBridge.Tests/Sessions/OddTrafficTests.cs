using ClaudeBridge.Sessions;
using Google.Protobuf;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>Traffic that no recording has: cut texts, absurd numbers, several background agents, records out of every turn.</summary>
public sealed class OddTrafficTests
{
    [Fact]
    public void A_text_cut_in_the_middle_of_a_character_costs_nothing()
    {
        var observations = new Some()
            .UserPrompt(0)
            .AgentCall("t1", 302, 310, "cut \\ud83d")
            .Request(1000, 600, "r1", ("agent_id", "a1"))
            .Completed("a1", 4000, 3697, isAsync: true)
            .Observations();
        observations.Count(static o => o.Type == ObservationType.Generation).ShouldBe(1);
        observations.Single(static o => o.Type == ObservationType.Agent && !o.IsRoot).Input.ShouldBe("""{"prompt":"cut \ud83d"}""");
    }

    [Fact]
    public void A_cost_that_no_request_can_have_reads_as_unknown_in_whatever_order_it_comes()
    {
        foreach (var costs in new[] { new[] { 7e28, 5e28 }, [5e28, 7e28] })
        {
            var some = new Some().UserPrompt(0);
            for (var i = 0; i < costs.Length; i++)
            {
                some.Add("api_request", 100 + i, ("request_id", $"r{i}"), ("model", "opus"), ("input_tokens", 1), ("cost_usd", costs[i]));
            }

            some.Observations().Where(static o => o.Type == ObservationType.Generation).ShouldAllBe(static o => o.Cost == null);
        }
    }

    [Fact]
    public void A_count_of_tokens_that_no_request_can_have_reads_as_unknown()
    {
        var trace = new Some()
            .UserPrompt(0)
            .Request(1000, 100, "r1", ("cache_read_tokens", long.MaxValue))
            .Add("api_request", 1100, ("request_id", "r2"), ("model", "opus"), ("input_tokens", long.MaxValue), ("output_tokens", "7"))
            .Traces()
            .Single();

        trace
            .Observations.Where(static one => one.Type == ObservationType.Generation)
            .OrderBy(static one => one.StartUnixNano)
            .Select(static one => one.Usage)
            .ShouldBe([new Usage(1, 1, 0, 0), new Usage(0, 7, 0, 0)]);
    }

    [Fact]
    public void Counts_and_durations_beyond_all_measure_overflow_nothing()
    {
        var trace = new Some()
            .UserPrompt(0)
            .Add("hook_execution_complete", 5, ("hook_name", "Stop"), ("num_hooks", long.MaxValue))
            .Add("hook_execution_complete", 6, ("hook_name", "Stop"), ("num_hooks", long.MaxValue))
            .Request(1000, 100, "r1", ("ttft_ms", long.MaxValue), ("duration_ms", 1e13))
            .Traces()
            .Single();
        trace.Observations.Single(static o => o.IsRoot).Metadata["hooks"].ShouldBe(long.MaxValue.ToString());
        trace.Observations.ShouldAllBe(o => o.StartUnixNano >= trace.StartUnixNano && o.EndUnixNano >= o.StartUnixNano);
    }

    [Fact]
    public void Several_background_agents_started_at_once_belong_to_their_calls_in_order()
    {
        var some = new Some().UserPrompt(0).Request(300, 250, "r0");
        for (var i = 0; i < 3; i++)
        {
            some.AgentCall($"t{i}", 302 + (3 * i), 305 + (3 * i), $"TASK {i}")
                .Completed($"a{i}", 1100 + (10 * i), 797 + (7 * i), isAsync: true);
        }

        var observations = some.Observations();
        foreach (var agent in observations.Where(static o => o.Type == ObservationType.Agent && !o.IsRoot))
        {
            agent.Input.ShouldBe($"TASK {agent.Metadata["agent_id"][1]}");
            observations.Single(o => o.Id == agent.ParentId).Metadata["tool_use_id"][1].ShouldBe(agent.Metadata["agent_id"][1]);
        }
    }

    [Fact]
    public void A_background_agent_is_not_taken_for_the_foreground_one_that_ran_beside_it()
    {
        var observations = new Some()
            .UserPrompt(0)
            .Request(300, 250, "r0")
            .AgentCall("back", 302, 310, "BACKGROUND")
            .AgentCall("fore", 303, 9000, "FOREGROUND")
            .Completed("a1", 4000, 3697, isAsync: true)
            .Completed("a2", 8990, 8680, isAsync: false)
            .Observations();
        observations
            .Single(static o => o.Metadata.GetValueOrDefault("agent_id") == "a1" && o.Type == ObservationType.Agent)
            .Input.ShouldBe("BACKGROUND");
        observations
            .Single(static o => o.Metadata.GetValueOrDefault("agent_id") == "a2" && o.Type == ObservationType.Agent)
            .Input.ShouldBe("FOREGROUND");
    }

    [Fact]
    public void An_agent_that_seems_to_start_a_millisecond_before_its_call_is_still_its_calls()
    {
        var observations = new Some()
            .UserPrompt(0)
            .AgentCall("t1", 302, 1001, "X")
            .Completed("a1", 1000, 699, isAsync: false)
            .Observations();
        var agent = observations.Single(static o => o.Type == ObservationType.Agent && !o.IsRoot);
        observations.Single(o => o.Id == agent.ParentId).Type.ShouldBe(ObservationType.Tool);
    }

    [Fact]
    public void Agents_that_name_each_other_as_parents_still_hang_under_the_root()
    {
        var observations = new Some()
            .UserPrompt(0)
            .Request(1000, 100, "r1", ("agent_id", "a"), ("parent_agent_id", "b"))
            .Request(1100, 100, "r2", ("agent_id", "b"), ("parent_agent_id", "a"))
            .Request(1200, 100, "r3", ("agent_id", "c"), ("parent_agent_id", "c"))
            .Observations();
        var byId = observations.ToDictionary(static o => o.Id);
        foreach (var start in observations)
        {
            var observation = start;
            for (var depth = 0; observation.ParentId is { } parent; depth++)
            {
                depth.ShouldBeLessThan(10);
                observation = byId[parent];
            }
        }
    }

    [Fact]
    public void A_subagent_that_no_call_started_does_not_make_an_agent_of_the_main_loop()
    {
        var trace = ByteString.CopyFrom(Enumerable.Repeat((byte)3, 16).ToArray());
        var span = ByteString.CopyFrom(Enumerable.Repeat((byte)4, 8).ToArray());
        var observations = new Some()
            .UserPrompt(0)
            .Request(300, 250, "r1")
            .Request(500, 100, "r2", ("agent_id", "a1"), ("query_source", "agent:custom"))
            .Span(0, trace, span)
            .Span(1, trace, span)
            .Span(2, trace, span)
            .Observations();
        var root = observations.Single(static o => o.IsRoot);
        observations.Single(static o => o.Metadata.GetValueOrDefault("request_id") == "r1").ParentId.ShouldBe(root.Id);
    }

    [Fact]
    public void Helper_calls_decide_neither_output_nor_level_of_a_turn()
    {
        var root = new Some()
            .UserPrompt(0)
            .Request(300, 250, "r1", ("query_source", "repl_main_thread"))
            .Add("assistant_response", 301, ("request_id", "r1"), ("response", "THE ANSWER"))
            .Request(900, 250, "r2", ("query_source", "prompt_suggestion"))
            .Add("assistant_response", 901, ("request_id", "r2"), ("response", "run the tests"))
            .Add("api_error", 1000, ("request_id", "r3"), ("model", "haiku"), ("error", "overloaded"), ("query_source", "title"))
            .Observations()
            .Single(static o => o.IsRoot);
        root.Output.ShouldBe("THE ANSWER");
        root.Level.ShouldBe(ObservationLevel.Default);
    }

    [Fact]
    public void What_belongs_to_no_prompt_waits_for_the_next_turn_and_never_moves()
    {
        var some = new Some().UserPrompt(0).Request(300, 250, "r1");
        some.Prompt = null;
        some.Add("internal_error", 500, ("error_name", "Boom"));
        some.Traces().Single().Observations.ShouldNotContain(static o => o.Name == "internal_error");
        some.Prompt = "p2";
        some.UserPrompt(1000).Request(1300, 250, "r2");
        some.Traces()[1].Observations.ShouldContain(static o => o.Name == "internal_error");
    }

    [Fact]
    public void An_automatic_compaction_without_a_prompt_belongs_to_the_turn_under_way()
    {
        var some = new Some().UserPrompt(0).Request(300, 250, "r1");
        some.Prompt = null;
        some.Add("compaction", 900, ("duration_ms", 300), ("pre_tokens", 100), ("post_tokens", 10));
        some.Observations().ShouldContain(static o => o.Name == "compaction");
    }

    [Fact]
    public void A_second_prompt_in_the_same_turn_is_an_event_and_not_lost()
    {
        var observations = new Some().UserPrompt(0, "first").Request(300, 250, "r1").UserPrompt(310, "also do this").Observations();
        var second = observations.Single(static o => o.Name == "user_prompt");
        second.Input.ShouldBe("also do this");
        second.Metadata.Values.ShouldNotContain("also do this");
    }

    [Fact]
    public void A_prompt_id_that_imitates_a_derived_key_costs_the_session_nothing()
    {
        var some = new Some(prompt: "\0before the first prompt").UserPrompt(1000).Request(1300, 250, "r1");
        some.Prompt = null;
        some.Request(300, 250, "r2");
        some.Prompt = "p2";
        some.UserPrompt(2000).Request(2300, 250, "r3");
        some.Traces().SelectMany(static t => t.Observations).Count(static o => o.Type == ObservationType.Generation).ShouldBe(3);
    }
}
