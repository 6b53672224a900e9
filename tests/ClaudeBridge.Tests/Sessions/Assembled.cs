using System.Globalization;
using System.Text;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Contexts;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>Runs exports through the assembler with everything in memory and keeps the last view of every trace.</summary>
internal sealed class Assembled : IFactSource
{
    private readonly Dictionary<string, SessionState> _states = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string), List<Fact>> _facts = [];
    private readonly Dictionary<(string, string), string> _buckets = [];
    private readonly SessionAssembler _assembler;

    public Assembled(Attribution? attribution = null) => _assembler = new SessionAssembler(attribution);

    public SortedDictionary<string, SortedDictionary<TraceId, TraceView>> Traces { get; } = new(StringComparer.Ordinal);

    public int Duplicates { get; private set; }

    public static Assembled From(IEnumerable<DecodedExport> exports)
    {
        var assembled = new Assembled();
        foreach (var export in exports)
        {
            assembled.Add(export);
        }

        return assembled;
    }

    public void Add(DecodedExport export)
    {
        foreach (var (key, facts) in RecordReader.Read(export, DateTimeOffset.UnixEpoch).Sessions)
        {
            Add(key, facts);
        }
    }

    /// <summary>Several exports in one step.</summary>
    public void Add(IReadOnlyCollection<DecodedExport> step)
    {
        foreach (
            var session in step.SelectMany(static export => RecordReader.Read(export, DateTimeOffset.UnixEpoch).Sessions)
                .GroupBy(static pair => pair.Key, StringComparer.Ordinal)
        )
        {
            Add(session.Key, [.. session.SelectMany(static pair => pair.Value)]);
        }
    }

    /// <summary>What a caller says of a session.</summary>
    /// <returns>The traces that were computed anew.</returns>
    public IReadOnlyList<TraceView> Add(ContextEntry entry) => Add(entry.SessionKey, [entry.ToFact()]);

    private IReadOnlyList<TraceView> Add(string key, IReadOnlyList<Fact> facts)
    {
        if (!_states.TryGetValue(key, out var state))
        {
            var buckets = _buckets
                .Where(pair => pair.Key.Item1 == key)
                .Select(static pair => new BucketState(pair.Key.Item2, pair.Value))
                .ToList();
            _states[key] = state = new SessionState(key, buckets, this);
        }

        var change = _assembler.Apply(state, facts);
        Take(change);
        return change.Traces;
    }

    /// <summary>Forgets all that is only cached, as after a restart.</summary>
    public void Restart() => _states.Clear();

    public IReadOnlyList<Fact> LoadFacts(string sessionKey, string bucketKey) => _facts.GetValueOrDefault((sessionKey, bucketKey)) ?? [];

    public IEnumerable<TraceView> All =>
        Traces
            .Values.SelectMany(static traces => traces.Values)
            .OrderBy(static trace => trace.StartUnixNano)
            .ThenBy(static trace => trace.Id);

    private void Take(SessionChange change)
    {
        Duplicates += change.Duplicates;
        foreach (var (bucket, facts) in change.NewFacts)
        {
            if (!_facts.TryGetValue((change.SessionKey, bucket), out var list))
            {
                _facts[(change.SessionKey, bucket)] = list = [];
            }

            list.AddRange(facts);
        }

        foreach (var bucket in change.Buckets)
        {
            _buckets[(change.SessionKey, bucket.Key)] = bucket.Summary;
        }

        if (!Traces.TryGetValue(change.SessionKey, out var traces))
        {
            Traces[change.SessionKey] = traces = [];
        }

        foreach (var removed in change.RemovedTraces)
        {
            traces.Remove(removed).ShouldBeTrue("a trace is removed that never was");
        }

        change.Traces.Select(static trace => trace.Id).ShouldBeUnique("two traces of a session have one id");
        foreach (var trace in change.Traces)
        {
            traces[trace.Id] = trace;
        }
    }
}

/// <summary>Draws traces as text that a person can read and a test can compare: ids are left out, times are milliseconds from the start of the trace.</summary>
internal static class TreeText
{
    private static readonly string[] Hidden =
    [
        "native_start",
        "native_end",
        "native_span_id",
        "request_id",
        "tool_use_id",
        "agent_id",
        "parent_agent_id",
        "prompt_id",
        "started_by",
        "outer_parent_span_id",
        "task_id",
        "tool_parameters",
    ];

    public static string Draw(IEnumerable<TraceView> traces)
    {
        var text = new StringBuilder();
        var sessions = new List<string>();
        foreach (var trace in traces)
        {
            var session = trace.Context.SessionId;
            if (!sessions.Contains(session))
            {
                sessions.Add(session);
            }

            var label = session == "(none)" ? session : $"s{sessions.IndexOf(session) + 1}";
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"trace of {label}: {trace.Context.Name}, {trace.Level}, version {trace.Context.Version}, tags [{string.Join(", ", trace.Context.Tags)}]{(trace.IsOver ? ", over" : "")}{(trace.IsRootEnded ? ", root ended" : "")}{(trace.IsTentative ? ", tentative" : "")}"
            );
            var ids = trace.Observations.Select(static observation => observation.Id).ToHashSet();
            foreach (var root in trace.Observations.Where(observation => observation.ParentId is not { } parent || !ids.Contains(parent)))
            {
                Draw(text, trace, root, "  ");
            }

            text.AppendLine();
        }

        return text.ToString();
    }

    private static void Draw(StringBuilder text, TraceView trace, Observation observation, string indent)
    {
        var start = ((decimal)observation.StartUnixNano - trace.StartUnixNano) / 1_000_000m;
        var length = (observation.EndUnixNano - observation.StartUnixNano) / 1_000_000m;
        text.Append(
            CultureInfo.InvariantCulture,
            $"{indent}{observation.Type} {observation.Name}  +{start:0.###} ms, {length:0.###} ms, {observation.Readiness}"
        );
        if (observation.Level != ObservationLevel.Default)
        {
            text.Append(CultureInfo.InvariantCulture, $", {observation.Level}: {observation.StatusMessage}");
        }

        if (observation.Usage is { } usage)
        {
            text.Append(CultureInfo.InvariantCulture, $", tokens {usage.Input}/{usage.Output}/{usage.CacheRead}/{usage.CacheCreation}");
        }

        if (observation.Cost is { } cost)
        {
            text.Append(CultureInfo.InvariantCulture, $", ${cost}");
        }

        text.AppendLine();
        foreach (
            var (name, value) in observation
                .Metadata.Where(static pair => !Hidden.Contains(pair.Key))
                .GroupBy(static _ => "·", static pair => $"{pair.Key}={Short(pair.Value)}")
                .Select(static group => (group.Key, string.Join(" ", group)))
        )
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{indent}    {name} {value}");
        }

        if (observation.Input is { } input)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{indent}    < {Short(input)}");
        }

        if (observation.Output is { } output)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{indent}    > {Short(output)}");
        }

        foreach (var child in trace.Observations.Where(child => child.ParentId == observation.Id))
        {
            Draw(text, trace, child, indent + "  ");
        }
    }

    private static string Short(string text)
    {
        var line = text.ReplaceLineEndings("⏎");
        return line.Length > 120 ? $"{line[..120]}… ({line.Length})" : line;
    }
}
