using System.Text.Json;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Writes the fields of an export request of spans.</summary>
internal static class TraceWriting
{
    public static void Write(Utf8JsonWriter json, ExportTraceServiceRequest request)
    {
        if (!json.BeginList("resourceSpans"u8, request.ResourceSpans))
        {
            return;
        }

        foreach (var resource in request.ResourceSpans)
        {
            json.WriteStartObject();
            CommonWriting.Write(json, resource.Resource);
            if (json.BeginList("scopeSpans"u8, resource.ScopeSpans))
            {
                foreach (var scope in resource.ScopeSpans)
                {
                    Write(json, scope);
                }

                json.WriteEndArray();
            }

            json.Field("schemaUrl"u8, resource.SchemaUrl);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ScopeSpans scope)
    {
        json.WriteStartObject();
        CommonWriting.Write(json, scope.Scope);
        if (json.BeginList("spans"u8, scope.Spans))
        {
            foreach (var span in scope.Spans)
            {
                Write(json, span);
            }

            json.WriteEndArray();
        }

        json.Field("schemaUrl"u8, scope.SchemaUrl);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Span span)
    {
        json.WriteStartObject();
        json.Id("traceId"u8, span.TraceId);
        json.Id("spanId"u8, span.SpanId);
        json.Field("traceState"u8, span.TraceState);
        json.Id("parentSpanId"u8, span.ParentSpanId);
        json.Field("flags"u8, span.Flags);
        json.Field("name"u8, span.Name);
        json.Field("kind"u8, (int)span.Kind);
        json.Field("startTimeUnixNano"u8, span.StartTimeUnixNano);
        json.Field("endTimeUnixNano"u8, span.EndTimeUnixNano);
        CommonWriting.Write(json, "attributes"u8, span.Attributes);
        json.Field("droppedAttributesCount"u8, span.DroppedAttributesCount);
        if (json.BeginList("events"u8, span.Events))
        {
            foreach (var spanEvent in span.Events)
            {
                json.WriteStartObject();
                json.Field("timeUnixNano"u8, spanEvent.TimeUnixNano);
                json.Field("name"u8, spanEvent.Name);
                CommonWriting.Write(json, "attributes"u8, spanEvent.Attributes);
                json.Field("droppedAttributesCount"u8, spanEvent.DroppedAttributesCount);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.Field("droppedEventsCount"u8, span.DroppedEventsCount);
        if (json.BeginList("links"u8, span.Links))
        {
            foreach (var link in span.Links)
            {
                Write(json, link);
            }

            json.WriteEndArray();
        }

        json.Field("droppedLinksCount"u8, span.DroppedLinksCount);
        if (span.Status is { } status)
        {
            json.WriteStartObject("status"u8);
            json.Field("message"u8, status.Message);
            json.Field("code"u8, (int)status.Code);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Span.Types.Link link)
    {
        json.WriteStartObject();
        json.Id("traceId"u8, link.TraceId);
        json.Id("spanId"u8, link.SpanId);
        json.Field("traceState"u8, link.TraceState);
        CommonWriting.Write(json, "attributes"u8, link.Attributes);
        json.Field("droppedAttributesCount"u8, link.DroppedAttributesCount);
        json.Field("flags"u8, link.Flags);
        json.WriteEndObject();
    }
}
