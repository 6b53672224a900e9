using System.Globalization;
using ClaudeBridge.Sessions;
using Google.Protobuf;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>An observation as the OTLP span that Langfuse turns back into it.</summary>
/// <remarks>Langfuse 4 copies nothing from a trace to its observations: what the trace says of itself stands on every span.</remarks>
internal static class LangfuseSpan
{
    /// <param name="sendCost">False leaves the price to Langfuse's own model table.</param>
    public static Span From(TraceId traceId, Observation observation, TraceContext trace, bool sendCost)
    {
        var span = new Span
        {
            TraceId = UnsafeByteOperations.UnsafeWrap(traceId.ToBytes()),
            SpanId = UnsafeByteOperations.UnsafeWrap(observation.Id.ToBytes()),
            Name = observation.Name,
            Kind = Span.Types.SpanKind.Internal,
            StartTimeUnixNano = observation.StartUnixNano,
            EndTimeUnixNano = Math.Max(observation.StartUnixNano, observation.EndUnixNano),
        };
        if (observation.ParentId is { } parent)
        {
            span.ParentSpanId = UnsafeByteOperations.UnsafeWrap(parent.ToBytes());
        }

        if (observation.Level == ObservationLevel.Error)
        {
            span.Status = new Status { Code = Status.Types.StatusCode.Error, Message = observation.StatusMessage ?? "" };
        }

        AddTrace(span, trace);
        AddObservation(span, observation, trace);
        AddModel(span, observation, sendCost);
        AddMetadata(span, LangfuseNames.MetadataPrefix, observation.Metadata, static value => value);
        return span;
    }

    private static void AddTrace(Span span, TraceContext trace)
    {
        Add(span, LangfuseNames.SessionId, LangfuseText.Identifier(trace.SessionId));
        Add(span, LangfuseNames.UserId, trace.UserId is { Length: > 0 } user ? LangfuseText.Identifier(user) : null);
        Add(span, LangfuseNames.TraceName, trace.Name);
        Add(span, LangfuseNames.Environment, trace.Environment is { Length: > 0 } name ? LangfuseText.Environment(name) : null);
        Add(span, LangfuseNames.Version, trace.Version);
        Add(span, LangfuseNames.Release, trace.Release);
        if (trace.Tags.Count > 0)
        {
            var tags = new ArrayValue();
            tags.Values.AddRange(trace.Tags.Select(static tag => new AnyValue { StringValue = LangfuseText.Short(tag) }));
            span.Attributes.Add(
                new KeyValue
                {
                    Key = LangfuseNames.TraceTags,
                    Value = new AnyValue { ArrayValue = tags },
                }
            );
        }

        AddMetadata(span, LangfuseNames.TraceMetadataPrefix, trace.Metadata, LangfuseText.Short);
    }

    private static void AddObservation(Span span, Observation observation, TraceContext trace)
    {
        Add(span, LangfuseNames.Type, TypeName(observation.Type));
        Add(span, LangfuseNames.Level, LevelName(observation.Level));
        Add(span, LangfuseNames.StatusMessage, observation.StatusMessage);
        Add(span, LangfuseNames.Input, observation.Input);
        Add(span, LangfuseNames.Output, observation.Output);
        if (observation.IsRoot)
        {
            Add(span, LangfuseNames.TraceInput, observation.Input);
            Add(span, LangfuseNames.TraceOutput, observation.Output);
        }

        // On an agent, the operation name would make Langfuse drop model, usage and cost of the span.
        if (observation.Type == ObservationType.Generation)
        {
            Add(span, LangfuseNames.GenAiOperation, "chat");
            Add(span, LangfuseNames.GenAiProvider, trace.Service is null ? "anthropic" : null);
        }
        else if (observation.Type == ObservationType.Tool)
        {
            Add(span, LangfuseNames.GenAiOperation, "execute_tool");
            Add(span, LangfuseNames.GenAiToolName, observation.Name);
        }
    }

    private static void AddModel(Span span, Observation observation, bool sendCost)
    {
        Add(span, LangfuseNames.Model, observation.Model);
        Add(span, LangfuseNames.GenAiRequestModel, observation.Type == ObservationType.Generation ? observation.Model : null);
        if (observation.ModelParameters.Count > 0)
        {
            Add(span, LangfuseNames.ModelParameters, LangfuseNumbers.ModelParameters(observation.ModelParameters));
        }

        if (observation.Usage is { } usage)
        {
            Add(span, LangfuseNames.Usage, LangfuseNumbers.UsageDetails(usage));
        }

        if (sendCost && observation.Cost is >= 0 and { } cost)
        {
            Add(span, LangfuseNames.Cost, LangfuseNumbers.CostDetails(cost));
        }

        if (observation.CompletionStartUnixNano is { } first)
        {
            Add(span, LangfuseNames.CompletionStart, Iso(first));
        }
    }

    private static void AddMetadata(Span span, string prefix, IReadOnlyDictionary<string, string> metadata, Func<string, string> form)
    {
        if (metadata.Count == 0)
        {
            return;
        }

        var taken = new HashSet<string>(metadata.Count, StringComparer.Ordinal);
        foreach (var (name, value) in metadata.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            var clean = LangfuseText.Key(name);
            var key = clean;
            for (var i = 2; !taken.Add(key); i++)
            {
                key = $"{clean}_{i}";
            }

            Add(span, prefix + key, form(value));
        }
    }

    /// <summary>An empty text says nothing; a missing attribute says the same in fewer bytes.</summary>
    private static void Add(Span span, string key, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            span.Attributes.Add(
                new KeyValue
                {
                    Key = key,
                    Value = new AnyValue { StringValue = value },
                }
            );
        }
    }

    private static string TypeName(ObservationType type) =>
        type switch
        {
            ObservationType.Generation => "generation",
            ObservationType.Agent => "agent",
            ObservationType.Tool => "tool",
            ObservationType.Event => "event",
            _ => "span",
        };

    private static string LevelName(ObservationLevel level) =>
        level switch
        {
            ObservationLevel.Debug => "DEBUG",
            ObservationLevel.Warning => "WARNING",
            ObservationLevel.Error => "ERROR",
            _ => "DEFAULT",
        };

    private static string Iso(ulong unixNano) =>
        DateTimeOffset.UnixEpoch.AddTicks((long)(unixNano / 100)).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
