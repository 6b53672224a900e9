using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Gathers what belongs to one tool call.</summary>
internal static class ToolRules
{
    public static void Gather(TraceDraft draft)
    {
        var byUse = new Dictionary<string, ToolDraft>(StringComparer.Ordinal);
        var decisionsWithoutId = new List<Fact>();
        foreach (var fact in draft.ByKind[RecordKind.ToolResult])
        {
            Get(fact).Result ??= fact;
        }

        foreach (var fact in draft.ByKind[RecordKind.ToolDecision])
        {
            if (fact.Reading.ToolUseId is null)
            {
                decisionsWithoutId.Add(fact);
            }
            else
            {
                Get(fact).Decision ??= fact;
            }
        }

        JoinDecisions(draft, decisionsWithoutId);
        JoinSpans(draft, Get);
        foreach (var tool in draft.Tools)
        {
            Time(draft, tool);
        }

        ToolDraft Get(Fact fact)
        {
            var key = fact.Reading.ToolUseId ?? fact.Id.ToString();
            if (!byUse.TryGetValue(key, out var tool))
            {
                byUse[key] = tool = Add(draft, key);
            }

            return tool;
        }
    }

    private static ToolDraft Add(TraceDraft draft, string key)
    {
        var tool = new ToolDraft { Key = key };
        draft.Tools.Add(tool);
        return tool;
    }

    /// <summary>Old decisions name no tool use: an accepted one belongs to the next result of its tool, in order.</summary>
    private static void JoinDecisions(TraceDraft draft, List<Fact> decisions)
    {
        foreach (var decision in decisions)
        {
            var isAccepted = decision.Attributes.Text(Names.Decision) == "accept";
            var tool = isAccepted
                ? draft
                    .Tools.Where(candidate =>
                        candidate is { Decision: null, Result: not null }
                        && decision.Time <= candidate.Result.Time
                        && IsSameTool(candidate.Result, decision)
                    )
                    .MinBy(static candidate => candidate.Result!)
                : null;
            if (tool is null)
            {
                tool = Add(draft, decision.Id.ToString());
            }
            else
            {
                tool.IsInferred = true;
            }

            tool.Decision = decision;
        }
    }

    private static void JoinSpans(TraceDraft draft, Func<Fact, ToolDraft> byUse)
    {
        var byDecisionSpan = draft
            .Tools.Where(static tool => tool.Decision?.Reading.SpanId is not null)
            .ToLookup(static tool => tool.Decision!.Reading.SpanId!.Value);
        var bySpan = new Dictionary<ulong, ToolDraft>();
        foreach (var span in draft.ByKind[RecordKind.BlockedOnUserSpan])
        {
            // A decision names the wait, and the wait's parent is the call: exact also where tool spans name no tool use.
            if (
                span.Reading.SpanId is { } id
                && draft.Spans.ParentOf(span) is { } parent
                && byDecisionSpan[id].FirstOrDefault() is { } tool
            )
            {
                bySpan.TryAdd(parent, tool);
            }
        }

        // Only calls that events tell of can be met by time: without events a hundred thousand spans must not look at each other.
        var told = draft.Tools.FindAll(static tool => (tool.Result ?? tool.Decision) is not null);
        foreach (var span in draft.ByKind[RecordKind.ToolSpan])
        {
            var known = span.Reading.SpanId is { } own ? bySpan.GetValueOrDefault(own) : null;
            var tool = span.Reading.ToolUseId is not null ? byUse(span) : known ?? ByTime(draft, told, span);
            tool.ToolSpan ??= span;
            if (span.Reading.SpanId is { } id)
            {
                bySpan.TryAdd(id, tool);
            }
        }

        foreach (var span in draft.ByKind[RecordKind.ToolExecutionSpan])
        {
            var tool = span.Reading.ToolUseId is not null ? byUse(span) : Parent(span);
            tool.Execution ??= span;
            if (draft.Spans.ParentOf(span) is { } parent)
            {
                bySpan.TryAdd(parent, tool);
            }
        }

        foreach (var span in draft.ByKind[RecordKind.BlockedOnUserSpan])
        {
            Parent(span).Blocked ??= span;
        }

        // The parent span comes after its children, or never: until then they make up the call between them.
        ToolDraft Parent(Fact span)
        {
            if ((draft.Spans.ParentOf(span) ?? span.Reading.SpanId) is not { } parent)
            {
                return Add(draft, KeyOf(span));
            }

            if (!bySpan.TryGetValue(parent, out var tool))
            {
                bySpan[parent] = tool = Add(draft, KeyOf(parent));
            }

            return tool;
        }
    }

    /// <summary>Spans of old clients name no tool use: same tool and an end within a moment of the event; ties in order.</summary>
    private static ToolDraft ByTime(TraceDraft draft, List<ToolDraft> told, Fact span)
    {
        var tool = told.Find(candidate =>
            candidate.ToolSpan is null
            && (candidate.Result ?? candidate.Decision) is { } happened
            && IsSameTool(happened, span)
            && GenerationRules.Distance(happened.Time, span.Reading.End) <= GenerationRules.SameMoment
        );
        if (tool is null)
        {
            return Add(draft, KeyOf(span));
        }

        told.Remove(tool);
        tool.IsInferred = true;
        return tool;
    }

    private static string KeyOf(Fact span) => span.Reading.SpanId is { } id ? KeyOf(id) : span.Id.ToString();

    private static string KeyOf(ulong span) => "span:" + new ObservationId(span);

    /// <summary>Events call every MCP tool <c>mcp_tool</c>; spans give its full name.</summary>
    private static bool IsSameTool(Fact one, Fact other)
    {
        var first = one.Attributes.Text(Names.ToolName);
        var second = other.Attributes.Text(Names.ToolName);
        return first == second || (first == "mcp_tool" && second?.StartsWith("mcp__", StringComparison.Ordinal) == true);
    }

    private static void Time(TraceDraft draft, ToolDraft tool)
    {
        if (tool.Result is { } result)
        {
            tool.End = result.Time;
            tool.Start = Clock.Before(result.Time, result.Attributes.Number(Names.DurationMs) ?? 0);
        }
        else if (tool.IsRefused && tool.Decision is { } refusal)
        {
            tool.Start = tool.End = refusal.Time;
        }
        else
        {
            var native = tool.Execution ?? tool.ToolSpan ?? tool.Main;
            tool.Start = native.Time;
            tool.End = native.Reading.End;
        }

        tool.AgentId = tool.Parts.Select(draft.AgentOf).FirstOrDefault(static agent => agent is not null);
        tool.Id = draft.IdOf("tool", tool.Key);
    }
}
