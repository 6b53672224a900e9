using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Says under which observation another one hangs.</summary>
internal sealed class Nesting
{
    private readonly TraceDraft _draft;
    private readonly Dictionary<string, GenerationDraft> _byRequest = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AgentDraft> _agents;
    private readonly ILookup<string, GenerationDraft> _byAgent;
    private readonly ILookup<RootDraft, GenerationDraft> _mainLoopOf;
    private readonly string? _mainModel;

    public Nesting(TraceDraft draft)
    {
        _draft = draft;
        _agents = draft.Agents.ToDictionary(static agent => agent.Key, StringComparer.Ordinal);
        foreach (var generation in draft.Generations)
        {
            _byRequest.TryAdd(generation.Key, generation);
        }

        _byAgent = draft.Generations.ToLookup(static generation => generation.AgentId ?? "", StringComparer.Ordinal);
        _mainLoopOf = _byAgent[""].ToLookup(generation => draft.RootOf(generation.Main));
        _mainModel = MainModel(_byAgent[""]);
    }

    public ObservationId Of(GenerationDraft generation) => UnderAgent(generation.AgentId, generation.Main);

    /// <summary>A tool call hangs under the request that asked for it: the one it names, else the latest of its agent that had begun.</summary>
    public (ObservationId Parent, bool IsInferred) Of(ToolDraft tool)
    {
        var request = tool.Parts.Select(static part => part.Reading.RequestId).FirstOrDefault(static id => id is not null);
        if (request is not null)
        {
            return (_byRequest.TryGetValue(request, out var named) ? named.Id : UnderAgent(tool.AgentId, tool.Main), false);
        }

        if (tool.AskedBy is { } asker)
        {
            return (asker.Id, true);
        }

        var started = tool.Decision is { } decision ? Math.Min(decision.Time, tool.Start) : tool.Start;
        var latest = _byAgent[tool.AgentId ?? ""]
            .Where(generation =>
                generation.Start <= started
                && (tool.AgentId is not null || !IsHelper(generation))
                && (_draft.Roots.Count == 1 || _draft.RootOf(generation.Main) == _draft.RootOf(tool.Main))
            )
            .MaxBy(static generation => (generation.Start, generation.Key));
        return latest is null ? (UnderAgent(tool.AgentId, tool.Main), false) : (latest.Id, true);
    }

    public ObservationId Of(AgentDraft agent) =>
        agent.Starter?.Id ?? UnderAgent(agent.ParentAgentId, agent.Facts.Count > 0 ? agent.Facts[0] : _draft.Facts[0]);

    /// <summary>Whatever else a record becomes hangs under its subagent, or under its root.</summary>
    public ObservationId Of(Fact fact) => UnderAgent(_draft.AgentOf(fact), fact);

    /// <summary>The nearest span above a native one that became an observation; null when there is none.</summary>
    public ObservationId? OfNativeParent(Fact span)
    {
        // What a subagent does hangs under the execution of the call that started it: that call, and in the tree the agent.
        var agent = span.Reading.AgentId is { } key ? _agents.GetValueOrDefault(key) : null;
        foreach (var id in _draft.Spans.UpFrom(span).Skip(1))
        {
            if (
                _draft.Spans.Find(id) is { } above
                && (
                    (above.Kind == RecordKind.UnknownSpan ? _draft.IdOf(above) : (ObservationId?)null)
                    ?? _draft.Tools.Find(tool => tool.ToolSpan == above || tool.Execution == above || tool.Blocked == above)?.Id
                    ?? _draft.Generations.Find(generation => generation.Span == above)?.Id
                )
                    is { } observation
            )
            {
                return agent?.Starter?.Id == observation ? agent!.Id : observation;
            }
        }

        return null;
    }

    /// <summary>A request that is not part of the conversation, such as one that names the topic: its source says so, or where there is none another model than the turn's.</summary>
    public bool IsHelper(GenerationDraft generation) =>
        generation.AgentId is null
        && (
            SourceOf(generation) is { } source
                ? !IsMainSource(source) && source != "compact"
                : _mainModel is not null && ModelOf(generation) is { } model && model != _mainModel
        );

    /// <summary>Requests that speak for the main loop of a root, in the order in which they ended.</summary>
    public IReadOnlyList<GenerationDraft> MainLoopOf(RootDraft root)
    {
        var own = _mainLoopOf[root]
            .OrderBy(static generation => generation.End)
            .ThenBy(static generation => generation.Key, StringComparer.Ordinal)
            .ToList();
        var spoken = own.FindAll(static generation => SourceOf(generation) is { } source && IsMainSource(source));
        if (spoken.Count > 0)
        {
            return spoken;
        }

        var withoutHelpers = own.FindAll(generation => !IsHelper(generation));
        return withoutHelpers.Count > 0 ? withoutHelpers : own;
    }

    private static bool IsMainSource(string source) => source == "sdk" || source.StartsWith("repl_main_thread", StringComparison.Ordinal);

    private static string? SourceOf(GenerationDraft generation) =>
        generation.Parts.Select(static part => part.Reading.QuerySource).FirstOrDefault(static source => source is not null);

    /// <summary>The model of the turn is the one that most was spent on.</summary>
    private static string? MainModel(IEnumerable<GenerationDraft> generations) =>
        generations
            .Where(static generation => ModelOf(generation) is not null)
            .GroupBy(static generation => ModelOf(generation)!, StringComparer.Ordinal)
            .Select(static group =>
                (Model: group.Key, Cost: group.Sum(static generation => GenerationView.CostOf(generation) ?? 0), Count: group.Count())
            )
            .OrderByDescending(static model => model.Cost)
            .ThenByDescending(static model => model.Count)
            .ThenBy(static model => model.Model, StringComparer.Ordinal)
            .Select(static model => model.Model)
            .FirstOrDefault();

    private static string? ModelOf(GenerationDraft generation) =>
        GenerationView.SplitModel(generation.Main.Attributes.Text(Names.Model)).Model;

    private ObservationId UnderAgent(string? agentId, Fact fact) =>
        agentId is not null && _agents.TryGetValue(agentId, out var agent) ? agent.Id : _draft.RootOf(fact).Id;
}
