namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>What one turn may become.</summary>
/// <param name="Calls">Model requests that ask for tools, about.</param>
/// <param name="Observations">Of the whole trace, exactly; then <paramref name="Calls"/> does not count.</param>
internal sealed record TurnPlan(string Prompt, Model Model, int Calls, int? Observations = null);

/// <summary>Plays one turn into the log and the metrics of its session, as Claude Code 2.1.329 reports it.</summary>
internal sealed class TurnScript(SessionLog log, SessionMetrics metrics, Dice dice, SessionState state)
{
    /// <summary>Subagents within subagents.</summary>
    private const int DeepestAgent = 3;

    private readonly string _promptId = dice.Uuid();
    private TurnPlan _plan = null!;
    private int _observations = 1;

    public string PromptId => _promptId;

    public long CostMicros { get; private set; }

    private int Left => (_plan.Observations ?? int.MaxValue) - _observations;

    public void Play(TurnPlan plan)
    {
        _plan = plan;
        var contents = state.SendsContents;
        log.Add(
            state.Now,
            "user_prompt",
            _promptId,
            ("prompt_length", plan.Prompt.Length.ToString()),
            ("prompt", contents ? plan.Prompt : "<REDACTED>"),
            ("message.uuid", dice.Uuid())
        );
        if (plan.Observations is null)
        {
            for (var call = 0; call < plan.Calls; call++)
            {
                if (dice.Chance(0.004) && Refused())
                {
                    return;
                }

                if (dice.Chance(0.015))
                {
                    Failed();
                }

                Call(agent: null, depth: 0);
            }
        }
        else
        {
            // One more request ends the turn.
            while (Left > 3)
            {
                Call(agent: null, depth: 0);
            }

            while (Left > 1)
            {
                Request(dice.Id("req_011", 20), agent: null, null, null);
            }
        }

        var last = dice.Id("req_011", 20);
        Request(last, agent: null, null, null);
        Respond(last, agent: null);
    }

    /// <summary>A model request that asks for one tool, or for several at a time.</summary>
    private void Call(Agent? agent, int depth)
    {
        var request = dice.Id("req_011", 20);
        var delegates = depth < DeepestAgent && Left > 40 && dice.Chance(_plan.Observations is null ? 0.03 : 0.06);
        var tools = delegates ? 1 : Math.Min(dice.Chance(0.15) ? dice.Between(2, 4) : 1, Left - 2);
        var kinds = Enumerable.Range(0, tools).Select(_ => dice.PickFirst(Cast.Tools)).ToArray();
        var ids = kinds.Select(_ => dice.Id("toolu_01", 22)).ToArray();
        if (delegates)
        {
            Request(request, agent, null, null);
            Delegate(request, ids[0], agent, depth);
            return;
        }

        var consumed = state.TakeConsumed();
        Request(request, agent, consumed?.Server, consumed?.Name);
        if (dice.Chance(0.2))
        {
            Respond(request, agent);
        }

        var began = state.Now;
        var longest = began;
        for (var i = 0; i < tools; i++)
        {
            state.Now = began;
            Tool(request, ids[i], kinds[i], agent);
            longest = state.Now > longest ? state.Now : longest;
        }

        state.Now = longest;
    }

    private void Tool(string request, string id, ToolKind kind, Agent? agent)
    {
        _observations++;
        var parameters = kind.Server is { } server ? $$"""{"mcp_server_name":"{{server}}","mcp_tool_name":"{{kind.Name}}"}""" : null;
        var name = kind.Server is null ? kind.Name : "mcp_tool";
        var isRejected = dice.Chance(kind.IsEdit || kind.Name == "Bash" ? 0.03 : 0.003);
        Decide(request, id, name, parameters, isRejected, agent);
        if (kind.IsEdit)
        {
            metrics.Edited(_plan.Model, kind.Name, dice.Pick(Cast.Languages), !isRejected, (int)dice.Skewed(12), dice.Between(0, 9));
        }

        if (isRejected)
        {
            return;
        }

        var length = dice.Skewed(kind.UsualMs);
        state.Pass(length);
        var fails = dice.Chance(kind.Failures);
        var input = Phrases.Input(kind, dice);
        log.Add(
            state.Now,
            "tool_result",
            _promptId,
            ("tool_name", name),
            ("tool_use_id", id),
            ("success", fails ? "false" : "true"),
            ("duration_ms", length.ToString()),
            ("error_type", fails ? "ToolError" : null),
            ("error", fails ? Phrases.Error(kind, dice) : null),
            ("tool_parameters", state.SendsContents || kind.Server is not null ? parameters : null),
            ("tool_input", state.SendsContents ? input : null),
            ("tool_input_size_bytes", input.Length.ToString()),
            ("tool_result_size_bytes", dice.Skewed(900).ToString()),
            ("request_id", request),
            ("agent_id", agent?.Id)
        );
        state.Consumed(kind, fails);
        if (kind.Name == "Bash" && !fails && dice.Chance(0.06))
        {
            metrics.Committed();
        }
        else if (kind.Name == "create_pull_request" && !fails)
        {
            metrics.OpenedPullRequest();
        }
        else if (kind.Name == "Skill")
        {
            state.Skill = dice.Pick(Cast.Skills);
        }
    }

