using System.Text.Json.Serialization;
using ClaudeBridge.Query.Http;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Query.Answers;

/// <summary>A session with some of its turns, as <c>show --json</c> prints it.</summary>
internal sealed record SessionAnswer : SessionRow
{
    public SessionAnswer() { }

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public SessionAnswer(SessionRow row)
        : base(row) => TraceList = [];

    /// <summary>The traces of this page, by start. The first page has the latest ones.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyList<TraceDetail> TraceList { get; init; }

    /// <summary>Some input or output is longer than was asked for.</summary>
    [JsonPropertyOrder(1)]
    public bool ContentsCut { get; init; }

    /// <summary>Observations of these traces beyond the limit.</summary>
    [JsonPropertyOrder(1)]
    public int ObservationsLeftOut { get; init; }

    /// <summary>The cursor of the page with earlier traces; null on the last.</summary>
    [JsonPropertyOrder(1)]
    public string? Next { get; init; }
}

/// <summary>Answers about sessions.</summary>
internal static class SessionAnswers
{
    public static IReadOnlyList<Column<SessionRow>> Columns { get; } =
    [
        new("sessionId", static row => row.SessionId),
        new("tenant", static row => row.Tenant),
        new("service", static row => row.Service),
        new("userId", static row => row.UserId),
        new("title", static row => row.Title),
        new("startTime", static row => row.StartTime),
        new("endTime", static row => row.EndTime),
        new("traces", static row => row.Traces),
        new("generations", static row => row.Generations),
        new("tools", static row => row.Tools),
        new("errors", static row => row.Errors),
        .. SharedColumns.Usage<SessionRow>(static row => row.Usage),
        new("cost", static row => ExactNumber.Of(row.Cost)),
        new("costMicros", static row => row.CostMicros),
        new("clientVersion", static row => row.ClientVersion),
        new("completeness", static row => row.Completeness),
        new("completenessReasons", static row => row.CompletenessReasons),
        new("models", static row => row.Models),
        new("team", static row => row.Team),
        new("repository", static row => row.Repository),
        .. SharedColumns.Metrics<SessionRow>(static row => row.Metrics),
    ];

    public static async Task ListAsync(ApiCall call)
    {
        var (filter, page) = (Filters.Read(call), call.Page(Filters.Order(call)));
        await call.WriteAsync(await call.AskAsync(pages => pages.Sessions(filter, page)), QueryJson.Compact.PageSessionRow, Columns);
    }

    public static async Task OneAsync(ApiCall call)
    {
        var (page, maxContent) = (call.Page(), call.Arguments.Number(CommonParameters.MaxContent(call.Parts.Options)));
        var row = await FindAsync(call);
        var answer = await call.AskAsync(pages =>
        {
            var turns = pages.Turns(
                new ViewFilter
                {
                    Tenant = row.Tenant,
                    SessionId = row.SessionId,
                    Service = row.Service,
                },
                page
            );
            List<TracePage> traces =
            [
                .. turns
                    .Items.Select(turn =>
                        pages.Trace(row.Tenant, turn.TraceId, row.SessionId, maxContent, call.Parts.Options.MaxObservations)
                    )
                    .OfType<TracePage>()
                    .Reverse(),
            ];
            return new SessionAnswer(row)
            {
                TraceList = [.. traces.Select(static trace => trace.Trace)],
                ContentsCut = traces.Any(static trace => trace.ContentsCut),
                ObservationsLeftOut = traces.Sum(static trace => trace.ObservationsLeftOut),
                Next = turns.Next,
            };
        });
        await call.WriteAsync(answer, QueryJson.Compact.SessionAnswer);
    }

    public static async Task EventsAsync(ApiCall call)
    {
        var (times, page) = (Filters.Times(call), call.Page());
        var row = await FindAsync(call);
        var filter = new ViewFilter
        {
            Tenant = row.Tenant,
            SessionId = row.SessionId,
            Text = call.Arguments.Text(EventAnswers.Name),
            From = times.From,
            To = times.To,
        };
        await call.WriteAsync(
            await call.AskAsync(pages => pages.Events(filter, page)),
            QueryJson.Compact.PageEventRow,
            EventAnswers.Columns
        );
    }

    private static async Task<SessionRow> FindAsync(ApiCall call)
    {
        var id = call.Arguments.Required(CommonParameters.SessionId);
        var (tenant, service) = (call.Tenant, call.Arguments.Text(CommonParameters.Service));
        return await call.AskAsync(pages => pages.Session(tenant, id, service))
            ?? throw ApiProblemException.NotThere("There is no such session.");
    }
}
