using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Tests.StandIns;
using Google.Protobuf;
using OpenTelemetry.Proto.Logs.V1;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>Recordings from which something was taken away that other client versions or settings do not send: the tree must stay the same.</summary>
public sealed class DerivedRecordingTests
{
    [Theory]
    [InlineData("2.1.329-subagent-http-json")]
    [InlineData("2.1.329-subagent-grpc")]
    [InlineData("2.1.329-background-agent-http-protobuf")]
    [InlineData("2.1.329-parallel-tools-http-json")]
    [InlineData("2.1.329-mcp-tool-http-protobuf")]
    public void Without_traces_the_log_events_alone_give_the_same_tree(string recording) =>
        Parents(LogsOnly(recording, static _ => { })).ShouldBe(Parents(Whole(recording)));

    [Theory]
    [InlineData("2.1.329-subagent-http-json")]
    [InlineData("2.1.329-background-agent-http-protobuf")]
    [InlineData("2.1.329-file-edits-http-json")]
    [InlineData("2.1.329-tool-failure-http-json")]
    public void Without_request_ids_on_tool_events_tools_hang_under_the_request_before_them_and_say_so(string recording)
    {
        var assembled = LogsOnly(
            recording,
            static log =>
            {
                if (Attribute(log, "event.name")?.StartsWith("tool_", StringComparison.Ordinal) == true)
                {
                    Remove(log, "request_id");
                }
            }
        );

        Parents(assembled).ShouldBe(Parents(Whole(recording)));
        assembled
            .All.SelectMany(static trace => trace.Observations)
            .Where(static o => o.Type == ObservationType.Tool)
            .ShouldAllBe(static tool => tool.Metadata["nesting"] == "inferred");
    }

    [Fact]
    public void Without_agent_ids_a_subagent_is_known_by_the_call_that_encloses_it()
    {
        var assembled = LogsOnly(
            "2.1.329-detailed-tracing-http-json",
            static log =>
            {
                Remove(log, "agent_id");
                Remove(log, "parent_agent_id");
            }
        );

        var observations = assembled.All.Single().Observations;
        var agent = observations.Single(static o => o.Type == ObservationType.Agent && !o.IsRoot);
        observations.Single(o => o.Id == agent.ParentId).Name.ShouldBe("Agent");
        observations.Count(o => o.ParentId == agent.Id && o.Type == ObservationType.Generation).ShouldBe(2);
    }

    [Fact]
    public void Without_prompt_ids_a_turn_is_what_stands_between_two_prompts()
    {
        var assembled = LogsOnly("2.1.329-multi-turn-continue-http-json", static log => Remove(log, "prompt.id"));
        var traces = assembled.All.ToList();
        traces.Count.ShouldBe(3);
        traces.Select(static t => t.Observations.Count(static o => o.Type == ObservationType.Generation)).ShouldBe([2, 3, 1]);
        traces.ShouldAllBe(static t => t.PromptId == null);
    }

    [Fact]
    public void Spans_alone_make_the_tree_while_no_event_comes()
    {
        var spans = Recording
            .Open("2.1.329-subagent-http-json")
            .Requests.Where(static r => r.Signal == Signal.Traces)
            .Select(static r => r.Decode());
        var trace = Assembled.From(spans).All.Single();
        trace.Observations.Count(static o => o.Type == ObservationType.Generation).ShouldBe(6);
        trace.Observations.Count(static o => o.Type == ObservationType.Tool).ShouldBe(4);
        trace.Observations.Count(static o => o.Type == ObservationType.Agent).ShouldBe(3);
        trace.Observations.ShouldAllBe(static o => o.Cost == null);
        var whole = Whole("2.1.329-subagent-http-json").All.Single().Observations.ToDictionary(static o => o.Id);
        trace.Observations.ShouldAllBe(o => whole.ContainsKey(o.Id));
    }