    private void Delegate(string request, string id, Agent? starter, int depth)
    {
        _observations += 2;
        var agent = new Agent(dice.Id("a", 16), dice.PickFirst(Cast.Agents));
        var parameters = $$"""{"subagent_type":"{{agent.Type}}"}""";
        Decide(request, id, "Agent", parameters, isRejected: false, starter);
        var began = state.Now;
        var calls = dice.Between(1, _plan.Observations is null ? 4 : 8);
        for (var call = 0; call < calls && Left > 8; call++)
        {
            Call(agent, depth + 1);
        }

        Request(dice.Id("req_011", 20), agent, null, null);
        var length = (long)(state.Now - began).TotalMilliseconds;
        log.Add(
            state.Now,
            "subagent_completed",
            _promptId,
            ("agent_type", agent.Type),
            ("agent.source", "built-in"),
            ("is_built_in", true),
            ("is_async", false),
            ("total_tokens", dice.Skewed(9_000)),
            ("total_tool_uses", (long)calls),
            ("duration_ms", length),
            ("model", _plan.Model.Name),
            ("final_model", _plan.Model.Name),
            ("agent_id", agent.Id)
        );
        state.Pass(4);
        log.Add(
            state.Now,
            "tool_result",
            _promptId,
            ("tool_name", "Agent"),
            ("tool_use_id", id),
            ("success", "true"),
            ("duration_ms", (length + 4).ToString()),
            ("tool_parameters", parameters),
            ("request_id", request),
            ("agent_id", starter?.Id)
        );
    }

    private void Decide(string request, string id, string name, string? parameters, bool isRejected, Agent? agent) =>
        log.Add(
            state.Now,
            "tool_decision",
            _promptId,
            ("decision", isRejected ? "reject" : "accept"),
            ("source", isRejected ? "user_reject" : "config"),
            ("tool_name", name),
            ("tool_use_id", id),
            ("tool_source", name == "mcp_tool" ? "mcp" : "builtin"),
            ("tool_parameters", parameters),
            ("permission_mode", "acceptEdits"),
            ("request_id", request),
            ("agent_id", agent?.Id)
        );

    private void Request(string request, Agent? agent, string? server, string? tool)
    {
        _observations++;
        var (input, output) = ((long)dice.Between(3, 40), dice.Skewed(220));
        var (read, creation) = (state.Context, dice.Skewed(900));
        state.Context = Math.Min(state.Context + creation, 180_000);
        var cost = _plan.Model.CostMicros(input, output, read, creation);
        var length = dice.Skewed(600 + (output * 9));
        state.Pass(length);
        CostMicros += cost;
        metrics.Request(_plan.Model, agent is not null, input, output, read, creation, cost);
        log.Add(
            state.Now,
            "api_request",
            _promptId,
            ("model", _plan.Model.Name),
            ("input_tokens", input),
            ("output_tokens", output),
            ("cache_read_tokens", read),
            ("cache_creation_tokens", creation),
            ("cost_usd", cost / 1e6),
            ("cost_usd_micros", cost),
            ("duration_ms", length),
            ("ttft_ms", Math.Min(length, dice.Skewed(380, 0.4))),
            ("request_id", request),
            ("speed", "normal"),
            ("query_source", agent is null ? "repl_main_thread" : "agent:builtin:" + agent.Type),
            ("effort", "medium"),
            ("mcp_server.name", server),
            ("mcp_tool.name", server is null ? null : tool),
            ("skill.name", state.TakeSkill()),
            ("agent.name", agent?.Type),
            ("agent_id", agent?.Id)
        );
    }

    private void Respond(string request, Agent? agent)
    {
        var answer = Phrases.Answer(dice);
        log.Add(
            state.Now,
            "assistant_response",
            _promptId,
            ("response_length", (long)answer.Length),
            ("response", state.SendsContents ? answer : "<REDACTED>"),
            ("request_id", request),
            ("message.uuid", dice.Uuid()),
            ("model", _plan.Model.Name),
            ("query_source", agent is null ? "repl_main_thread" : "agent:builtin:" + agent.Type),
            ("agent_id", agent?.Id)
        );
    }

    private void Failed()
    {
        _observations++;
        var length = dice.Skewed(1_500);
        state.Pass(length);
        log.Add(
            state.Now,
            "api_error",
            _promptId,
            ("model", _plan.Model.Name),
            ("error", dice.Chance(0.5) ? "529 overloaded_error: Overloaded" : "Connection error."),
            ("status_code", dice.Chance(0.5) ? "529" : "undefined"),
            ("duration_ms", length),
            ("attempt", 1L),
            ("request_id", dice.Id("req_011", 20)),
            ("query_source", "repl_main_thread")
        );
    }

    private bool Refused()
    {
        _observations++;
        state.Pass(900);
        log.Add(
            state.Now,
            "api_refusal",
            _promptId,
            ("model", _plan.Model.Name),
            ("request_id", dice.Id("req_011", 20)),
            ("attempt", 1L),
            ("query_source", "repl_main_thread"),
            ("has_category", false)
        );
        return true;
    }

    private sealed record Agent(string Id, string Type);
}
