using System.Text.Json;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Tests.StandIns.Langfuse;

/// <summary>What Langfuse demands of a span, and where it would quietly lose something: here all of it is refused, so that it shows.</summary>
public static class LangfuseContract
{
    private static readonly HashSet<string> Types =
    [
        "span",
        "generation",
        "event",
        "agent",
        "tool",
        "chain",
        "retriever",
        "evaluator",
        "embedding",
        "guardrail",
    ];

    private static readonly string[] MetadataPrefixes = ["langfuse.trace.metadata.", "langfuse.observation.metadata."];

    private static readonly HashSet<string> Levels = ["DEBUG", "DEFAULT", "WARNING", "ERROR"];

    /// <returns>What is wrong with the first bad span; null when all is well.</returns>
    public static string? Violation(ExportTraceServiceRequest export) =>
        export
            .ResourceSpans.SelectMany(static resource => resource.ScopeSpans)
            .Select(static scope =>
                scope.Scope?.Name.StartsWith("langfuse-sdk", StringComparison.Ordinal) == true
                    ? "the scope passes for a Langfuse SDK"
                    : scope.Spans.Select(Violation).FirstOrDefault(static violation => violation is not null)
            )
            .FirstOrDefault(static violation => violation is not null);

    /// <returns>What is wrong with a span; null when all is well.</returns>
    public static string? Violation(Span span)
    {
        if (span.TraceId.Length != 16 || span.TraceId.Span.IndexOfAnyExcept((byte)0) < 0)
        {
            return "invalid trace id";
        }

        if (span.SpanId.Length != 8 || span.SpanId.Span.IndexOfAnyExcept((byte)0) < 0)
        {
            return "invalid span id";
        }

        if (span.ParentSpanId.Length is not (0 or 8) || span.ParentSpanId.Equals(span.SpanId))
        {
            return "invalid parent span id";
        }

        if (span.StartTimeUnixNano == 0 || span.EndTimeUnixNano < span.StartTimeUnixNano)
        {
            return "invalid times";
        }

        if (span.Attributes.Select(static pair => pair.Key).Distinct().Count() != span.Attributes.Count)
        {
            return "an attribute stands twice";
        }

        return Attributes(span.Attributes.ToDictionary(static pair => pair.Key, static pair => pair.Value));
    }

    private static string? Attributes(Dictionary<string, AnyValue> attributes)
    {
        foreach (var required in (string[])["langfuse.session.id", "langfuse.trace.name", "langfuse.observation.type"])
        {
            if (Text(attributes, required) is not { Length: > 0 })
            {
                return $"{required} must stand on every span";
            }
        }

        if (!Types.Contains(Text(attributes, "langfuse.observation.type")!))
        {
            return "unknown observation type";
        }

        if (Text(attributes, "langfuse.observation.level") is { } level && !Levels.Contains(level))
        {
            return "unknown level";
        }

        if (Text(attributes, "langfuse.environment") is { } environment && !IsEnvironment(environment))
        {
            return "the environment would become default";
        }

        if (Text(attributes, "gen_ai.operation.name") is "invoke_agent" or "create_agent" or "agent_step")
        {
            return "this operation name loses model, usage and cost";
        }

        if (
            attributes.Values.Any(static value =>
                value.ValueCase is AnyValue.ValueOneofCase.KvlistValue or AnyValue.ValueOneofCase.BytesValue
            )
        )
        {
            return "nested values are not decoded";
        }

        return Short(attributes) ?? Numbers(attributes);
    }

    private static string? Short(Dictionary<string, AnyValue> attributes)
    {
        foreach (var (key, value) in attributes)
        {
            var isShort =
                key is "langfuse.session.id" or "langfuse.user.id" || key.StartsWith("langfuse.trace.metadata.", StringComparison.Ordinal);
            if (isShort && (value.StringValue.Length > 200 || value.StringValue.Any(static letter => letter > '~')))
            {
                return $"{key} is longer than 200 characters or not ASCII";
            }

            if (MetadataPrefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal) && !IsKey(key[prefix.Length..])))
            {
                return $"{key} cannot be filtered by";
            }
        }

        return null;
    }

    private static string? Numbers(Dictionary<string, AnyValue> attributes)
    {
        if (Text(attributes, "langfuse.observation.usage_details") is { } usage)
        {
            foreach (var bucket in JsonDocument.Parse(usage).RootElement.EnumerateObject())
            {
                if (bucket.Value.ValueKind != JsonValueKind.Number || !bucket.Value.TryGetInt64(out var tokens) || tokens < 0)
                {
                    return $"usage {bucket.Name} is no non-negative integer";
                }
            }
        }

        if (Text(attributes, "langfuse.observation.cost_details") is { } cost)
        {
            var root = JsonDocument.Parse(cost).RootElement;
            if (
                !root.TryGetProperty("total", out _)
                || root.EnumerateObject().Any(static part => part.Value.ValueKind != JsonValueKind.Number)
            )
            {
                return "a cost is no number or has no total";
            }
        }

        return null;
    }

    private static string? Text(Dictionary<string, AnyValue> attributes, string key) => attributes.GetValueOrDefault(key)?.StringValue;

    internal static bool IsEnvironment(string name) =>
        name.Length is > 0 and <= 40
        && !name.StartsWith("langfuse", StringComparison.Ordinal)
        && name.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '_');

    internal static bool IsKey(string key) =>
        key.Length > 0 && key.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');
}
