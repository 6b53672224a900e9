namespace ClaudeBridge.Sessions.Foreign;

/// <summary>The shown spans of a trace, each under the nearest shown one above it, and the one root of them all.</summary>
internal sealed class ForeignTree
{
    private readonly Dictionary<ulong, ForeignNode> _nodes;
    private readonly Dictionary<ulong, Fact> _links = [];

    /// <param name="facts">In order; at least one of them is shown.</param>
    public ForeignTree(IReadOnlyList<Fact> facts)
    {
        _nodes = facts
            .Where(static fact => fact.Kind == ClaudeCode.RecordKind.ForeignSpan)
            .GroupBy(static fact => fact.Reading.SpanId ?? 0)
            .ToDictionary(static copies => copies.Key, static copies => new ForeignNode(copies.Key, copies));
        foreach (var fact in facts)
        {
            if (fact.Reading.SpanId is { } id && !_nodes.ContainsKey(id))
            {
                _links.TryAdd(id, fact);
            }
        }

        Nodes = [.. _nodes.Values.OrderBy(static node => node.Start).ThenBy(static node => node.Id)];
        foreach (var node in Nodes)
        {
            FindParent(node);
        }

        BreakCircles();
        FindRoot();
        MarkSums();
    }

    /// <summary>By start, then id.</summary>
    public IReadOnlyList<ForeignNode> Nodes { get; }

    /// <summary>The root; null when no shown span is, so that one must stand in.</summary>
    public ForeignNode? Root { get; private set; }

    /// <summary>The span id that a root standing in takes: that of the nearest span above all others, whether it is shown, or has come, or not.</summary>
    public ulong? RootId { get; private set; }

    /// <summary>The span with the id of the root that stands in; null when it has not come.</summary>
    public Fact? RootLink => RootId is { } id ? _links.GetValueOrDefault(id) : null;

    /// <summary>The tops belong under spans that have not come and that nothing tells apart: the root standing in may prove to be none.</summary>
    public bool IsTentative { get; private set; }

    /// <summary>No span is known to be missing.</summary>
    public bool IsWhole => Nodes.All(static node => !node.LacksParent);

    private void FindParent(ForeignNode node)
    {
        var above = new List<ulong>();
        var seen = new HashSet<ulong> { node.Id };
        var next = node.Copies.Select(static copy => copy.Reading.ParentSpanId).FirstOrDefault(static id => id is not null);
        while (next is { } id && seen.Add(id))
        {
            if (_nodes.TryGetValue(id, out var parent))
            {
                node.Parent = parent;
                break;
            }

            above.Add(id);
            node.LacksParent = !_links.TryGetValue(id, out var link);
            next = link?.Reading.ParentSpanId;
        }

        node.Above = above;
    }

    /// <summary>A damaged trace may hold a circle: the first span in it stands at the top.</summary>
    private void BreakCircles()
    {
        var done = new HashSet<ForeignNode>();
        foreach (var node in Nodes)
        {
            var path = new HashSet<ForeignNode>();
            for (var at = node; at is not null && !done.Contains(at); at = at.Parent)
            {
                path.Add(at);
                if (at.Parent is { } parent && path.Contains(parent))
                {
                    parent.Parent = null;
                }
            }

            done.UnionWith(path);
        }
    }

    private void FindRoot()
    {
        var tops = Nodes.Where(static node => node.Parent is null).ToList();
        if (tops.Count == 1)
        {
            Root = tops[0];
            return;
        }

        var uppermost = tops.FindAll(static top => top.Above.Count == 0);
        if (uppermost.Count == 1)
        {
            Root = uppermost[0];
            foreach (var stray in tops.Where(top => top != Root))
            {
                (stray.Parent, stray.IsInferred) = (Root, true);
            }

            return;
        }

        RootId = tops[0].Above.Where(id => tops.TrueForAll(top => top.Above.Contains(id))).Select(static id => (ulong?)id).FirstOrDefault();
        IsTentative = RootId is null && tops.Exists(static top => top.LacksParent);
    }

    private void MarkSums()
    {
        foreach (var node in Nodes)
        {
            var (hasUsage, hasCost) = (ForeignUsage.Has(node), ForeignUsage.CostOf(node) is not null);
            for (var above = node.Parent; above is not null && (hasUsage || hasCost); above = above.Parent)
            {
                hasUsage &= !above.HasUsageBelow;
                hasCost &= !above.HasCostBelow;
                above.HasUsageBelow |= hasUsage;
                above.HasCostBelow |= hasCost;
            }
        }
    }
}
