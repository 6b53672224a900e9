using System.Text.Json;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>The body of an observation's event in the ingestion API.</summary>
internal static class ObservationEvent
{
    /// <summary>The type as this server knows it: before 3.99 agents and tools are spans, and a span that cost something is a generation, as nothing else may have tokens and cost.</summary>
    public static string TypeFor(Dictionary<string, AnyValue> fields, LangfuseVersion? version)
    {
        var own = Own(fields);
        var type = own is "generation" or "event" or "span" || version is { KnowsAgentsAndTools: true } ? own : "span";
        var hasCost = fields.ContainsKey(LangfuseNames.Usage) || fields.ContainsKey(LangfuseNames.Cost);
        return type is "span" or "event" && hasCost ? "generation" : type;
    }

    public static void Write(Utf8JsonWriter json, Span span, Dictionary<string, AnyValue> fields, LangfuseVersion? version)
    {
        var (own, type) = (Own(fields), TypeFor(fields, version));
        json.WriteStartObject();
        json.WriteString("id", Convert.ToHexStringLower(span.SpanId.Span));
        json.WriteString("traceId", Convert.ToHexStringLower(span.TraceId.Span));
        if (!span.ParentSpanId.IsEmpty)
        {
            json.WriteString("parentObservationId", Convert.ToHexStringLower(span.ParentSpanId.Span));
        }

        IngestionEvents.Write(json, "name", IngestionEvents.Name(span.Name));
        json.WriteString("startTime", IngestionEvents.Iso(span.StartTimeUnixNano));
        if (type != "event")
        {
            json.WriteString("endTime", IngestionEvents.Iso(span.EndTimeUnixNano));
        }

        IngestionEvents.Write(json, "level", IngestionEvents.Text(fields, LangfuseNames.Level));
        IngestionEvents.Write(json, "statusMessage", IngestionEvents.Text(fields, LangfuseNames.StatusMessage));
        IngestionEvents.Write(json, "version", IngestionEvents.Text(fields, LangfuseNames.Version));
        IngestionEvents.Write(json, "environment", IngestionEvents.Text(fields, LangfuseNames.Environment));
        IngestionEvents.WriteContent(json, "input", IngestionEvents.Text(fields, LangfuseNames.Input));
        IngestionEvents.WriteContent(json, "output", IngestionEvents.Text(fields, LangfuseNames.Output));
        IngestionEvents.WriteMetadata(json, fields, LangfuseNames.MetadataPrefix, own == type ? null : own);
        if (type is not ("event" or "span"))
        {
            WriteModel(json, fields, version);
        }

        json.WriteEndObject();
    }

    private static string Own(Dictionary<string, AnyValue> fields) => IngestionEvents.Text(fields, LangfuseNames.Type) ?? "span";

    private static void WriteModel(Utf8JsonWriter json, Dictionary<string, AnyValue> fields, LangfuseVersion? version)
    {
        IngestionEvents.Write(json, "model", IngestionEvents.Text(fields, LangfuseNames.Model));
        IngestionEvents.Write(json, "completionStartTime", IngestionEvents.Text(fields, LangfuseNames.CompletionStart));
        IngestionEvents.WriteObject(json, "modelParameters", IngestionEvents.Text(fields, LangfuseNames.ModelParameters));
        var (usage, cost) = (IngestionEvents.Text(fields, LangfuseNames.Usage), IngestionEvents.Text(fields, LangfuseNames.Cost));
        IngestionEvents.WriteObject(json, "usageDetails", usage);
        IngestionEvents.WriteObject(json, "costDetails", cost);
        if (version is not { ReadsUsageDetails: true })
        {
            WriteOldUsage(json, usage, cost);
        }
    }

    /// <summary>What Langfuse 2 reads: tokens that went in, of every kind, tokens that came out, and what all of it cost.</summary>
    private static void WriteOldUsage(Utf8JsonWriter json, string? usage, string? cost)
    {
        if (usage is null && cost is null)
        {
            return;
        }

        json.WriteStartObject("usage");
        if (usage is not null)
        {
            using var buckets = JsonDocument.Parse(usage);
            var (input, output) = (Sum(buckets, LangfuseNames.UsageInput), Sum(buckets, LangfuseNames.UsageOutput));
            json.WriteNumber("input", input);
            json.WriteNumber("output", output);
            json.WriteNumber("total", input + output);
            json.WriteString("unit", "TOKENS");
        }

        if (cost is not null)
        {
            using var parts = JsonDocument.Parse(cost);
            json.WritePropertyName("totalCost");
            json.WriteRawValue(parts.RootElement.GetProperty(LangfuseNames.CostTotal).GetRawText());
        }

        json.WriteEndObject();
    }

    private static long Sum(JsonDocument buckets, string kind) =>
        buckets
            .RootElement.EnumerateObject()
            .Where(bucket => bucket.Name.Contains(kind, StringComparison.Ordinal))
            .Sum(static bucket => bucket.Value.GetInt64());
}
