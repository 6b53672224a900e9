using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Finds the tool calls that started subagents.</summary>
internal sealed class AgentStarters
{
    private readonly TraceDraft _draft;
    private readonly Dictionary<Fact, ToolDraft> _byExecution = [];
    private readonly List<ToolDraft> _calls;

    public AgentStarters(TraceDraft draft)
    {
        _draft = draft;
        foreach (var tool in draft.Tools.Where(static tool => tool.Execution is not null))
        {
            _byExecution.TryAdd(tool.Execution!, tool);
        }

        _calls =
        [
            .. draft
                .Tools.Where(static tool => tool.StartsAgents && !tool.IsRefused)
                .OrderBy(DecidedAt)
                .ThenBy(static tool => tool.Key, StringComparer.Ordinal),
        ];
    }

    /// <summary>The key of a subagent that is known only by the call that started it.</summary>
    public static string KeyOf(ToolDraft starter) => "tool:" + starter.Key;

    /// <summary>The call whose execution a record hangs under.</summary>
    public ToolDraft? BySpan(Fact fact) =>
        _draft.Spans.AnchorOf(fact) is { } anchor && _draft.Spans.Find(anchor) is { Kind: RecordKind.ToolExecutionSpan } execution
            ? _byExecution.GetValueOrDefault(execution)
            : null;

    /// <summary>The call that a stretch of time lies in; else the latest that had returned before it, which went on in the background.</summary>
    public ToolDraft? ByTime(ulong start, ulong end) =>
        _calls.FindLast(call => Encloses(call, start, end))
        ?? _calls.Where(call => HasReturned(call, start)).MaxBy(static call => call.End);

    /// <summary>The call that a stretch of time lies in, the one that returned first; null when it lies in none.</summary>
    public ToolDraft? Enclosing(ulong start, ulong end) => _calls.Where(call => Encloses(call, start, end)).MinBy(static call => call.End);

    /// <summary>First what the spans say; then the calls whose interval leaves no choice; then in order, marked as inferred.</summary>
    public void Assign()
    {
        var byKey = _draft.Tools.ToLookup(KeyOf, StringComparer.Ordinal);
        foreach (var agent in _draft.Agents)
        {
            agent.Starter = byKey[agent.Key].FirstOrDefault() ?? agent.Facts.Select(BySpan).FirstOrDefault(static call => call is not null);
        }

        var taken = _draft.Agents.Select(static agent => agent.Starter).OfType<ToolDraft>().ToHashSet();
        var open = _draft
            .Agents.Where(static agent => agent.Starter is null)
            .ToDictionary(static agent => agent, agent => Candidates(agent, taken));
        if (_calls.Count == 0)
        {
            // Nothing to choose from, however many there are.
            foreach (var agent in open.Keys)
            {
                agent.IsInferred = true;
            }

            return;
        }

        while (open.Count > 0)
        {
            var next = _draft.Agents.Find(agent => open.TryGetValue(agent, out var calls) && calls.Count == 1);
            if (next is null)
            {
                next = _draft.Agents.Find(open.ContainsKey)!;
                next.IsInferred = true;
            }

            next.Starter = open[next].FirstOrDefault();
            open.Remove(next);
            if (next.Starter is { } call && taken.Add(call))
            {
                foreach (var agent in open.Keys.Where(agent => open[agent].Contains(call)).ToList())
                {
                    open[agent] = Candidates(agent, taken);
                }
            }
        }
    }

    /// <summary>Calls of the parent agent that may have started an agent: those whose interval encloses it; else, for one in the background, the latest that had returned.</summary>
    private List<ToolDraft> Candidates(AgentDraft agent, HashSet<ToolDraft> taken)
    {
        var calls = _calls.FindAll(call =>
            !taken.Contains(call)
            && call.AgentId == agent.ParentAgentId
            && DecidedAt(call) <= agent.Start + GenerationRules.SameMoment
            && IsOfType(call, agent)
        );
        // One that is said to have run in the background outlived its call; one that is said not to have lies within it.
        var isAsync = agent.Completed?.Attributes.Flag(Names.IsAsync);
        var enclosing = isAsync == true ? [] : calls.FindAll(call => Encloses(call, agent.Start, agent.End));
        if (enclosing.Count > 0 || isAsync == false)
        {
            return enclosing;
        }

        var returned = calls.FindAll(call => HasReturned(call, agent.Start));
        if (returned.Count == 0)
        {
            return calls;
        }

        // Calls that returned within a moment of each other leave a choice.
        var latest = returned.Max(static call => call.End);
        return returned.FindAll(call => latest - call.End <= GenerationRules.SameMoment);
    }

    private static bool IsOfType(ToolDraft call, AgentDraft agent)
    {
        var asked = Metadata.First(call.Parts, Names.SubagentType) ?? ToolView.Parameter(call, "subagent_type");
        var ran = agent.Completed?.Attributes.Text(Names.AgentType);
        return asked is null || ran is null || asked == ran;
    }

    private static bool HasReturned(ToolDraft call, ulong time) => call.Result is not null && call.End <= time + GenerationRules.SameMoment;

    private static ulong DecidedAt(ToolDraft call) => call.Decision?.Time ?? call.Start;

    private static bool Encloses(ToolDraft call, ulong start, ulong end) =>
        DecidedAt(call) <= start + GenerationRules.SameMoment && (call.Result is null || end <= call.End + GenerationRules.SameMoment);
}
