using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Breakdowns;

namespace ClaudeBridge.Store.Pages;

/// <summary>The questions of pages and API; what adds up the whole store is answered once for each state of it.</summary>
internal sealed class CachedPages(IStorePages pages, AnswerCache cache) : IStorePages
{
    public Page<SessionRow> Sessions(ViewFilter filter, PageRequest page) => pages.Sessions(filter, page);

    public Page<TurnRow> Turns(ViewFilter filter, PageRequest page) => pages.Turns(filter, page);

    public SessionRow? Session(string? tenant, string sessionId, string? service = null) => pages.Session(tenant, sessionId, service);

    public TracePage? Trace(string? tenant, string traceId, string? sessionId, int maxContent, int maxObservations) =>
        pages.Trace(tenant, traceId, sessionId, maxContent, maxObservations);

    public ObservationDetail? Observation(string? tenant, string traceId, string observationId) =>
        pages.Observation(tenant, traceId, observationId);

    public OverviewReport Overview(OverviewRequest request)
    {
        var (from, to) = OverviewReader.Hours(request);
        return cache.Get(
            AnswerCache.Question([nameof(Overview), $"{from}", $"{to}", $"{request.Step}", .. PartsOf(request.Filter)]),
            () => pages.Overview(request),
            static report =>
                report.Models.Count
                + report.Tools.Count
                + report.Users.Count
                + report.Teams.Count
                + report.Repositories.Count
                + report.Steps.Sum(static step => 1 + step.ByModel.Count)
        );
    }

    public FilterValues Values(string? tenant) =>
        cache.Get(AnswerCache.Question(nameof(Values), tenant), () => pages.Values(tenant), static _ => 100);

    public Page<MemberRow> Members(string? tenant, PageRequest page) =>
        cache.Get(
            AnswerCache.Question(nameof(Members), tenant, $"{page.Limit}", page.Cursor),
            () => pages.Members(tenant, page),
            static members => members.Items.Count
        );

    public Page<EventRow> Events(ViewFilter filter, PageRequest page) => pages.Events(filter, page);

    public (IReadOnlyList<EventRow> Items, long Next) EventsAfter(ViewFilter filter, long? after, int limit) =>
        pages.EventsAfter(filter, after, limit);

    private static IEnumerable<string?> PartsOf(ViewFilter filter) =>
        [
            filter.Tenant,
            filter.Text,
            filter.SessionId,
            filter.User,
            filter.Model,
            filter.Tool,
            filter.OnlyFailed ? "failed" : null,
            filter.Completeness,
            filter.From?.UtcTicks.ToString(),
            filter.To?.UtcTicks.ToString(),
            filter.Service,
            .. filter.Labels.SelectMany(static label => new[] { label.Key, label.Value }),
        ];
}

/// <summary>Read-only questions to the store; totals are added up once for each state of it.</summary>
internal sealed class CachedQueries(IStoreQueries queries, AnswerCache cache) : IStoreQueries
{
    public IReadOnlyList<SessionSummary> Sessions(int limit = int.MaxValue) => queries.Sessions(limit);

    public SessionDetail? Session(string sessionId) => queries.Session(sessionId);

    public TurnFigures? Turn(TraceId traceId, string sessionId, ObservationId root, string tenant = "") =>
        queries.Turn(traceId, sessionId, root, tenant);

    public SessionDetail? SessionOfTrace(string traceId) => queries.SessionOfTrace(traceId);

    public TotalsReport Totals(TotalsRequest request) =>
        cache.Get(
            AnswerCache.Question([
                nameof(Totals),
                $"{request.By.Count}",
                .. request.By,
                request.Tenant,
                request.From?.DayNumber.ToString(),
                request.To?.DayNumber.ToString(),
                request.FromTime?.UtcTicks.ToString(),
                request.ToTime?.UtcTicks.ToString(),
                request.Limit?.ToString(),
            ]),
            () => queries.Totals(request),
            static report => report.Rows.Count
        );
}
