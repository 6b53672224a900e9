using ClaudeBridge.ClaudeCode;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;

namespace ClaudeBridge.Sessions.Foreign;

/// <summary>One span of another program with all copies of it that came, and its place in the tree.</summary>
internal sealed class ForeignNode
{
    /// <param name="copies">At least one. An exporter's second copy may say more than the first.</param>
    public ForeignNode(ulong id, IEnumerable<Fact> copies)
    {
        Id = id;
        Copies = [.. copies.OrderByDescending(static copy => copy.Span!.Attributes.Count).ThenBy(static copy => copy.Id)];
        List = [];
        foreach (var copy in Copies)
        {
            List.AddRange(copy.Span!.Attributes);
        }

        Attributes = new Attributes(List);
    }

    public ulong Id { get; }

    /// <summary>The one that says most first.</summary>
    public IReadOnlyList<Fact> Copies { get; }

    public Fact Fact => Copies[0];

    /// <summary>Of all copies; the first with a name counts.</summary>
    public RepeatedField<KeyValue> List { get; }

    public Attributes Attributes { get; }

    public ulong Start => Fact.Time;

    public ulong End => Fact.Reading.End;

    /// <summary>The nearest shown span above it.</summary>
    public ForeignNode? Parent { get; set; }

    /// <summary>The ids of the spans between it and <see cref="Parent"/>, the nearest first; for a top all that are known to be above it.</summary>
    public IReadOnlyList<ulong> Above { get; set; } = [];

    /// <summary>The uppermost of <see cref="Above"/> has not come itself.</summary>
    public bool LacksParent { get; set; }

    /// <summary>Some span below it counts tokens itself, so what stands here is their sum.</summary>
    public bool HasUsageBelow { get; set; }

    /// <summary>Some span below it has a cost itself.</summary>
    public bool HasCostBelow { get; set; }

    /// <summary>Hangs under the root for want of anything better.</summary>
    public bool IsInferred { get; set; }
}
