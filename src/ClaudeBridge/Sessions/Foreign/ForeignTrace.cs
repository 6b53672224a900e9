using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Sessions.Assembly;

namespace ClaudeBridge.Sessions.Foreign;

/// <summary>Puts one trace of another program together: the spans that speak of models, agents and tools, under exactly one root.</summary>
internal static class ForeignTrace
{
    public static TraceView Build(Turn turn, Attribution attribution)
    {
        var draft = new TraceDraft(turn.Id, turn);
        var tree = new ForeignTree(draft.Facts);
        var standIn = tree.Root is null ? new ObservationId(tree.RootId ?? draft.IdOf("root", "").Value) : default;
        var below = tree
            .Nodes.Where(node => node != tree.Root)
            .Select(node => ForeignView.Build(node, node.Parent is { } parent ? new ObservationId(parent.Id) : standIn))
            .ToList();
        var context = ContextOf(draft, tree, attribution);
        var root = RootOf(tree, standIn, context, below);
        List<Observation> all = [root, .. below.Where(observation => observation.Id != root.Id)];
        all.Sort(
            static (one, other) =>
                one.StartUnixNano != other.StartUnixNano
                    ? one.StartUnixNano.CompareTo(other.StartUnixNano)
                    : (one.IsRoot ? 0 : 1, one.Id.Value).CompareTo((other.IsRoot ? 0 : 1, other.Id.Value))
        );
        return new TraceView
        {
            Id = turn.Id,
            Context = context,
            StartUnixNano = all[0].StartUnixNano,
            EndUnixNano = all.Max(static observation => observation.EndUnixNano),
            Input = root.Input,
            Output = root.Output,
            Level = all.Max(static observation => observation.Level),
            Observations = all,
            IsOver = false,
            IsRootEnded = tree.IsWhole,
            IsOpened = true,
            IsTentative = tree.IsTentative,
        };
    }

    /// <summary>The root shows what went in first and what came out last where it does not say so itself: without both, Langfuse leaves it out of its lists.</summary>
    private static Observation RootOf(ForeignTree tree, ObservationId standIn, TraceContext context, List<Observation> below)
    {
        var root = tree.Root is { } top ? ForeignView.Build(top, null) : StandIn(tree, standIn, context, below);
        return root with
        {
            Input =
                root.Input
                ?? below.Select(static one => one.Input).FirstOrDefault(static text => text is not null)
                ?? "[input not recorded]",
            Output =
                root.Output
                ?? below
                    .OrderByDescending(static one => one.EndUnixNano)
                    .Where(static one => one.Type is ObservationType.Generation or ObservationType.Agent)
                    .Select(static one => one.Output)
                    .FirstOrDefault(static text => text is not null)
                ?? root.StatusMessage
                ?? "[output not recorded]",
        };
    }

    /// <summary>Several spans stand at the top: the span above them all that is not shown itself, as far as it is known.</summary>
    private static Observation StandIn(ForeignTree tree, ObservationId id, TraceContext context, List<Observation> below)
    {
        var start = below.Min(static one => one.StartUnixNano);
        var end = below.Max(static one => one.EndUnixNano);
        var link = tree.RootLink;
        return new Observation
        {
            Id = id,
            Type = ObservationType.Span,
            Name = context.Name,
            StartUnixNano = link?.Time ?? start,
            EndUnixNano = Math.Max(link?.Reading.End ?? end, end),
            Metadata = new Metadata().Add("nesting", link is null ? "inferred" : null).Values,
            Readiness = Readiness.Root,
        };
    }

    private static TraceContext ContextOf(TraceDraft draft, ForeignTree tree, Attribution attribution)
    {
        // The rules of attribution need a root to be named after; the name is replaced.
        draft.Roots.Add(new RootDraft { Id = default });
        var spans = tree.Nodes.SelectMany(static node => node.Copies).ToList();
        var service = First(draft.Facts, Names.ServiceName);
        var root = (tree.Root?.Fact ?? tree.RootLink)?.Span!.Name;
        var context = TraceContextRules.Find(draft, FirstOf(spans, GenAiNames.Sessions) ?? SessionKey.None, attribution);
        return context with
        {
            Service = service ?? UnknownService,
            Name = First(spans, GenAiNames.TraceName) ?? (root is { Length: > 0 } ? root : service ?? "trace"),
            UserId = First(spans, GenAiNames.Users[0]) ?? context.UserId ?? FirstOf(spans, GenAiNames.Users),
            Tags = [.. context.Tags.Concat(TagsOf(spans)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Environment = First(spans, GenAiNames.Environment) ?? context.Environment,
            Version = First(spans, GenAiNames.Version) ?? First(draft.Facts, Names.ServiceVersion),
            Release = First(spans, GenAiNames.Release) ?? context.Release,
            Metadata = new Metadata().AddAll(context.Metadata).Add("service", service ?? UnknownService).Values,
        };
    }

    /// <summary>What OpenTelemetry calls a program that does not say its name.</summary>
    private const string UnknownService = "unknown_service";

    private static IEnumerable<string> TagsOf(List<Fact> spans)
    {
        foreach (var span in spans)
        {
            var value = span.Attributes.Find(GenAiNames.Tags) ?? span.Origin.ResourceAttributes.Find(GenAiNames.Tags);
            var tags = value switch
            {
                null => [],
                { ArrayValue: { } list } => list.Values.Select(Values.Text),
                _ => Values.Text(value).Trim('[', ']').Split(',').Select(static tag => tag.Trim().Trim('"')),
            };
            foreach (var tag in tags.Where(static tag => tag.Length > 0))
            {
                yield return tag;
            }
        }
    }

    private static string? FirstOf(List<Fact> spans, IEnumerable<AttributeName> names) =>
        names.Select(name => First(spans, name)).FirstOrDefault(static text => text is not null);

    /// <summary>Of the spans, else of their resources.</summary>
    private static string? First(IReadOnlyList<Fact> facts, AttributeName name) =>
        Metadata.First(facts, name)
        ?? facts.Select(fact => fact.Origin.ResourceAttributes.Text(name)).FirstOrDefault(static text => text is not null);
}
