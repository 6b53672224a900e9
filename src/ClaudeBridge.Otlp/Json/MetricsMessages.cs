using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Reads an export request of metrics.</summary>
internal static class MetricsMessages
{
    public static ExportMetricsServiceRequest Read(ref JsonCursor json)
    {
        var request = new ExportMetricsServiceRequest();
        json.BeginBody();
        while (json.NextField())
        {
            if (json.Is("resourceMetrics"u8))
            {
                EnvelopeLists.ReadResources(ref json, request.ResourceMetrics, ReadResource);
            }
            else
            {
                json.SkipField();
            }
        }

        json.EndBody();
        return request;
    }

    private static ResourceMetrics ReadResource(ref JsonCursor json)
    {
        var resource = new ResourceMetrics();
        var rejected = json.Rejected;
        while (json.NextField())
        {
            if (json.Is("resource"u8))
            {
                resource.Resource = CommonMessages.ReadResource(ref json);
            }
            else if (json.Is("scopeMetrics"u8))
            {
                resource.ScopeMetrics.Clear();
                json.ForgetRejectedSince(rejected);
                EnvelopeLists.ReadScopes(ref json, resource.ScopeMetrics, ReadScope);
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

    private static ScopeMetrics ReadScope(ref JsonCursor json)
    {
        var scope = new ScopeMetrics();
        var rejected = json.Rejected;
        while (json.NextField())
        {
            if (json.Is("scope"u8))
            {
                scope.Scope = CommonMessages.ReadScope(ref json);
            }
            else if (json.Is("metrics"u8))
            {
                scope.Metrics.Clear();
                json.ForgetRejectedSince(rejected);
                ReadMetrics(ref json, scope.Metrics);
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

    private static void ReadMetrics(ref JsonCursor json, RepeatedField<Metric> metrics)
    {
        if (!json.BeginList())
        {
            return;
        }

        for (var index = 0; json.NextItem(); index++)
        {
            json.Path.Record = index;
            if (MetricMessages.ReadMetric(ref json) is { } metric)
            {
                metrics.Add(metric);
            }
        }

        json.Path.Record = -1;
    }
}
