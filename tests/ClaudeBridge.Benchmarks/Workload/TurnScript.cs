using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;

namespace ClaudeBridge.Benchmarks.Workload;

/// <summary>The log records of one turn as Claude Code 2.1.329 writes them, with placeholders where ids and times go.</summary>
internal sealed class TurnScript
{
    private const string Model = "claude-opus-5-5";
    private const string Answer =
        "The handler reads the configuration before the listener is up, so the first request can see the old value. I moved the read "
        + "behind the start and added a test that opens the port first. Both suites pass, and the change is limited to one file. ";

    private static readonly string[] Tools = ["Read", "Bash", "Grep", "Edit"];

    private readonly List<LogRecord> _records = [];
    private int _requests;
    private int _tools;

    private TurnScript() { }

    public IReadOnlyList<LogRecord> Records => _records;

    /// <summary>Turns of 19 to 49 records; every fourth one hands a part of its work to a subagent.</summary>
    public static IReadOnlyList<TurnScript> All { get; } =
    [Of(calls: 6), Of(calls: 8), Of(calls: 11), Of(calls: 9, agentCalls: 3), Of(calls: 5), Of(calls: 14), Of(calls: 10), Of(7, 4)];

    private static TurnScript Of(int calls, int agentCalls = 0)
    {
        var turn = new TurnScript();
        turn.Add(
            "user_prompt",
            ("prompt_length", "164"),
            ("prompt", Answer[..164]),
            ("prompt_text", "<REDACTED>"),
            ("message.uuid", Placeholder.Text(SlotKind.Message, 90))
        );
        for (var call = 0; call < calls; call++)
        {
            turn.Call(agent: false);
        }

        if (agentCalls > 0)
        {
            turn.Delegate(agentCalls);
        }

        turn.Request(turn._requests++, agent: false);
        turn.Respond(turn._requests - 1, agent: false);
        return turn;
    }

    /// <summary>A model call that asks for one tool: tools start while the answer still streams, so the decision comes first.</summary>
    private void Call(bool agent)
    {
        var (request, tool) = (_requests++, _tools++);
        var name = Tools[tool % Tools.Length];
        Decide(request, tool, name, agent);
        Request(request, agent);
        if (request % 3 == 0)
        {
            Respond(request, agent);
        }

        Finish(request, tool, name, agent);
    }

    private void Delegate(int agentCalls)
    {
        var (request, tool) = (_requests++, _tools++);
        Decide(request, tool, "Agent", agent: false);
        Request(request, agent: false);
        for (var call = 0; call < agentCalls; call++)
        {
            Call(agent: true);
        }

        Request(_requests++, agent: true);
        Add(
            "subagent_completed",
            ("agent_type", "general-purpose"),
            ("agent.source", "builtin"),
            ("is_async", false),
            ("total_tokens", 18_240L),
            ("total_tool_uses", (long)agentCalls),
            ("duration_ms", 5_120L),
            ("final_model", Model),
            ("model", Model),
            ("agent_id", AgentId)
        );
        Finish(request, tool, "Agent", agent: false);
    }

    private void Decide(int request, int tool, string name, bool agent) =>
        Add(
            "tool_decision",
            agent,
            ("decision", "accept"),
            ("source", "config"),
            ("tool_name", name),
            ("tool_use_id", "toolu_" + Placeholder.Text(SlotKind.ToolUse, tool)),
            ("tool_source", "builtin"),
            ("tool_parameters", ParametersOf(name)),
            ("permission_mode", "acceptEdits"),
            ("request_id", "req_" + Placeholder.Text(SlotKind.Request, request))
        );

    private void Request(int request, bool agent) =>
        Add(
            "api_request",
            agent,
            ("model", Model),
            ("input_tokens", 14L + request),
            ("output_tokens", 231L + (7 * request)),
            ("cache_read_tokens", 9_120L + (512 * request)),
            ("cache_creation_tokens", 640L),
            ("cache_creation_5m_tokens", 640L),
            ("cache_creation_1h_tokens", 0L),
            ("cost_usd", (23_138L + request) / 1e6),
            ("cost_usd_micros", 23_138L + request),
            ("duration_ms", 1_934L + (13 * request)),
            ("ttft_ms", 418L),
            ("request_id", "req_" + Placeholder.Text(SlotKind.Request, request)),
            ("speed", "normal"),
            ("query_source", agent ? "agent:builtin:general-purpose" : "repl_main_thread"),
            ("effort", "medium")
        );

