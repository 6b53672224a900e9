using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Gathers what belongs to one subagent.</summary>
internal static class AgentRules
{
    public static void Gather(TraceDraft draft)
    {
        var starters = new AgentStarters(draft);
        NameAgentsOfRequests(draft, starters);
        NameAgentsOfTools(draft, starters);
        var byKey = new SortedDictionary<string, AgentDraft>(StringComparer.Ordinal);
        foreach (var fact in draft.Facts)
        {
            if (draft.AgentOf(fact) is { } key)
            {
                var agent = Get(key);
                agent.Facts.Add(fact);
                agent.ParentAgentId ??= fact.Reading.ParentAgentId;
                if (fact.Kind == RecordKind.SubagentCompleted)
                {
                    agent.Completed ??= fact;
                }
            }
        }

        foreach (var generation in draft.Generations.Where(static generation => generation.AgentId is not null))
        {
            Get(generation.AgentId!).IsInferred |= generation.IsAgentInferred;
        }

        foreach (var tool in draft.Tools.Where(static tool => tool.AgentId is not null))
        {
            Get(tool.AgentId!);
        }

        foreach (var completed in draft.ByKind[RecordKind.SubagentCompleted].Where(fact => draft.AgentOf(fact) is null))
        {
            var agent = Get(KeyWithoutId(starters, completed));
            agent.Completed ??= completed;
            agent.Facts.Add(completed);
        }

        draft.Agents.AddRange(byKey.Values);
        var generations = draft.Generations.ToLookup(static generation => generation.AgentId);
        var tools = draft.Tools.ToLookup(static tool => tool.AgentId);
        foreach (var agent in draft.Agents)
        {
            Time(draft, agent, generations[agent.Key], tools[agent.Key]);
        }

        draft.Agents.Sort(
            static (one, other) => one.Start != other.Start ? one.Start.CompareTo(other.Start) : string.CompareOrdinal(one.Key, other.Key)
        );
        starters.Assign();

        AgentDraft Get(string key)
        {
            if (!byKey.TryGetValue(key, out var agent))
            {
                byKey[key] = agent = new AgentDraft { Key = key };
            }

            return agent;
        }
    }

    /// <summary>Old clients say only that a request came from a subagent: the call that it hangs under, or that encloses it in time, stands for the agent.</summary>
    private static void NameAgentsOfRequests(TraceDraft draft, AgentStarters starters)
    {
        foreach (var generation in draft.Generations.Where(static generation => generation.AgentId is null))
        {
            if (generation.Parts.Select(starters.BySpan).FirstOrDefault(static call => call is not null) is { } native)
            {
                generation.AgentId = AgentStarters.KeyOf(native);
            }
            else if (generation.Parts.FirstOrDefault(static part => part.Reading.IsAgentSource) is { } part)
            {
                generation.AgentId = starters.ByTime(generation.Start, generation.End) is { } call
                    ? AgentStarters.KeyOf(call)
                    : "source:" + part.Reading.QuerySource;
                generation.IsAgentInferred = true;
            }
        }
    }

    /// <summary>
    /// Tool events of older clients name neither agent nor request. A call is decided around the end of the request that asked for it, so in a
    /// turn with subagents the request that ended nearest to the decision tells whose it is.
    /// </summary>
    private static void NameAgentsOfTools(TraceDraft draft, AgentStarters starters)
    {
        var hasAgents = draft.Generations.Exists(static generation => generation.AgentId is not null);
        foreach (var tool in draft.Tools.Where(static tool => tool.AgentId is null))
        {
            if (tool.Parts.Select(starters.BySpan).FirstOrDefault(static call => call is not null) is { } native)
            {
                tool.AgentId = AgentStarters.KeyOf(native);
            }
            else if (hasAgents && tool.ToolSpan is null && tool.Parts.All(static part => part.Reading.RequestId is null))
            {
                var decided = tool.Decision?.Time ?? tool.Start;
                tool.AskedBy = draft
                    .Generations.Where(generation => generation.Start <= decided + GenerationRules.SameMoment)
                    .MinBy(generation => (GenerationRules.Distance(generation.End, decided), generation.Key));
                tool.AgentId = tool.AskedBy?.AgentId;
            }
        }
    }

    private static string KeyWithoutId(AgentStarters starters, Fact completed)
    {
        var start = Clock.Before(completed.Time, completed.Attributes.Number(Names.DurationMs) ?? 0);
        return (starters.BySpan(completed) ?? starters.Enclosing(start, completed.Time)) is { } call
            ? AgentStarters.KeyOf(call)
            : "record:" + completed.Id;
    }

    private static void Time(TraceDraft draft, AgentDraft agent, IEnumerable<GenerationDraft> generations, IEnumerable<ToolDraft> tools)
    {
        agent.Id = draft.IdOf("agent", agent.Key);
        if (agent.Completed is { } completed)
        {
            agent.End = completed.Time;
            agent.Start = Clock.Before(completed.Time, completed.Attributes.Number(Names.DurationMs) ?? 0);
            return;
        }

        var own = generations
            .Select(static generation => (generation.Start, generation.End))
            .Concat(tools.Select(static tool => (tool.Start, tool.End)))
            .Concat(agent.Facts.Select(static fact => (Start: fact.Time, fact.Reading.End)))
            .ToList();
        agent.Start = own.Min(static span => span.Start);
        agent.End = own.Max(static span => span.End);
    }
}
