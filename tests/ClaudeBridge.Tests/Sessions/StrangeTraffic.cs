using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions.Contexts;
using ClaudeBridge.Tests.StandIns;
using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Resource.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>
/// Recorded records as no client sent them: some lost, some without the attributes that say where they belong, spans under strange parents,
/// sessions mixed, copies by a second exporter, spans of another program in the same trace, and words of callers in between. A seed gives always the same.
/// </summary>
internal sealed class StrangeTraffic
{
    private static readonly string[] Ties =
    [
        "agent_id",
        "parent_agent_id",
        "request_id",
        "gen_ai.response.id",
        "tool_use_id",
        "gen_ai.tool.call.id",
        "prompt.id",
        "event.sequence",
        "session.id",
        "query_source",
        "llm_request.context",
        "gen_ai.conversation.id",
        "is_async",
        "duration_ms",
        "model",
        "user.id",
    ];

    private readonly Random _random;
    private readonly List<DecodedExport> _records = [];
    private readonly HashSet<string> _lost;
    private readonly bool _isOneSession;
    private readonly bool _losesTraceContext;
    private readonly bool _isTwisted;
    private readonly List<ByteString> _spanIds;
    private readonly List<string> _agents;

    public StrangeTraffic(int seed)
    {
        _random = new Random(seed);
        var names = Recording.Names.Where(static name => !name.Contains("burst", StringComparison.Ordinal)).ToList();
        var first = _random.Next(names.Count);
        var second = (first + _random.Next(1, names.Count)) % names.Count;
        var requests = new[] { first, second }
            .Take(_random.Next(1, 3))
            .SelectMany(number => Recording.Open(names[number]).Requests)
            .Select(static request => request.Decode())
            .ToList();
        Metrics = [.. requests.Where(static request => request.Metrics is not null && request.Metrics.ResourceMetrics.Count > 0)];
        var all = requests.SelectMany(Split).ToList();
        _lost = [.. Ties.Where(_ => _random.Next(6) == 0)];
        _isOneSession = _random.Next(3) == 0;
        _losesTraceContext = _random.Next(4) == 0;
        _isTwisted = _random.Next(2) == 0;
        HasTwins = _random.Next(3) == 0;
        _spanIds = [.. all.SelectMany(static one => Spans(one)).Select(static span => span.SpanId).Distinct()];
        _agents = [.. all.SelectMany(static one => TextsOf(one, "agent_id")).Distinct()];
        var keep = _random.Next(2) == 0 ? 1.0 : _random.NextDouble();
        foreach (var one in all.Where(_ => _random.NextDouble() <= keep).Take(400))
        {
            Add(one);
        }

        AddOthers(all);
    }

    /// <summary>One record each.</summary>
    public IReadOnlyList<DecodedExport> Records => _records;

    /// <summary>As they were recorded.</summary>
    public IReadOnlyList<DecodedExport> Metrics { get; }

    public List<ContextEntry> Said { get; } = [];

    /// <summary>Some records come twice with other attributes.</summary>
    public bool HasTwins { get; }

    public static IEnumerable<Span> Spans(DecodedExport export) =>
        export.Traces?.ResourceSpans.SelectMany(static group => group.ScopeSpans).SelectMany(static scope => scope.Spans) ?? [];

    public static IEnumerable<LogRecord> Logs(DecodedExport export) =>
        export.Logs?.ResourceLogs.SelectMany(static group => group.ScopeLogs).SelectMany(static scope => scope.LogRecords) ?? [];

    public static IEnumerable<string> TextsOf(DecodedExport export, string name) =>
        Spans(export)
            .SelectMany(static span => span.Attributes)
            .Concat(Logs(export).SelectMany(static log => log.Attributes))
            .Where(pair => pair.Key == name)
            .Select(static pair => pair.Value.StringValue);

    public static IEnumerable<DecodedExport> Split(DecodedExport export)
    {
        foreach (var group in export.Logs?.ResourceLogs ?? [])
        {
            foreach (var scope in group.ScopeLogs)
            {
                foreach (var log in scope.LogRecords)
                {
                    yield return Of(group.Resource, scope.Scope, log);
                }
            }
        }

        foreach (var group in export.Traces?.ResourceSpans ?? [])
        {
            foreach (var scope in group.ScopeSpans)
            {
                foreach (var span in scope.Spans)
                {
                    yield return Of(group.Resource, scope.Scope, span);
                }
            }
        }
    }

    private static DecodedExport Of(Resource resource, InstrumentationScope scope, LogRecord log) =>
        new()
        {
            Signal = Signal.Logs,
            Accepted = 1,
            Logs = new ExportLogsServiceRequest
            {
                ResourceLogs =
                {
                    new ResourceLogs
                    {
                        Resource = resource,
                        ScopeLogs =
                        {
                            new ScopeLogs { Scope = scope, LogRecords = { log } },
                        },
                    },
                },
            },
        };

    private static DecodedExport Of(Resource resource, InstrumentationScope scope, Span span) =>
        new()
        {
            Signal = Signal.Traces,
            Accepted = 1,
            Traces = new ExportTraceServiceRequest
            {
                ResourceSpans =
                {
                    new ResourceSpans
                    {
                        Resource = resource,
                        ScopeSpans =
                        {
                            new ScopeSpans { Scope = scope, Spans = { span } },
                        },
                    },
                },
            },
        };

