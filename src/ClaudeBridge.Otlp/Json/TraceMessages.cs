using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Reads an export request of spans.</summary>
internal static class TraceMessages
{
    public static ExportTraceServiceRequest Read(ref JsonCursor json)
    {
        var request = new ExportTraceServiceRequest();
        json.BeginBody();
        while (json.NextField())
        {
            if (json.Is("resourceSpans"u8))
            {
                EnvelopeLists.ReadResources(ref json, request.ResourceSpans, ReadResource);
            }
            else
            {
                json.SkipField();
            }
        }

        json.EndBody();
        return request;
    }

    private static ResourceSpans ReadResource(ref JsonCursor json)
    {
        var resource = new ResourceSpans();
        var rejected = json.Rejected;
        while (json.NextField())
        {
            if (json.Is("resource"u8))
            {
                resource.Resource = CommonMessages.ReadResource(ref json);
            }
            else if (json.Is("scopeSpans"u8))
            {
                resource.ScopeSpans.Clear();
                json.ForgetRejectedSince(rejected);
                EnvelopeLists.ReadScopes(ref json, resource.ScopeSpans, ReadScope);
            }
            else if (json.Is("schemaUrl"u8))
            {
                resource.SchemaUrl = json.SharedText();
            }
            else
            {
                json.SkipField();
            }
        }

        return resource;
    }

    private static ScopeSpans ReadScope(ref JsonCursor json)
    {
        var scope = new ScopeSpans();
        var rejected = json.Rejected;
        while (json.NextField())
        {
            if (json.Is("scope"u8))
            {
                scope.Scope = CommonMessages.ReadScope(ref json);
            }
            else if (json.Is("spans"u8))
            {
                scope.Spans.Clear();
                json.ForgetRejectedSince(rejected);
                ReadSpans(ref json, scope.Spans);
            }
            else if (json.Is("schemaUrl"u8))
            {
                scope.SchemaUrl = json.SharedText();
            }
            else
            {
                json.SkipField();
            }
        }

        return scope;
    }

    private static void ReadSpans(ref JsonCursor json, RepeatedField<Span> spans)
    {
        if (!json.BeginList())
        {
            return;
        }

        for (var index = 0; json.NextItem(); index++)
        {
            json.Path.Record = index;
            json.BeginRecord();
            var span = json.BeginItemObject() ? SpanMessages.ReadSpan(ref json) : null;
            if (json.EndRecord() && span is not null)
            {
                spans.Add(span);
            }
        }

        json.Path.Record = -1;
    }
}
