using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>Writes log events as a client would, with valid defaults: a session, a prompt, milliseconds from a fixed moment.</summary>
internal sealed class Some(string version = "2.1.329", string? session = "S", string? prompt = "p1")
{
    public const ulong Epoch = 1_790_000_000_000_000_000;
    private readonly List<LogRecord> _records = [];
    private int _sequence;

    public string? Prompt { get; set; } = prompt;

    public Resource Resource { get; } = new();

    /// <summary>Sets an attribute of the resource.</summary>
    public Some Of(string key, string value)
    {
        Resource.Attributes.Add(
            new KeyValue
            {
                Key = key,
                Value = new AnyValue { StringValue = value },
            }
        );
        return this;
    }

    public Some Add(string name, int atMs, params (string Key, object Value)[] attributes)
    {
        var log = new LogRecord
        {
            TimeUnixNano = Epoch + ((ulong)atMs * 1_000_000),
            Body = new AnyValue { StringValue = "claude_code." + name },
        };
        Set(log, "event.name", name);
        Set(log, "event.sequence", _sequence++);
        Set(log, "session.id", session);
        Set(log, "prompt.id", Prompt);
        foreach (var (key, value) in attributes)
        {
            Set(log, key, value);
        }

        _records.Add(log);
        return this;
    }

    public Some UserPrompt(int atMs, string text = "go") => Add("user_prompt", atMs, ("prompt", text), ("prompt_length", text.Length));

    public Some Request(int endMs, int durationMs, string id, params (string Key, object Value)[] attributes) =>
        Add(
            "api_request",
            endMs,
            [
                ("request_id", id),
                ("model", "opus"),
                ("duration_ms", durationMs),
                ("input_tokens", 1),
                ("output_tokens", 1),
                ("cost_usd_micros", 10_000),
                .. attributes,
            ]
        );

    public Some AgentCall(string id, int decidedMs, int resultMs, string task) =>
        Add("tool_decision", decidedMs, ("tool_name", "Agent"), ("tool_use_id", id), ("decision", "accept"), ("source", "config"))
            .Add(
                "tool_result",
                resultMs,
                ("tool_name", "Agent"),
                ("tool_use_id", id),
                ("success", "true"),
                ("duration_ms", resultMs - decidedMs),
                ("tool_input", $$"""{"prompt":"{{task}}"}""")
            );

    public Some Completed(string agent, int endMs, int durationMs, bool isAsync) =>
        Add(
            "subagent_completed",
            endMs,
            ("agent_id", agent),
            ("agent_type", "general-purpose"),
            ("duration_ms", durationMs),
            ("is_async", isAsync)
        );

    public Some Span(int index, ByteString trace, ByteString span)
    {
        _records[index].TraceId = trace;
        _records[index].SpanId = span;
        return this;
    }

    public DecodedExport Export()
    {
        var scope = new ScopeLogs
        {
            Scope = new InstrumentationScope { Name = "com.anthropic.claude_code.events", Version = version },
        };
        scope.LogRecords.AddRange(_records);
        return new DecodedExport
        {
            Signal = Signal.Logs,
            Accepted = _records.Count,
            Logs = new ExportLogsServiceRequest
            {
                ResourceLogs =
                {
                    new ResourceLogs { Resource = Resource, ScopeLogs = { scope } },
                },
            },
        };
    }

    public IReadOnlyList<TraceView> Traces() => [.. Assembled.From([Export()]).All];

    public IReadOnlyList<Observation> Observations() => Traces().Single().Observations;

    private static void Set(LogRecord log, string key, object? value)
    {
        if (value is not null)
        {
            var any = value switch
            {
                string text => new AnyValue { StringValue = text },
                int number => new AnyValue { IntValue = number },
                long number => new AnyValue { IntValue = number },
                double number => new AnyValue { DoubleValue = number },
                bool flag => new AnyValue { BoolValue = flag },
                _ => throw new ArgumentException($"No attribute value: {value.GetType()}", nameof(value)),
            };
            log.Attributes.Add(new KeyValue { Key = key, Value = any });
        }
    }
}
