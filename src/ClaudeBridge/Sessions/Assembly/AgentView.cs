using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Computes the AGENT of a subagent.</summary>
internal static class AgentView
{
    public static Observation Build(TraceDraft draft, Nesting nesting, AgentDraft agent)
    {
        var facts = new[] { agent.Completed }.OfType<Fact>().Concat(agent.Facts).ToList();
        var answers = draft.Generations.Where(generation => generation.AgentId == agent.Key && generation.Response is not null);
        var response = answers.Select(static generation => generation.Response!).Max();
        return new Observation
        {
            Id = agent.Id,
            ParentId = nesting.Of(agent),
            Type = ObservationType.Agent,
            Name = NameOf(agent, facts),
            StartUnixNano = agent.Start,
            EndUnixNano = agent.End,
            Input = agent.Starter is { } starter ? TaskOf(starter) : null,
            Output = Redaction.Show(
                response?.Attributes.Text(Names.Response),
                "response",
                response?.Attributes.Integer(Names.ResponseLength)
            ),
            Metadata = new Metadata()
                .Add("agent_id", agent.Facts.Select(static fact => fact.Reading.AgentId).FirstOrDefault(static id => id is not null))
                .Add("parent_agent_id", agent.ParentAgentId)
                .Add("agent_source", facts, Names.AgentSource)
                .Add("started_by", agent.Starter?.ToolUseId)
                .Add("is_async", facts, Names.IsAsync)
                .Add("total_tokens", agent.Completed?.Attributes.Integer(Names.TotalTokens))
                .Add("total_tool_uses", agent.Completed?.Attributes.Integer(Names.TotalToolUses))
                .Add("model", agent.Completed?.Attributes.Text(Names.FinalModel))
                .Add("nesting", agent.IsInferred || agent.Starter is null ? "inferred" : null)
                .Values,
            Readiness = agent.Completed is null ? Readiness.AwaitsEnd : Readiness.Complete,
        };
    }

    private static string NameOf(AgentDraft agent, List<Fact> facts) =>
        agent.Completed?.Attributes.Text(Names.AgentType)
        ?? Metadata.First(facts, Names.AgentName)
        ?? facts
            .Where(static fact => fact.Reading.IsAgentSource)
            .Select(static fact => fact.Reading.QuerySource!.Split(':', '.')[^1])
            .FirstOrDefault()
        ?? (
            agent.Starter is { } starter
                ? Metadata.First(starter.Parts, Names.SubagentType) ?? ToolView.Parameter(starter, "subagent_type")
                : null
        )
        ?? "subagent";

    /// <summary>What the agent was asked to do; the whole call where the prompt is not readable in it.</summary>
    private static string? TaskOf(ToolDraft starter)
    {
        var input = Metadata.First(starter.Parts.Where(static part => part.Log is not null), Names.ToolInput);
        return ToolView.Property(input, "prompt") ?? input;
    }
}