    [Fact]
    public void Records_without_a_session_id_stand_under_the_session_that_their_trace_names()
    {
        var exports = Recording.Open("2.1.329-subagent-http-json").Requests.Select(static r => r.Decode()).ToList();
        foreach (
            var attributes in exports.SelectMany(static e =>
                Logs(e).Select(static l => l.Attributes).Concat(Spans(e).Select(static s => s.Attributes))
            )
        )
        {
            var session = attributes.FirstOrDefault(static a => a.Key == "session.id");
            if (session is not null)
            {
                attributes.Remove(session);
            }
        }

        var trace = Assembled.From(exports).All.Single();
        trace.Context.SessionId.ShouldBe(Whole("2.1.329-subagent-http-json").All.Single().Context.SessionId);
        trace.Observations.Count.ShouldBe(Whole("2.1.329-subagent-http-json").All.Single().Observations.Count);
    }

    [Fact]
    public void A_value_that_is_no_number_costs_only_itself_and_is_counted()
    {
        var export = Recording.Open("2.1.329-bash-tool-http-json").Requests.Single(static r => r.Signal == Signal.Logs).Decode();
        var request = Logs(export).First(static l => Attribute(l, "event.name") == "api_request");
        request.Attributes.Single(static a => a.Key == "output_tokens").Value = new() { StringValue = "many" };
        RecordReader
            .Read(export, DateTimeOffset.UnixEpoch)
            .UnreadableValues.ShouldBe(new Dictionary<string, int> { ["output_tokens"] = 1 });
        Assembled
            .From([export])
            .All.Single()
            .Observations.First(static o => o.Type == ObservationType.Generation)
            .Usage!.Output.ShouldBe(0);
    }

    private static Assembled Whole(string recording) => Assembled.From(Recording.Open(recording).Requests.Select(static r => r.Decode()));

    private static Assembled LogsOnly(string recording, Action<LogRecord> change)
    {
        var exports = Recording.Open(recording).Requests.Where(static r => r.Signal == Signal.Logs).Select(static r => r.Decode()).ToList();
        foreach (var log in exports.SelectMany(Logs))
        {
            log.TraceId = ByteString.Empty;
            log.SpanId = ByteString.Empty;
            log.Flags = 0;
            change(log);
        }

        return Assembled.From(exports);
    }

    /// <summary>Each observation by what it is, with the same of its parent.</summary>
    private static List<string> Parents(Assembled assembled) =>
        [
            .. assembled
                .All.SelectMany(static trace =>
                    trace.Observations.Select(o =>
                        $"{Describe(o)} under {(trace.Observations.FirstOrDefault(p => p.Id == o.ParentId) is { } parent ? Describe(parent) : "nothing")}"
                    )
                )
                .Order(StringComparer.Ordinal),
        ];

    private static string Describe(Observation o) =>
        o.Type switch
        {
            ObservationType.Generation => $"request {o.Metadata["request_id"]}",
            ObservationType.Tool => $"{o.Name} {o.Metadata["tool_use_id"]}",
            ObservationType.Agent => $"agent {o.Metadata.GetValueOrDefault("agent_id")}",
            _ => o.Name,
        };

    private static IEnumerable<LogRecord> Logs(DecodedExport export) =>
        export.Logs?.ResourceLogs.SelectMany(static g => g.ScopeLogs).SelectMany(static s => s.LogRecords) ?? [];

    private static IEnumerable<OpenTelemetry.Proto.Trace.V1.Span> Spans(DecodedExport export) =>
        export.Traces?.ResourceSpans.SelectMany(static g => g.ScopeSpans).SelectMany(static s => s.Spans) ?? [];

    private static string? Attribute(LogRecord log, string name) => log.Attributes.FirstOrDefault(a => a.Key == name)?.Value.StringValue;

    private static void Remove(LogRecord log, string name)
    {
        if (log.Attributes.FirstOrDefault(a => a.Key == name) is { } attribute)
        {
            log.Attributes.Remove(attribute);
        }
    }
}
