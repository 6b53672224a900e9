using ClaudeBridge.ClaudeCode;
using OpenTelemetry.Proto.Resource.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Sessions.Foreign;

/// <summary>Says which spans of other programs are shown.</summary>
internal static class ForeignRecords
{
    /// <summary>A span of another program than Claude Code. Of its scope or name, one is enough to make it Claude Code's, whatever service the user named.</summary>
    public static bool IsForeign(Origin origin, Span span) =>
        !origin.IsClaudeCode && !span.Name.StartsWith(RecordKinds.Prefix, StringComparison.Ordinal);

    /// <summary>It speaks of a model, an agent or a tool.</summary>
    public static bool IsShown(Span span) =>
        span.Attributes.Any(static pair =>
            GenAiNames.Prefixes.Any(prefix => pair.Key.StartsWith(prefix, StringComparison.Ordinal)) || GenAiNames.Marks.Contains(pair.Key)
        );

    /// <summary>All that is kept of a span that is not shown: it ties those below it to those above it.</summary>
    public static Span LinkOf(Span span) =>
        new()
        {
            TraceId = span.TraceId,
            SpanId = span.SpanId,
            ParentSpanId = span.ParentSpanId,
            Name = span.Name,
            StartTimeUnixNano = span.StartTimeUnixNano,
            EndTimeUnixNano = span.EndTimeUnixNano,
        };

    /// <summary>Who wrote a link: the service alone, and whose key it came with.</summary>
    public static Origin LinkOriginOf(Origin origin)
    {
        var resource = new Resource();
        resource.Attributes.AddRange(origin.Resource.Attributes.Where(static pair => Names.ServiceName.Names.Contains(pair.Key)).Take(1));
        resource.Attributes.AddRange(origin.Resource.Attributes.Where(static pair => pair.Key == Sender.TenantAttribute));
        return new Origin(resource, new());
    }
}
