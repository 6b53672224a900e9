using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Sessions.Assembly;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Sessions.Foreign;

/// <summary>Computes the observation of one span by the OpenTelemetry GenAI conventions.</summary>
internal static class ForeignView
{
    public static Observation Build(ForeignNode node, ObservationId? parent)
    {
        var type = TypeOf(node);
        var (level, message) = OutcomeOf(node);
        return new Observation
        {
            Id = new ObservationId(node.Id),
            ParentId = parent,
            Type = type,
            Name = NameOf(node, type),
            StartUnixNano = node.Start,
            EndUnixNano = node.End,
            Level = level,
            StatusMessage = message,
            Model = node.Attributes.Text(GenAiNames.Model),
            ModelParameters = ParametersOf(node),
            Usage = ForeignUsage.Of(node),
            Cost = ForeignUsage.CostOf(node),
            Input = ForeignContents.InputOf(node),
            Output = ForeignContents.OutputOf(node),
            Metadata = MetadataOf(node),
            Readiness = parent is null ? Readiness.Root : Readiness.Complete,
        };
    }

    private static ObservationType TypeOf(ForeignNode node) =>
        Known(node.Attributes.Text(GenAiNames.Operation))
        ?? Known(node.Attributes.Text(GenAiNames.StepKind))
        ?? (
            node.Attributes.Has(GenAiNames.ToolCallId) ? ObservationType.Tool
            : node.Attributes.Has(GenAiNames.Model) ? ObservationType.Generation
            : ObservationType.Span
        );

    private static ObservationType? Known(string? kind) =>
        kind?.ToUpperInvariant() switch
        {
            "CHAT" or "TEXT_COMPLETION" or "GENERATE_CONTENT" or "LLM" or "GENERATION" => ObservationType.Generation,
            "INVOKE_AGENT" or "CREATE_AGENT" or "AGENT" => ObservationType.Agent,
            "EXECUTE_TOOL" or "TOOL" or "TOOL_CALL" => ObservationType.Tool,
            "INVOKE_WORKFLOW"
            or "RETRIEVAL"
            or "EMBEDDINGS"
            or "EMBEDDING"
            or "RETRIEVER"
            or "RERANKER"
            or "CHAIN"
            or "WORKFLOW"
            or "TASK" => ObservationType.Span,
            _ => null,
        };

    private static string NameOf(ForeignNode node, ObservationType type) =>
        type switch
        {
            ObservationType.Tool => node.Attributes.Text(GenAiNames.ToolName),
            ObservationType.Agent => node.Attributes.Text(GenAiNames.AgentName),
            ObservationType.Generation => node.Attributes.Text(GenAiNames.Model),
            _ => null,
        } ?? (node.Fact.Span!.Name is { Length: > 0 } name ? name : "span");

    private static (ObservationLevel Level, string? Message) OutcomeOf(ForeignNode node)
    {
        var status = node.Fact.Span!.Status;
        var type = node.Attributes.Text(GenAiNames.ErrorType);
        var isError = status?.Code switch
        {
            Status.Types.StatusCode.Error => true,
            Status.Types.StatusCode.Ok => false,
            _ => type is not null,
        };
        return isError
            ? (
                ObservationLevel.Error,
                (status?.Message is { Length: > 0 } message ? message : null)
                    ?? ExceptionOf(node)
                    ?? type
                    ?? "The span ended with an error."
            )
            : (ObservationLevel.Default, null);
    }

    private static string? ExceptionOf(ForeignNode node) =>
        node
            .Copies.SelectMany(static copy => copy.Span!.Events)
            .Where(static item => item.Name == "exception")
            .Select(static item => new Attributes(item.Attributes).Text(GenAiNames.ExceptionMessage))
            .FirstOrDefault(static text => text is not null);

    private static IReadOnlyDictionary<string, string> ParametersOf(ForeignNode node)
    {
        var parameters = new Metadata();
        foreach (var pair in node.List.Where(static pair => IsParameter(pair.Key) && pair.Value is not null))
        {
            parameters.Add(pair.Key[GenAiNames.RequestPrefix.Length..], Values.Text(pair.Value));
        }

        return parameters.Values;
    }

    private static bool IsParameter(string name) =>
        name.StartsWith(GenAiNames.RequestPrefix, StringComparison.Ordinal) && !GenAiNames.Model.Names.Contains(name);

    /// <summary>Every attribute that is not shown elsewhere stays as it came.</summary>
    private static IReadOnlyDictionary<string, string> MetadataOf(ForeignNode node)
    {
        var metadata = new Metadata().Add("nesting", node.IsInferred ? "inferred" : null);
        metadata.Add("outer_parent_span_id", node is { Parent: null, Above: [.., var outer] } ? new ObservationId(outer).ToString() : null);
        foreach (var pair in node.List.Where(static pair => !ForeignContents.IsContent(pair.Key) && pair.Value is not null))
        {
            if (!IsParameter(pair.Key))
            {
                metadata.Add(pair.Key, Values.Text(pair.Value));
            }
        }

        return metadata.Values;
    }
}
