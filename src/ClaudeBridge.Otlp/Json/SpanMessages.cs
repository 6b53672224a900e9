using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Reads spans with their events, links and status.</summary>
internal static class SpanMessages
{
    /// <summary>Reads a span whose object has just begun.</summary>
    public static Span ReadSpan(ref JsonCursor json)
    {
        var span = new Span();
        while (json.NextField())
        {
            if (json.Is("traceId"u8))
            {
                span.TraceId = json.Id(ExportRules.TraceIdLength);
            }
            else if (json.Is("spanId"u8))
            {
                span.SpanId = json.Id(ExportRules.SpanIdLength);
            }
            else if (json.Is("parentSpanId"u8))
            {
                span.ParentSpanId = json.Id(ExportRules.SpanIdLength);
            }
            else if (json.Is("traceState"u8))
            {
                span.TraceState = json.SharedText();
            }
            else if (json.Is("name"u8))
            {
                span.Name = json.SharedText();
            }
            else if (json.Is("kind"u8))
            {
                span.Kind = (Span.Types.SpanKind)json.Enum();
            }
            else if (json.Is("startTimeUnixNano"u8))
            {
                span.StartTimeUnixNano = json.UInt64();
            }
            else if (json.Is("endTimeUnixNano"u8))
            {
                span.EndTimeUnixNano = json.UInt64();
            }
            else if (json.Is("attributes"u8))
            {
                CommonMessages.ReadAttributes(ref json, span.Attributes);
            }
            else
            {
                ReadRareField(ref json, span);
            }
        }

        return span;
    }

    private static void ReadRareField(ref JsonCursor json, Span span)
    {
        if (json.Is("droppedAttributesCount"u8))
        {
            span.DroppedAttributesCount = json.UInt32();
        }
        else if (json.Is("events"u8))
        {
            ReadEvents(ref json, span.Events);
        }
        else if (json.Is("droppedEventsCount"u8))
        {
            span.DroppedEventsCount = json.UInt32();
        }
        else if (json.Is("links"u8))
        {
            ReadLinks(ref json, span.Links);
        }
        else if (json.Is("droppedLinksCount"u8))
        {
            span.DroppedLinksCount = json.UInt32();
        }
        else if (json.Is("status"u8))
        {
            span.Status = ReadStatus(ref json);
        }
        else if (json.Is("flags"u8))
        {
            span.Flags = json.UInt32();
        }
        else
        {
            json.SkipField();
        }
    }

    private static void ReadEvents(ref JsonCursor json, RepeatedField<Span.Types.Event> events)
    {
        events.Clear();
        if (!json.BeginList())
        {
            return;
        }

        while (json.NextItem())
        {
            if (json.BeginItemObject())
            {
                events.Add(ReadEvent(ref json));
            }
        }
    }

    private static Span.Types.Event ReadEvent(ref JsonCursor json)
    {
        var spanEvent = new Span.Types.Event();
        while (json.NextField())
        {
            if (json.Is("timeUnixNano"u8))
            {
                spanEvent.TimeUnixNano = json.UInt64();
            }
            else if (json.Is("name"u8))
            {
                spanEvent.Name = json.SharedText();
            }
            else if (json.Is("attributes"u8))
            {
                CommonMessages.ReadAttributes(ref json, spanEvent.Attributes);
            }
            else if (json.Is("droppedAttributesCount"u8))
            {
                spanEvent.DroppedAttributesCount = json.UInt32();
            }
            else
            {
                json.SkipField();
            }
        }

        return spanEvent;
    }

    private static void ReadLinks(ref JsonCursor json, RepeatedField<Span.Types.Link> links)
    {
        links.Clear();
        if (!json.BeginList())
        {
            return;
        }

        while (json.NextItem())
        {
            if (json.BeginItemObject())
            {
                links.Add(ReadLink(ref json));
            }
        }
    }

    private static Span.Types.Link ReadLink(ref JsonCursor json)
    {
        var link = new Span.Types.Link();
        while (json.NextField())
        {
            if (json.Is("traceId"u8))
            {
                link.TraceId = json.Id(ExportRules.TraceIdLength);
            }
            else if (json.Is("spanId"u8))
            {
                link.SpanId = json.Id(ExportRules.SpanIdLength);
            }
            else if (json.Is("traceState"u8))
            {
                link.TraceState = json.SharedText();
            }
            else if (json.Is("attributes"u8))
            {
                CommonMessages.ReadAttributes(ref json, link.Attributes);
            }
            else if (json.Is("droppedAttributesCount"u8))
            {
                link.DroppedAttributesCount = json.UInt32();
            }
            else if (json.Is("flags"u8))
            {
                link.Flags = json.UInt32();
            }
            else
            {
                json.SkipField();
            }
        }

        return link;
    }

    private static Status? ReadStatus(ref JsonCursor json)
    {
        if (!json.BeginObject())
        {
            return null;
        }

        var status = new Status();
        while (json.NextField())
        {
            if (json.Is("message"u8))
            {
                status.Message = json.Text();
            }
            else if (json.Is("code"u8))
            {
                status.Code = (Status.Types.StatusCode)json.Enum();
            }
            else
            {
                json.SkipField();
            }
        }

        return status;
    }
}
