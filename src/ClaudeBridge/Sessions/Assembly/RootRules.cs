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
        if (keys.Count == 0)
        {
            AddOne(draft, prompts, interactions);
            return;
        }

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
                    Start = (prompt ?? interaction!).Time,
                }
            );
        }

        draft.Roots.Sort(
            static (one, other) => one.Start != other.Start ? one.Start.CompareTo(other.Start) : one.Id.Value.CompareTo(other.Id.Value)
        );
        FillPromptIds(draft);
    }

    /// <summary>Neither prompt nor interaction names the root span: what other records say of it, or nothing.</summary>
    private static void AddOne(TraceDraft draft, List<Fact> prompts, List<Fact> interactions)
    {
        var named = draft
            .Facts.Where(fact => fact.Reading is { IsMainLoop: true, IsSpanApart: false } && draft.AgentOf(fact) is null)
            .Select(static fact =>
                fact.Kind switch
                {
                    RecordKind.LlmRequestSpan or RecordKind.ToolSpan => fact.Reading.ParentSpanId,
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
