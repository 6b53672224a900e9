using ClaudeBridge.Otlp;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Privacy;

/// <summary>The policy for a whole export, as it is to be written down.</summary>
public static class ExportPolicy
{
    /// <returns>A copy that shares nothing that changes with what was given.</returns>
    public static DecodedExport Apply(this ContentPolicy policy, DecodedExport export)
    {
        var logs = export.Logs?.Clone();
        foreach (var group in logs?.ResourceLogs ?? [])
        {
            group.Resource = group.Resource is null ? null : policy.Apply(group.Resource);
            group.SchemaUrl = policy.Plain(group.SchemaUrl);
            foreach (var scope in group.ScopeLogs)
            {
                scope.Scope = scope.Scope is null ? null : policy.Apply(scope.Scope);
                scope.SchemaUrl = policy.Plain(scope.SchemaUrl);
                Each(scope.LogRecords, policy.Apply);
            }
        }

        var traces = export.Traces?.Clone();
        foreach (var group in traces?.ResourceSpans ?? [])
        {
            group.Resource = group.Resource is null ? null : policy.Apply(group.Resource);
            group.SchemaUrl = policy.Plain(group.SchemaUrl);
            foreach (var scope in group.ScopeSpans)
            {
                scope.Scope = scope.Scope is null ? null : policy.Apply(scope.Scope);
                scope.SchemaUrl = policy.Plain(scope.SchemaUrl);
                Each(scope.Spans, policy.Apply);
            }
        }

        var metrics = export.Metrics?.Clone();
        foreach (var group in metrics?.ResourceMetrics ?? [])
        {
            group.Resource = group.Resource is null ? null : policy.Apply(group.Resource);
            group.SchemaUrl = policy.Plain(group.SchemaUrl);
            foreach (var scope in group.ScopeMetrics)
            {
                scope.Scope = scope.Scope is null ? null : policy.Apply(scope.Scope);
                scope.SchemaUrl = policy.Plain(scope.SchemaUrl);
                foreach (var metric in scope.Metrics)
                {
                    policy.ApplyInPlace(metric);
                }
            }
        }

        return new DecodedExport
        {
            Signal = export.Signal,
            Logs = logs,
            Traces = traces,
            Metrics = metrics,
            Accepted = export.Accepted,
            Rejected = export.Rejected,
            RejectedReason = export.RejectedReason,
        };
    }

    private static void ApplyInPlace(this ContentPolicy policy, Metric metric)
    {
        metric.Name = policy.Plain(metric.Name);
        metric.Description = policy.Plain(metric.Description);
        metric.Unit = policy.Plain(metric.Unit);
        policy.ApplyInPlace(metric.Metadata);
        foreach (var point in (metric.Sum?.DataPoints ?? []).Concat(metric.Gauge?.DataPoints ?? []))
        {
            policy.ApplyInPlace(point.Attributes, point.Exemplars);
        }

        foreach (var point in metric.Histogram?.DataPoints ?? [])
        {
            policy.ApplyInPlace(point.Attributes, point.Exemplars);
        }

        foreach (var point in metric.ExponentialHistogram?.DataPoints ?? [])
        {
            policy.ApplyInPlace(point.Attributes, point.Exemplars);
        }

        foreach (var point in metric.Summary?.DataPoints ?? [])
        {
            policy.ApplyInPlace(point.Attributes);
        }
    }

    private static void ApplyInPlace(this ContentPolicy policy, RepeatedField<KeyValue> attributes, RepeatedField<Exemplar> exemplars)
    {
        policy.ApplyInPlace(attributes);
        foreach (var exemplar in exemplars)
        {
            policy.ApplyInPlace(exemplar.FilteredAttributes);
        }
    }

    private static void ApplyInPlace(this ContentPolicy policy, RepeatedField<KeyValue> attributes)
    {
        if (policy.Apply(attributes) is var changed && !ReferenceEquals(changed, attributes))
        {
            attributes.Clear();
            attributes.AddRange(changed);
        }
    }

    private static void Each<T>(RepeatedField<T> list, Func<T, T> change)
    {
        for (var i = 0; i < list.Count; i++)
        {
            list[i] = change(list[i]);
        }
    }
}
