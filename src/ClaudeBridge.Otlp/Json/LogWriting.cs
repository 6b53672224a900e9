using System.Text.Json;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Logs.V1;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Writes the fields of an export request of log records.</summary>
internal static class LogWriting
{
    public static void Write(Utf8JsonWriter json, ExportLogsServiceRequest request)
    {
        if (!json.BeginList("resourceLogs"u8, request.ResourceLogs))
        {
            return;
        }

        foreach (var resource in request.ResourceLogs)
        {
            json.WriteStartObject();
            CommonWriting.Write(json, resource.Resource);
            if (json.BeginList("scopeLogs"u8, resource.ScopeLogs))
            {
                foreach (var scope in resource.ScopeLogs)
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

    private static void Write(Utf8JsonWriter json, ScopeLogs scope)
    {
        json.WriteStartObject();
        CommonWriting.Write(json, scope.Scope);
        if (json.BeginList("logRecords"u8, scope.LogRecords))
        {
            foreach (var record in scope.LogRecords)
            {
                Write(json, record);
            }

            json.WriteEndArray();
        }

        json.Field("schemaUrl"u8, scope.SchemaUrl);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LogRecord record)
    {
        json.WriteStartObject();
        json.Field("timeUnixNano"u8, record.TimeUnixNano);
        json.Field("observedTimeUnixNano"u8, record.ObservedTimeUnixNano);
        json.Field("severityNumber"u8, (int)record.SeverityNumber);
        json.Field("severityText"u8, record.SeverityText);
        json.Field("eventName"u8, record.EventName);
        CommonWriting.Write(json, "body"u8, record.Body);
        CommonWriting.Write(json, "attributes"u8, record.Attributes);
        json.Field("droppedAttributesCount"u8, record.DroppedAttributesCount);
        json.Field("flags"u8, record.Flags);
        json.Id("traceId"u8, record.TraceId);
        json.Id("spanId"u8, record.SpanId);
        json.WriteEndObject();
    }
}
