using ClaudeBridge.Query.Http;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Query.Answers;

/// <summary>Answers about records as they came, members and the values that filters can have.</summary>
internal static class EventAnswers
{
    public static readonly Parameter Name = Parameter.Text("name", "The name of the event, such as 'api_request'.", "api_request");

    private static readonly Parameter Session = Parameter.Text("session", "The whole id of a session.");

    public static IReadOnlyList<Parameter> Filter { get; } =
    [Session, Name, CommonParameters.From, CommonParameters.To, CommonParameters.Tenant];

    public static IReadOnlyList<Column<EventRow>> Columns { get; } =
    [
        new("cursor", static row => row.Cursor),
        new("kind", static row => row.Kind),
        new("time", static row => row.Time),
        new("name", static row => row.Name),
        new("sessionId", static row => row.SessionId),
        new("tenant", static row => row.Tenant),
        new("promptId", static row => row.PromptId),
        new("attributes", static row => row.Attributes),
    ];

    public static IReadOnlyList<Column<MemberRow>> MemberColumns { get; } =
    [
        new("userId", static row => row.UserId),
        new("tenant", static row => row.Tenant),
        new("firstSeen", static row => row.FirstSeen),
        new("lastSeen", static row => row.LastSeen),
        new("lastLogs", static row => row.LastLogs),
        new("lastMetrics", static row => row.LastMetrics),
        new("lastTraces", static row => row.LastTraces),
        new("clientVersion", static row => row.ClientVersion),
        new("sessions", static row => row.Sessions),
        new("traces", static row => row.Traces),
        new("cost", static row => ExactNumber.Of(row.Cost)),
        new("costMicros", static row => row.CostMicros),
        new("hasPrompts", static row => row.HasPrompts),
        new("hasToolDetails", static row => row.HasToolDetails),
        .. SharedColumns.Metrics<MemberRow>(static row => row.Metrics),
    ];

    public static async Task ListAsync(ApiCall call)
    {
        var (filter, page) = (FilterOf(call), call.Page());
        await call.WriteAsync(await call.AskAsync(pages => pages.Events(filter, page)), QueryJson.Compact.PageEventRow, Columns);
    }

    public static async Task MembersAsync(ApiCall call)
    {
        var (tenant, page) = (call.Tenant, call.Page());
        await call.WriteAsync(await call.AskAsync(pages => pages.Members(tenant, page)), QueryJson.Compact.PageMemberRow, MemberColumns);
    }

    public static async Task ValuesAsync(ApiCall call)
    {
        var tenant = call.Tenant;
        await call.WriteAsync(await call.AskAsync(pages => pages.Values(tenant)), QueryJson.Compact.FilterValues);
    }

    public static ViewFilter FilterOf(ApiCall call)
    {
        var (from, to) = Filters.Times(call);
        return new ViewFilter
        {
            Tenant = call.Tenant,
            SessionId = call.Arguments.Text(Session),
            Text = call.Arguments.Text(Name),
            From = from,
            To = to,
        };
    }
}