    private void Respond(int request, bool agent) =>
        Add(
            "assistant_response",
            agent,
            ("response_length", (long)Answer.Length),
            ("response", Answer),
            ("model", Model),
            ("request_id", "req_" + Placeholder.Text(SlotKind.Request, request)),
            ("message.uuid", Placeholder.Text(SlotKind.Message, request)),
            ("query_source", agent ? "agent:builtin:general-purpose" : "repl_main_thread")
        );

    private void Finish(int request, int tool, string name, bool agent) =>
        Add(
            "tool_result",
            agent,
            ("tool_name", name),
            ("tool_use_id", "toolu_" + Placeholder.Text(SlotKind.ToolUse, tool)),
            ("success", "true"),
            ("duration_ms", "31"),
            ("tool_parameters", ParametersOf(name)),
            ("tool_input", InputOf(name)),
            ("tool_input_size_bytes", "148"),
            ("tool_result_size_bytes", "2310"),
            ("request_id", "req_" + Placeholder.Text(SlotKind.Request, request))
        );

    private static string AgentId => "a" + Placeholder.Text(SlotKind.Agent);

    private static string? ParametersOf(string tool) =>
        tool switch
        {
            "Bash" => """{"bash_command":"dotnet","full_command":"dotnet test tests/Unit --filter Name~Listener","timeout":120000}""",
            "Agent" => """{"subagent_type":"general-purpose"}""",
            _ => null,
        };

    private static string InputOf(string tool) =>
        tool switch
        {
            "Bash" => """{"command":"dotnet test tests/Unit --filter Name~Listener","description":"Run the tests of the listener"}""",
            "Agent" =>
                """{"subagent_type":"general-purpose","description":"Find every caller","prompt":"List all callers of Listener.Start."}""",
            "Grep" => """{"pattern":"Listener\\.Start","path":"/home/dev/project/src","output_mode":"content","-n":true}""",
            "Edit" =>
                """{"file_path":"/home/dev/project/src/Server/Listener.cs","old_string":"Read(options);","new_string":"ReadLater(options);"}""",
            _ => """{"file_path":"/home/dev/project/src/Server/Listener.cs","offset":120,"limit":200}""",
        };

    private void Add(string name, params (string Key, object? Value)[] own) => Add(name, agent: false, own);

    private void Add(string name, bool agent, params (string Key, object? Value)[] own)
    {
        var record = new LogRecord
        {
            TimeUnixNano = Placeholder.Time,
            ObservedTimeUnixNano = Placeholder.Time,
            Body = new AnyValue { StringValue = "claude_code." + name },
        };
        (string, object?)[] common =
        [
            ("user.id", Placeholder.Text(SlotKind.User)),
            ("session.id", Placeholder.Text(SlotKind.Session)),
            ("anthropic.provider", "firstParty"),
            ("anthropic.custom_base_url", true),
            ("terminal.type", "xterm-256color"),
            ("event.name", name),
            ("event.timestamp", Placeholder.Text(SlotKind.Timestamp)),
            ("event.sequence", Placeholder.Sequence),
            ("prompt.id", Placeholder.Text(SlotKind.Prompt)),
        ];
        (string, object?)[] ofAgent = agent ? [("agent.name", "general-purpose"), ("agent_id", AgentId)] : [];
        foreach (var (key, value) in common.Concat(own).Concat(ofAgent))
        {
            if (value is not null)
            {
                record.Attributes.Add(new KeyValue { Key = key, Value = ValueOf(value) });
            }
        }

        _records.Add(record);
    }

    private static AnyValue ValueOf(object value) =>
        value switch
        {
            string text => new AnyValue { StringValue = text },
            long number => new AnyValue { IntValue = number },
            double number => new AnyValue { DoubleValue = number },
            bool truth => new AnyValue { BoolValue = truth },
            _ => throw new ArgumentException($"No OTLP value for {value.GetType()}.", nameof(value)),
        };
}
