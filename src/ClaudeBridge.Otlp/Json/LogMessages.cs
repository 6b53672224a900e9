using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Logs.V1;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Reads an export request of log records.</summary>
internal static class LogMessages
{
    public static ExportLogsServiceRequest Read(ref JsonCursor json)
    {
        var request = new ExportLogsServiceRequest();
        json.BeginBody();
        while (json.NextField())
        {
            if (json.Is("resourceLogs"u8))
            {
                EnvelopeLists.ReadResources(ref json, request.ResourceLogs, ReadResource);
            }
            else
            {
                json.SkipField();
            }
        }

        json.EndBody();
        return request;
    }

    private static ResourceLogs ReadResource(ref JsonCursor json)
    {
        var resource = new ResourceLogs();
        var rejected = json.Rejected;
        while (json.NextField())
        {
            if (json.Is("resource"u8))
            {
                resource.Resource = CommonMessages.ReadResource(ref json);
            }
            else if (json.Is("scopeLogs"u8))
            {
                resource.ScopeLogs.Clear();
                json.ForgetRejectedSince(rejected);
                EnvelopeLists.ReadScopes(ref json, resource.ScopeLogs, ReadScope);
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

    private static ScopeLogs ReadScope(ref JsonCursor json)
    {
        var scope = new ScopeLogs();
        var rejected = json.Rejected;
        while (json.NextField())
        {
            if (json.Is("scope"u8))
            {
                scope.Scope = CommonMessages.ReadScope(ref json);
            }
            else if (json.Is("logRecords"u8))
            {
                scope.LogRecords.Clear();
                json.ForgetRejectedSince(rejected);
                ReadRecords(ref json, scope.LogRecords);
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

    private static void ReadRecords(ref JsonCursor json, RepeatedField<LogRecord> records)
    {
        if (!json.BeginList())
        {
            return;
        }

        for (var index = 0; json.NextItem(); index++)
        {
            json.Path.Record = index;
            json.BeginRecord();
            var record = json.BeginItemObject() ? ReadRecord(ref json) : null;
            if (json.EndRecord() && record is not null)
            {
                records.Add(record);
            }
        }

        json.Path.Record = -1;
    }

    private static LogRecord ReadRecord(ref JsonCursor json)
    {
        var record = new LogRecord();
        while (json.NextField())
        {
            if (json.Is("timeUnixNano"u8))
            {
                record.TimeUnixNano = json.UInt64();
            }
            else if (json.Is("observedTimeUnixNano"u8))
            {
                record.ObservedTimeUnixNano = json.UInt64();
            }
            else if (json.Is("severityNumber"u8))
            {
                record.SeverityNumber = (SeverityNumber)json.Enum();
            }
            else if (json.Is("severityText"u8))
            {
                record.SeverityText = json.SharedText();
            }
            else if (json.Is("body"u8))
            {
                record.Body = CommonMessages.ReadAnyValue(ref json);
            }
            else if (json.Is("attributes"u8))
            {
                CommonMessages.ReadAttributes(ref json, record.Attributes);
            }
            else if (json.Is("droppedAttributesCount"u8))
            {
                record.DroppedAttributesCount = json.UInt32();
            }
            else if (json.Is("flags"u8))
            {
                record.Flags = json.UInt32();
            }
            else if (json.Is("traceId"u8))
            {
                record.TraceId = json.Id(ExportRules.TraceIdLength);
            }
            else if (json.Is("spanId"u8))
            {
                record.SpanId = json.Id(ExportRules.SpanIdLength);
            }
            else if (json.Is("eventName"u8))
            {
                record.EventName = json.SharedText();
            }
            else
            {
                json.SkipField();
            }
        }

        return record;
    }
}
