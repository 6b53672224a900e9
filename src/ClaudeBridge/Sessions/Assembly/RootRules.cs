using System.Globalization;
using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Finds the roots of a trace: one per prompt. An outer trace can hold several.</summary>
internal static class RootRules
{
    public static void Find(TraceDraft draft)
    {
        var prompts = draft.ByKind[RecordKind.UserPrompt].ToList();
        var interactions = draft.ByKind[RecordKind.InteractionSpan].ToList();
        var keys = prompts
            .Where(static prompt => prompt.Reading.TraceId is not null)
            .Select(static prompt => prompt.Reading.SpanId)
            .Concat(interactions.Where(static span => !span.Reading.IsSpanApart).Select(static span => span.Reading.SpanId))
            .OfType<ulong>()
            .ToSortedSet();
        var lost = LostRoots(draft, keys);
        if (keys.Count == 0 && lost.Count <= 1)
        {
            AddOne(draft, prompts, interactions);
            return;
        }

        keys.UnionWith(lost.Keys);
        foreach (var key in keys)
        {
            var prompt = prompts.Find(fact => fact.Reading.SpanId == key);
            var interaction = interactions.Find(fact => fact.Reading.SpanId == key);
            draft.Roots.Add(
                new RootDraft
                {
                    Id = draft.IdOf("root", Hex(key)),
                    SpanId = key,
                    Prompt = prompt,
                    Interaction = interaction,
                    PromptId = prompt?.Reading.PromptId,
                    Start = (prompt ?? interaction ?? lost[key]).Time,
                }
            );
        }

        draft.Roots.Sort(
            static (one, other) => one.Start != other.Start ? one.Start.CompareTo(other.Start) : one.Id.Value.CompareTo(other.Id.Value)
        );
        FillPromptIds(draft);
    }

    /// <summary>
    /// An outer trace holds several prompts, and both records that open one may be lost: what the main loop wrote for it still names its root.
    /// </summary>
    /// <returns>The first record of each such root, by the span id of the root.</returns>
    private static SortedDictionary<ulong, Fact> LostRoots(TraceDraft draft, SortedSet<ulong> known)
    {
        var lost = new SortedDictionary<ulong, Fact>();
        var requests = draft.Facts.Where(fact => fact.Reading is { IsMainLoop: true, IsSpanApart: false } && draft.AgentOf(fact) is null);
        var named = requests
            .Select(fact => (Fact: fact, Root: RootNamedBy(draft, fact)))
            .Where(static pair => pair.Root is not null)
            .ToList();
        // A prompt that has its root already is not given another.
        var prompts = named.Where(pair => known.Contains(pair.Root!.Value)).Select(static pair => pair.Fact.Reading.PromptId).ToHashSet();
        prompts.UnionWith(draft.ByKind[RecordKind.UserPrompt].Select(static prompt => prompt.Reading.PromptId));
        prompts.Remove(null);
        foreach (var (fact, root) in named)
        {
            if (!known.Contains(root!.Value) && !prompts.Contains(fact.Reading.PromptId))
            {
                lost.TryAdd(root.Value, fact);
                // One prompt has one root: what else it names is a tool that ran.
                if (fact.Reading.PromptId is { } prompt)
                {
                    prompts.Add(prompt);
                }
            }
        }

        return lost;
    }

    /// <summary>The span that a request of the main loop hangs under, where no span that has come says that it is anything but a root.</summary>
    private static ulong? RootNamedBy(TraceDraft draft, Fact fact)
    {
        var root = fact.Kind switch
        {
            RecordKind.LlmRequestSpan when fact.Attributes.Text(Names.RequestContext) is null or "interaction" => draft.Spans.ParentOf(
                fact
            ),
            RecordKind.ApiRequest or RecordKind.ApiError or RecordKind.AssistantResponse when fact.Reading.TraceId is not null =>
                fact.Reading.SpanId,
            _ => null,
        };
        return draft.Spans.Find(root) is null or { Kind: RecordKind.InteractionSpan } ? root : null;
    }

    /// <summary>Neither prompt nor interaction names the root span: what other records say of it, or nothing.</summary>
    private static void AddOne(TraceDraft draft, List<Fact> prompts, List<Fact> interactions)
    {
        var named = draft
            .Facts.Where(fact => fact.Reading is { IsMainLoop: true, IsSpanApart: false } && draft.AgentOf(fact) is null)
            .Select(fact =>
                fact.Kind switch
                {
                    RecordKind.LlmRequestSpan or RecordKind.ToolSpan => draft.Spans.ParentOf(fact),
                    var kind when kind.NamesInteraction() && fact.Reading.TraceId is not null => fact.Reading.SpanId,
                    _ => null,
                }
            )
            .FirstOrDefault(static id => id is not null);
        var root = new RootDraft
        {
            Id = draft.IdOf("root", named is { } span ? Hex(span) : ""),
            SpanId = named,
            Prompt = prompts.FirstOrDefault(),
            Interaction = interactions.FirstOrDefault(),
            Start = draft.Facts[0].Time,
        };
        draft.Roots.Add(root);
        FillPromptIds(draft);
    }

    private static void FillPromptIds(TraceDraft draft)
    {
        foreach (var root in draft.Roots)
        {
            root.PromptId ??=
                root.Prompt?.Reading.PromptId
                ?? draft
                    .Facts.Where(fact =>
                        fact.Reading is { PromptId: not null, IsMainLoop: true } && fact.Kind.OpensTurn() && draft.RootOf(fact) == root
                    )
                    .Select(static fact => fact.Reading.PromptId)
                    .FirstOrDefault();
        }

        draft.ForgetRootsOfFacts();
    }

    private static SortedSet<ulong> ToSortedSet(this IEnumerable<ulong> keys) => [.. keys];

    private static string Hex(ulong id) => id.ToString("x16", CultureInfo.InvariantCulture);
}