    private void Add(DecodedExport one)
    {
        var copies = HasTwins && _random.Next(4) == 0 ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            if (one.Logs?.ResourceLogs[0] is { } logs)
            {
                var log = logs.ScopeLogs[0].LogRecords[0].Clone();
                Change(log.Attributes, copy);
                if (_losesTraceContext && _random.Next(3) != 0)
                {
                    (log.TraceId, log.SpanId) = (ByteString.Empty, ByteString.Empty);
                }

                if (_isTwisted && _random.Next(300) == 0)
                {
                    log.TimeUnixNano = _random.Next(2) == 0 ? 1 : ulong.MaxValue;
                }
                else if (_isTwisted && _random.Next(20) == 0)
                {
                    (log.SpanId, log.TimeUnixNano) = (AnySpan(), log.TimeUnixNano + (ulong)_random.Next(-2_000_000, 2_000_000));
                }

                _records.Add(Of(Resource(logs.Resource, copy), logs.ScopeLogs[0].Scope, log));
            }
            else if (one.Traces?.ResourceSpans[0] is { } spans)
            {
                var span = spans.ScopeSpans[0].Spans[0].Clone();
                Change(span.Attributes, copy);
                if (_isTwisted)
                {
                    span.ParentSpanId = _random.Next(15) == 0 ? AnySpan() : span.ParentSpanId;
                    span.SpanId = _random.Next(40) == 0 ? ByteString.Empty : span.SpanId;
                    span.Name = _random.Next(20) == 0 ? "claude_code.new_" + _random.Next(2) : span.Name;
                    span.StartTimeUnixNano = _random.Next(40) == 0 ? 0 : span.StartTimeUnixNano;
                    span.EndTimeUnixNano = _random.Next(200) == 0 ? ulong.MaxValue : span.EndTimeUnixNano;
                }

                _records.Add(Of(Resource(spans.Resource, copy), spans.ScopeSpans[0].Scope, span));
            }
        }
    }

    private ByteString AnySpan() => _spanIds.Count == 0 ? ByteString.Empty : _spanIds[_random.Next(_spanIds.Count)];

    private Resource Resource(Resource resource, int copy)
    {
        if (copy == 0 && !_isTwisted)
        {
            return resource;
        }

        var other = resource.Clone();
        if (copy > 0)
        {
            other.Attributes.Add(SomeSpans.Pair("exporter", "second"));
        }

        if (
            _isTwisted
            && _random.Next(10) == 0
            && other.Attributes.FirstOrDefault(static pair => pair.Key == "service.version") is { } version
        )
        {
            version.Value = new AnyValue { StringValue = "2.0.1" };
        }

        return other;
    }

    private void Change(Google.Protobuf.Collections.RepeatedField<KeyValue> attributes, int copy)
    {
        for (var i = attributes.Count - 1; i >= 0; i--)
        {
            var key = attributes[i].Key;
            if (_lost.Contains(key) && _random.Next(4) != 0 || (_isTwisted && Ties.Contains(key) && _random.Next(25) == 0))
            {
                attributes.RemoveAt(i);
            }
            else if (_isOneSession && key == "session.id")
            {
                attributes[i].Value = new AnyValue { StringValue = "one" };
            }
            else if (_isTwisted && key is "agent_id" or "parent_agent_id" && _random.Next(8) == 0)
            {
                attributes[i].Value = new AnyValue { StringValue = _agents[_random.Next(_agents.Count)] };
            }
        }

        if (copy > 0)
        {
            attributes.Add(SomeSpans.Pair("more", "x"));
        }
    }

    /// <summary>Spans of another program in the traces of the session, and what callers say of it.</summary>
    private void AddOthers(List<DecodedExport> all)
    {
        var traces = all.SelectMany(Spans).Select(static span => span.TraceId).Distinct().ToList();
        for (var i = 0; i < 10 && traces.Count > 0; i++)
        {
            var span = new Span
            {
                TraceId = traces[_random.Next(traces.Count)],
                SpanId = SomeSpans.Id((ulong)_random.Next(1, 8)),
                ParentSpanId = _random.Next(3) == 0 ? AnySpan() : SomeSpans.Id((ulong)_random.Next(1, 9)),
                Name = "llm_request",
                StartTimeUnixNano = Some.Epoch + (ulong)_random.Next(1_000),
                EndTimeUnixNano = Some.Epoch + (ulong)_random.Next(1_000),
            };
            if (_random.Next(3) != 0)
            {
                span.Attributes.Add(SomeSpans.Pair("gen_ai.request.model", "m"));
                span.Attributes.Add(SomeSpans.Pair("gen_ai.usage.input_tokens", _random.Next(10)));
            }

            _records.Add(
                Of(new Resource { Attributes = { SomeSpans.Pair("service.name", "outer") } }, new InstrumentationScope { Name = "o" }, span)
            );
        }

        var session = _isOneSession ? "one" : all.SelectMany(static one => TextsOf(one, "session.id")).FirstOrDefault() ?? "one";
        var times = all.SelectMany(Logs).Select(static log => log.TimeUnixNano).ToList();
        for (ulong i = 0; i < 4 && times.Count > 0; i++)
        {
            var time = times[_random.Next(times.Count)];
            Said.Add(
                ContextEntry.Create(
                    session,
                    _random.Next(4) == 0,
                    Some.Epoch + i,
                    time,
                    _random.Next(2) == 0 ? 0 : 2_000_000_000UL,
                    new Dictionary<string, string?>
                    {
                        ["ticket"] = _random.Next(5) == 0 ? null : $"T-{i}",
                        ["k" + _random.Next(3)] = $"v{i}",
                    }
                )
            );
        }
    }
}
