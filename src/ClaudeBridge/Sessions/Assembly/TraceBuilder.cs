using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Puts one trace together from all its facts. The same facts give the same trace, whatever the way they came.</summary>
internal static class TraceBuilder
{
    public static TraceView Build(string sessionId, Turn turn, Attribution attribution)
    {
        var draft = new TraceDraft(turn.Id, turn);
        RootRules.Find(draft);
        GenerationRules.Gather(draft);
        ToolRules.Gather(draft);
        AgentRules.Gather(draft);
        var nesting = new Nesting(draft);
        EventRules.Build(draft, nesting);

        var below = draft
            .Generations.Select(generation => (Observation: GenerationView.Build(draft, nesting, generation), Fact: generation.Main))
            .Concat(draft.Tools.Select(tool => (Observation: ToolView.Build(draft, nesting, tool), Fact: tool.Main)))
            .Concat(
                draft.Agents.Select(agent =>
                    (Observation: AgentView.Build(draft, nesting, agent), Fact: agent.Facts.FirstOrDefault() ?? draft.Facts[0])
                )
            )
            .ToList();
        var belowOf = below.ToLookup(item => draft.RootOf(item.Fact), static item => item.Observation);
        var othersOf = draft.Others.ToLookup(static other => other.ParentId);
        var roots = draft.Roots.ConvertAll(root =>
            // With several roots an event belongs to the one it hangs under.
            RootView.Build(draft, nesting, root, [.. belowOf[root], .. draft.Roots.Count == 1 ? draft.Others : othersOf[root.Id]])
        );
        var all = roots.Concat(below.Select(static item => item.Observation)).Concat(draft.Others).ToList();
        all.Sort(
            static (one, other) =>
                one.StartUnixNano != other.StartUnixNano
                    ? one.StartUnixNano.CompareTo(other.StartUnixNano)
                    : Rank(one).CompareTo(Rank(other))
        );
        Circles.Break(all, roots[0].Id);
        return new TraceView
        {
            Id = turn.Id,
            Context = TraceContextRules.Find(draft, sessionId, attribution),
            PromptId = draft.Roots.Select(static root => root.PromptId).FirstOrDefault(static id => id is not null),
            // What waited for the turn, such as a connection at start-up, may be older than the turn.
            StartUnixNano = roots.Min(static root => root.StartUnixNano),
            EndUnixNano = all.Max(static observation => observation.EndUnixNano),
            Input = roots[0].Input,
            Output = roots[^1].Output,
            Level = all.Max(static observation => observation.Level),
            Observations = all,
            IsOver = turn.IsOver,
            IsRootEnded = draft.Roots.TrueForAll(static root => root.Interaction is not null),
            Tracing = TracingOf(draft),
            IsOpened = draft.Roots.TrueForAll(static root => root.Prompt is not null || root.Interaction is not null),
            IsTentative = turn.IsTentative,
        };
    }

    private static Tracing TracingOf(TraceDraft draft) =>
        draft.Facts.Any(static fact => fact.Span is not null && fact.Kind != RecordKind.HookSpan) ? Tracing.Spans
        : draft.Facts.Any(static fact => fact.Reading.TraceId is not null) ? Tracing.Named
        : Tracing.Off;

    /// <summary>Of those that start together the root stands first; ids decide the rest.</summary>
    private static (int, ulong) Rank(Observation observation) => (observation.IsRoot ? 0 : 1, observation.Id.Value);
}
