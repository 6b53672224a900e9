using System.Security.Cryptography;
using System.Text;
using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>The working table on which one trace is put together. The rule files fill it one after another; nothing of it outlives the build.</summary>
internal sealed class TraceDraft
{
    private readonly Dictionary<Fact, RootDraft> _rootOf = [];
    private Dictionary<ulong, RootDraft>? _rootBySpan;
    private ILookup<RootDraft, Fact>? _factsOf;

    public TraceDraft(TraceId id, Turn turn)
    {
        Id = id;
        Turn = turn;
        Facts = Twins.Leave(turn.Buckets.SelectMany(static bucket => bucket.Facts).Concat(turn.Loose));
        ByKind = Facts.ToLookup(static fact => fact.Kind);
        Spans = new SpanTree(Facts);
        ExpectsSpans = Facts.Any(static fact => fact is { Log: not null, Reading.TraceId: not null });
    }

    public TraceId Id { get; }

    public Turn Turn { get; }

    /// <summary>All facts of the turn in the one order in which facts are read.</summary>
    public IReadOnlyList<Fact> Facts { get; }

    public ILookup<RecordKind, Fact> ByKind { get; }

    public SpanTree Spans { get; }

    /// <summary>Log records carry trace context, so native spans are known to come.</summary>
    public bool ExpectsSpans { get; }

    public List<RootDraft> Roots { get; } = [];

    public List<GenerationDraft> Generations { get; } = [];

    public List<ToolDraft> Tools { get; } = [];

    public List<AgentDraft> Agents { get; } = [];

    /// <summary>Observations that are finished: events and spans that nothing else depends on.</summary>
    public List<Observation> Others { get; } = [];

    /// <summary>The first 8 bytes of SHA-256 over trace, kind and key.</summary>
    public ObservationId IdOf(string kind, string key) =>
        ObservationId.FromBytes(SHA256.HashData(Encoding.UTF8.GetBytes($"{Id}\n{kind}\n{key}")));

    /// <summary>For what nothing but its own record describes.</summary>
    public ObservationId IdOf(Fact fact) => IdOf("record", Twins.KeyOf(fact) ?? fact.Id.ToString());

    /// <summary>The subagent that a fact belongs to, also where the record itself does not say so; null for the main loop.</summary>
    public string? AgentOf(Fact fact) => fact.Reading.AgentId ?? Spans.AgentOf(fact);

    /// <summary>The root that a fact belongs to: by span, by prompt, else the latest that had begun.</summary>
    public RootDraft RootOf(Fact fact)
    {
        if (Roots.Count == 1)
        {
            return Roots[0];
        }

        if (!_rootOf.TryGetValue(fact, out var root))
        {
            _rootOf[fact] = root = FindRootOf(fact);
        }

        return root;
    }

    /// <summary>The facts of a root, in order. To be asked for when the roots are found.</summary>
    public IEnumerable<Fact> FactsOf(RootDraft root) => Roots.Count == 1 ? Facts : (_factsOf ??= Facts.ToLookup(RootOf))[root];

    /// <summary>To be called when more has become known of the roots than when facts were first asked for theirs.</summary>
    public void ForgetRootsOfFacts()
    {
        _rootOf.Clear();
        (_factsOf, _rootBySpan) = (null, null);
    }

    private RootDraft FindRootOf(Fact fact)
    {
        _rootBySpan ??= Roots.Where(static root => root.SpanId is not null).ToDictionary(static root => root.SpanId!.Value);
        var bySpan = Spans.UpFrom(fact).Select(_rootBySpan.GetValueOrDefault).FirstOrDefault(static root => root is not null);
        var byPrompt = bySpan ?? (fact.Reading.PromptId is { } prompt ? Roots.Find(root => root.PromptId == prompt) : null);
        return byPrompt ?? Roots.FindLast(root => root.Start <= fact.Time) ?? Roots[0];
    }
}

/// <summary>The root of one prompt.</summary>
internal sealed class RootDraft
{
    public required ObservationId Id { get; init; }

    /// <summary>The <c>interaction</c> span, also where it has not come; null without trace context.</summary>
    public ulong? SpanId { get; init; }

    public Fact? Prompt { get; set; }

    public Fact? Interaction { get; set; }

    public string? PromptId { get; set; }

    /// <summary>Best known start, for telling several roots of a trace apart.</summary>
    public ulong Start { get; set; }
}

/// <summary>One model request: everything that names its request id.</summary>
internal sealed class GenerationDraft
{
    public required string Key { get; init; }

    public Fact? Request { get; set; }

    public Fact? Error { get; set; }

    public Fact? Refusal { get; set; }

    public Fact? Exhausted { get; set; }

    public Fact? Response { get; set; }

    public Fact? RequestBody { get; set; }

    public Fact? ResponseBody { get; set; }

    public Fact? Span { get; set; }

    public string? AgentId { get; set; }

    /// <summary>The span was joined by model and time because it names no request.</summary>
    public bool IsInferred { get; set; }

    /// <summary>Which subagent it belongs to was told by time alone.</summary>
    public bool IsAgentInferred { get; set; }

    /// <summary>The parts, the most telling first.</summary>
    public IEnumerable<Fact> Parts =>
        new[] { Request, Error, Refusal, Span, Exhausted, Response, ResponseBody, RequestBody }.OfType<Fact>();

    public Fact Main => Parts.First();

    public ObservationId Id { get; set; }

    public ulong Start { get; set; }

    public ulong End { get; set; }
}

/// <summary>One tool call: everything that names its tool use id.</summary>
internal sealed class ToolDraft
{
    public required string Key { get; init; }

    public Fact? Result { get; set; }

    public Fact? Decision { get; set; }

    public Fact? ToolSpan { get; set; }

    public Fact? Execution { get; set; }

    public Fact? Blocked { get; set; }

    public string? AgentId { get; set; }

    /// <summary>The request that asked for it, where nothing names it and time alone tells.</summary>
    public GenerationDraft? AskedBy { get; set; }

    /// <summary>Some part was joined by name and time because it names no tool use.</summary>
    public bool IsInferred { get; set; }

    /// <summary>The parts, the most telling first.</summary>
    public IEnumerable<Fact> Parts => new[] { Result, Execution, ToolSpan, Decision, Blocked }.OfType<Fact>();

    public Fact Main => Parts.First();

    public bool IsRefused =>
        Result is null && Execution is null && (Decision ?? Blocked)?.Attributes.Text(Names.Decision) is "reject" or "deny";

    /// <summary>The tool that starts subagents: <c>Task</c> in older versions, <c>Agent</c> since.</summary>
    public bool StartsAgents => Parts.Any(static part => part.Attributes.Text(Names.ToolName) is "Agent" or "Task");

    public string? ToolUseId => Parts.Select(static part => part.Reading.ToolUseId).FirstOrDefault(static id => id is not null);

    public ObservationId Id { get; set; }

    public ulong Start { get; set; }

    public ulong End { get; set; }
}

/// <summary>One subagent: everything that names its agent id.</summary>
internal sealed class AgentDraft
{
    /// <summary>The client's agent id; for versions that send none, a key made from the tool use that started it.</summary>
    public required string Key { get; init; }

    public List<Fact> Facts { get; } = [];

    public Fact? Completed { get; set; }

    public string? ParentAgentId { get; set; }

    /// <summary>The call that started it; null when that is not known.</summary>
    public ToolDraft? Starter { get; set; }

    public bool IsInferred { get; set; }

    public ObservationId Id { get; set; }

    public ulong Start { get; set; }

    public ulong End { get; set; }
}
