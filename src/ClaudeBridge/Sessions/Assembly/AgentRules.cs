using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Gathers what belongs to one subagent and finds the tool call that started it.</summary>
internal static class AgentRules
{
    public static void Gather(TraceDraft draft)
    {
        NameAgentsOfOldClients(draft);
        NameAgentsOfOldTools(draft);
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

        foreach (
            var key in draft
                .Generations.Select(static generation => generation.AgentId)
                .Concat(draft.Tools.Select(static tool => tool.AgentId))
                .OfType<string>()
        )
        {
            Get(key);
        }

        JoinCompletedWithoutId(draft, byKey);
        draft.Agents.AddRange(byKey.Values);
        foreach (var agent in draft.Agents)
        {
            Time(draft, agent);
        }

        draft.Agents.Sort(
            static (one, other) => one.Start != other.Start ? one.Start.CompareTo(other.Start) : string.CompareOrdinal(one.Key, other.Key)
        );
        FindStarters(draft);

        AgentDraft Get(string key)
        {
            if (!byKey.TryGetValue(key, out var agent))
            {
                byKey[key] = agent = new AgentDraft { Key = key };
            }

            return agent;
        }
    }

    /// <summary>Old clients say only that a request came from a subagent: the call that encloses it, natively or in time, stands for the agent.</summary>
    private static void NameAgentsOfOldClients(TraceDraft draft)
    {
        foreach (var generation in draft.Generations.Where(static generation => generation.AgentId is null))
        {
            var native = generation.Parts.Select(part => StarterBySpan(draft, part)).FirstOrDefault(static tool => tool is not null);
            var starter = native;
            if (starter is null && generation.Parts.Any(static part => part.Reading.IsAgentSource))
            {
                starter = draft
                    .Tools.Where(tool => tool.StartsAgents && Encloses(tool, generation.Start, generation.End))
                    .MaxBy(static tool => tool.Start);
            }

            if (starter is not null)
            {
                generation.AgentId = KeyOf(starter);
            }
        }
    }

    private static void NameAgentsOfOldTools(TraceDraft draft)
    {
        foreach (var tool in draft.Tools.Where(static tool => tool.AgentId is null))
        {
            tool.AgentId = tool.Parts.Select(part => StarterBySpan(draft, part)).FirstOrDefault(static starter => starter is not null)
                is { } starter
                ? KeyOf(starter)
                : null;
        }
    }

    private static string KeyOf(ToolDraft starter) => "tool:" + starter.Key;

    private static void JoinCompletedWithoutId(TraceDraft draft, SortedDictionary<string, AgentDraft> byKey)
    {
        foreach (var completed in draft.ByKind[RecordKind.SubagentCompleted].Where(fact => draft.AgentOf(fact) is null))
        {
            var start = Clock.Before(completed.Time, completed.Attributes.Number(Names.DurationMs) ?? 0);
            var starter =
                StarterBySpan(draft, completed)
                ?? draft.Tools.Where(tool => tool.StartsAgents && Encloses(tool, start, completed.Time)).MinBy(static tool => tool.End);
            var key = starter is null ? "record:" + completed.Id : KeyOf(starter);
            if (!byKey.TryGetValue(key, out var agent))
            {
                byKey[key] = agent = new AgentDraft { Key = key };
            }

            agent.Completed ??= completed;
            agent.Facts.Add(completed);
        }
    }

    private static void Time(TraceDraft draft, AgentDraft agent)
    {
        agent.Id = draft.IdOf("agent", agent.Key);
        if (agent.Completed is { } completed)
        {
            agent.End = completed.Time;
            agent.Start = Clock.Before(completed.Time, completed.Attributes.Number(Names.DurationMs) ?? 0);
            return;
        }

        var own = draft
            .Generations.Where(generation => generation.AgentId == agent.Key)
            .Select(static generation => (generation.Start, generation.End))
            .Concat(draft.Tools.Where(tool => tool.AgentId == agent.Key).Select(static tool => (tool.Start, tool.End)))
            .Concat(agent.Facts.Select(static fact => (Start: fact.Time, fact.Reading.End)))
            .ToList();
        agent.Start = own.Min(static span => span.Start);
        agent.End = own.Max(static span => span.End);
    }

    /// <summary>First what the spans say; then the calls whose interval leaves no choice; then in order, marked as inferred.</summary>
    private static void FindStarters(TraceDraft draft)
    {
        foreach (var agent in draft.Agents)
        {
            agent.Starter =
                draft.Tools.Find(tool => KeyOf(tool) == agent.Key)
                ?? agent.Facts.Select(fact => StarterBySpan(draft, fact)).FirstOrDefault(static tool => tool is not null);
        }

        var open = draft.Agents.Where(static agent => agent.Starter is null).ToList();
        while (open.Count > 0)
        {
            var taken = draft.Agents.Select(static agent => agent.Starter).OfType<ToolDraft>().ToHashSet();
            var choices = open.ConvertAll(agent => (Agent: agent, Calls: Candidates(draft, agent, taken)));
            var (next, calls) = choices.Find(static choice => choice.Calls.Count == 1);
            if (next is null)
            {
                (next, calls) = choices[0];
                next.IsInferred = true;
            }

            next.Starter = calls.FirstOrDefault();
            open.Remove(next);
        }
    }

    /// <summary>Calls of the parent agent that may have started an agent: those whose interval encloses it; else, for one in the background, the latest that had returned.</summary>
    private static List<ToolDraft> Candidates(TraceDraft draft, AgentDraft agent, HashSet<ToolDraft> taken)
    {
        var calls = draft
            .Tools.Where(tool =>
                tool.StartsAgents
                && !tool.IsRefused
                && !taken.Contains(tool)
                && tool.AgentId == agent.ParentAgentId
                && DecidedAt(tool) <= agent.Start
            )
            .OrderBy(DecidedAt)
            .ThenBy(static tool => tool.Key, StringComparer.Ordinal)
            .ToList();
        var enclosing = calls.FindAll(tool => Encloses(tool, agent.Start, agent.End));
        if (enclosing.Count > 0)
        {
            return enclosing;
        }

        var returned = calls.FindAll(tool => tool.Result is not null && tool.End <= agent.Start + GenerationRules.SameMoment);
        return returned.Count > 0 ? [returned.MaxBy(static tool => tool.End)!] : calls;
    }

    private static ulong DecidedAt(ToolDraft tool) => tool.Decision?.Time ?? tool.Start;

    private static bool Encloses(ToolDraft tool, ulong start, ulong end) =>
        DecidedAt(tool) <= start + GenerationRules.SameMoment && (tool.Result is null || end <= tool.End + GenerationRules.SameMoment);

    /// <summary>The call whose execution a record hangs under.</summary>
    private static ToolDraft? StarterBySpan(TraceDraft draft, Fact fact) =>
        draft.Spans.AnchorOf(fact) is { } anchor && draft.Spans.Find(anchor) is { Kind: RecordKind.ToolExecutionSpan } execution
            ? draft.Tools.Find(tool => tool.Execution == execution)
            : null;
}
