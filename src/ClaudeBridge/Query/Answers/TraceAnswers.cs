using ClaudeBridge.Query.Http;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Query.Answers;

/// <summary>An observation in a list of those of many traces.</summary>
internal sealed record TracedObservation(string SessionId, string Tenant, string TraceId, ObservationDetail Observation);

/// <summary>Answers about turns and what they are made of.</summary>
internal static class TraceAnswers
{
    public static IReadOnlyList<Column<TurnRow>> Columns { get; } =
    [
        new("traceId", static row => row.TraceId),
        new("sessionId", static row => row.SessionId),
        new("tenant", static row => row.Tenant),
        new("service", static row => row.Service),
        new("userId", static row => row.UserId),
        new("name", static row => row.Name),
        new("promptId", static row => row.PromptId),
        new("clientVersion", static row => row.ClientVersion),
        new("input", static row => row.Input),
        new("output", static row => row.Output),
        new("startTime", static row => row.StartTime),
        new("endTime", static row => row.EndTime),
        new("level", static row => row.Level),
        new("isSettled", static row => row.IsSettled),
        new("generations", static row => row.Generations),
        new("tools", static row => row.Tools),
        new("errors", static row => row.Errors),
        .. SharedColumns.Usage<TurnRow>(static row => row.Usage),
        new("cost", static row => ExactNumber.Of(row.Cost)),
        new("costMicros", static row => row.CostMicros),
        new("models", static row => row.Models),
        new("tags", static row => row.Tags),
    ];

    public static IReadOnlyList<Column<TracedObservation>> ObservationColumns { get; } =
    [
        new("sessionId", static row => row.SessionId),
        new("tenant", static row => row.Tenant),
        new("traceId", static row => row.TraceId),
        new("observation.id", static row => row.Observation.Id),
        new("observation.parentId", static row => row.Observation.ParentId),
        new("observation.type", static row => row.Observation.Type),
        new("observation.name", static row => row.Observation.Name),
        new("observation.startTime", static row => row.Observation.StartTime),
        new("observation.endTime", static row => row.Observation.EndTime),
        new("observation.level", static row => row.Observation.Level),
        new("observation.statusMessage", static row => row.Observation.StatusMessage),
        new("observation.model", static row => row.Observation.Model),
        .. SharedColumns
            .Usage<TracedObservation>(static row => row.Observation.Usage)
            .Select(static column => column with { Name = "observation." + column.Name }),
        new("observation.cost", static row => ExactNumber.Of(row.Observation.Cost)),
        new("observation.costMicros", static row => row.Observation.CostMicros),
        new("observation.input", static row => row.Observation.Input),
        new("observation.output", static row => row.Observation.Output),
        new("observation.metadata", static row => row.Observation.Metadata),
    ];

    public static async Task ListAsync(ApiCall call)
    {
        var (filter, page) = (Filters.Read(call), call.Page(Filters.Order(call)));
        await call.WriteAsync(await call.AskAsync(pages => pages.Turns(filter, page)), QueryJson.Compact.PageTurnRow, Columns);
    }

    public static async Task OneAsync(ApiCall call)
    {
        var (tenant, id) = (call.Tenant, TraceIdOf(call));
        var session = call.Arguments.Text(CommonParameters.Session);
        var maxContent = call.Arguments.Number(CommonParameters.MaxContent(call.Parts.Options));
        var maxObservations = call.Arguments.Number(MaxObservations(call.Parts.Options));
        var trace =
            await call.AskAsync(pages => pages.Trace(tenant, id, session, maxContent, maxObservations))
            ?? throw ApiProblemException.NotThere("There is no such trace.");
        await call.WriteAsync(trace, QueryJson.Compact.TracePage);
    }

    public static async Task ObservationAsync(ApiCall call)
    {
        var (tenant, id) = (call.Tenant, TraceIdOf(call));
        var observationId = call.Arguments.Required(CommonParameters.ObservationId).ToLowerInvariant();
        var observation =
            await call.AskAsync(pages => pages.Observation(tenant, id, observationId))
            ?? throw ApiProblemException.NotThere("There is no such observation.");
        await call.WriteAsync(observation, QueryJson.Compact.ObservationDetail);
    }

    public static Parameter MaxObservations(QueryOptions options) =>
        Parameter.Number("maxObservations", "Observations at most, by start.", 1, options.MaxObservations, options.MaxObservations);

    private static string TraceIdOf(ApiCall call) => call.Arguments.Required(CommonParameters.TraceId).ToLowerInvariant();
}
