namespace ClaudeBridge.Sessions;

/// <summary>How a model request or a tool call ended, for counting.</summary>
internal enum ObservationOutcome : byte
{
    /// <summary>Not counted: it is no request or call, or has not ended.</summary>
    None,
    Succeeded,
    Failed,

    /// <summary>A request that the model refused to answer; a call that a person or a rule did not allow.</summary>
    Refused,
}

internal static class ObservationOutcomes
{
    public static ObservationOutcome Of(Observation observation) =>
        observation.Type switch
        {
            ObservationType.Generation => OfGeneration(observation),
            ObservationType.Tool => OfTool(observation),
            _ => ObservationOutcome.None,
        };

    private static ObservationOutcome OfGeneration(Observation request) =>
        request.Metadata.ContainsKey("refused") ? ObservationOutcome.Refused
        : request.Level == ObservationLevel.Error ? ObservationOutcome.Failed
        : request.Usage is not null ? ObservationOutcome.Succeeded
        : ObservationOutcome.None;

    /// <remarks>What waits for its end has only been allowed so far. A call that was neither answered nor failed, and waits no more, was refused.</remarks>
    private static ObservationOutcome OfTool(Observation tool) =>
        tool.Readiness == Readiness.AwaitsEnd ? ObservationOutcome.None
        : tool.Level == ObservationLevel.Error ? ObservationOutcome.Failed
        : tool.Level == ObservationLevel.Warning ? ObservationOutcome.Refused
        : ObservationOutcome.Succeeded;
}
