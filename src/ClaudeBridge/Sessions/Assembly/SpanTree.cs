using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>The native spans of a trace by id, and what can be told from their nesting.</summary>
internal sealed class SpanTree
{
    /// <summary>A damaged trace may hold a circle.</summary>
    private const int MaxDepth = 100;

    private readonly Dictionary<ulong, Fact> _spans = [];
    private readonly Dictionary<ulong, string> _agentOfExecution = [];

    public SpanTree(IReadOnlyList<Fact> facts)
    {
        foreach (var fact in facts)
        {
            if (fact is { Span: not null, Reading.SpanId: { } id })
            {
                _spans.TryAdd(id, fact);
            }
        }

        var interactions = facts
            .Where(static fact => fact.Kind is RecordKind.UserPrompt or RecordKind.InteractionSpan)
            .Select(static fact => fact.Reading.SpanId)
            .ToHashSet();
        foreach (var fact in facts)
        {
            // All that a subagent writes names the execution of the Agent call as its span, or as its parent. One that no call started names
            // the prompt's own span, which says nothing of the others there.
            if (fact.Reading.AgentId is { } agent && AnchorOf(fact) is { } anchor && !interactions.Contains(anchor))
            {
                _agentOfExecution.TryAdd(anchor, agent);
            }
        }
    }

    public Fact? Find(ulong? id) => id is { } known ? _spans.GetValueOrDefault(known) : null;

    /// <summary>The parent of a span; spans of a kind that nobody knows are passed by, as what stands below them belongs to what stands above.</summary>
    public ulong? ParentOf(Fact? span)
    {
        var id = span?.Reading.ParentSpanId;
        for (var depth = 0; depth < MaxDepth && Find(id) is { Kind: RecordKind.UnknownSpan } unknown; depth++)
        {
            id = unknown.Reading.ParentSpanId;
        }

        return id;
    }

    /// <summary>The subagent whose Agent call a fact hangs under.</summary>
    public string? AgentOf(Fact fact) => AnchorOf(fact) is { } anchor ? _agentOfExecution.GetValueOrDefault(anchor) : null;

    /// <summary>The execution of the Agent call that a fact of a subagent hangs under; for the main loop the <c>interaction</c>.</summary>
    public ulong? AnchorOf(Fact fact) =>
        fact.Kind switch
        {
            RecordKind.LlmRequestSpan or RecordKind.ToolSpan => ParentOf(fact),
            RecordKind.ToolExecutionSpan or RecordKind.BlockedOnUserSpan => ParentOf(Find(ParentOf(fact))),
            RecordKind.ToolDecision => ParentOf(Find(ParentOf(Find(fact.Reading.SpanId)))),
            var kind when kind.NamesInteraction() || kind == RecordKind.SubagentCompleted => fact.Reading.SpanId,
            _ => null,
        };

    /// <summary>Span ids from a fact upwards as far as they are known, itself first.</summary>
    public IEnumerable<ulong> UpFrom(Fact fact)
    {
        var id = fact.Reading.SpanId;
        for (var depth = 0; id is { } known && depth < MaxDepth; depth++)
        {
            yield return known;
            id = Find(known)?.Reading.ParentSpanId;
        }
    }
}
