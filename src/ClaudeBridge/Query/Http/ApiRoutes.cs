using ClaudeBridge.Query.Answers;

namespace ClaudeBridge.Query.Http;

/// <summary>All questions of the API.</summary>
internal static class ApiRoutes
{
    public const string DescriptionPath = "/api/openapi.json";

    private static readonly string[] JsonOrCsv = [MediaType.Json, MediaType.Csv];

    private static readonly string[] ExportTypes = [MediaType.Json, MediaType.Csv, MediaType.Lines];

    public static IReadOnlyList<ApiRoute> Of(QueryOptions options, LiveStream live)
    {
        Parameter[] paging = [CommonParameters.Limit(options), CommonParameters.Cursor];
        Parameter[] listing = [.. paging, CommonParameters.Order, CommonParameters.ListFormat];
        Parameter[] exporting = [ExportAnswers.Limit(options), CommonParameters.Cursor, ExportAnswers.Format];
        return
        [
            new("/api/sessions", "listSessions", "sessions", "Sessions, with their sums.", SessionAnswers.ListAsync)
            {
                Parameters = [.. Filters.OfSessions, .. listing],
                MediaTypes = JsonOrCsv,
                Shape = static () => QueryJson.Compact.PageSessionRow,
            },
            new(
                "/api/sessions/{id}",
                "getSession",
                "sessions",
                "One session with its latest traces, as 'show --json' prints it.",
                SessionAnswers.OneAsync
            )
            {
                Parameters =
                [
                    CommonParameters.SessionId,
                    CommonParameters.Service,
                    CommonParameters.Tenant,
                    CommonParameters.Limit(options, "Traces at most: the latest, in the order of their start."),
                    CommonParameters.Cursor,
                    CommonParameters.MaxContent(options),
                ],
                Shape = static () => QueryJson.Compact.SessionAnswer,
            },
            new(
                "/api/sessions/{id}/events",
                "listSessionEvents",
                "events",
                "The records of one session as they came, the latest taken in first.",
                SessionAnswers.EventsAsync
            )
            {
                Parameters =
                [
                    CommonParameters.SessionId,
                    EventAnswers.Name,
                    CommonParameters.From,
                    CommonParameters.To,
                    CommonParameters.Service,
                    CommonParameters.Tenant,
                    .. paging,
                    CommonParameters.ListFormat,
                ],
                MediaTypes = JsonOrCsv,
                Shape = static () => QueryJson.Compact.PageEventRow,
            },
            new("/api/traces", "listTraces", "traces", "Turns: traces without their observations.", TraceAnswers.ListAsync)
            {
                Parameters = [.. Filters.OfTurns, .. listing],
                MediaTypes = JsonOrCsv,
                Shape = static () => QueryJson.Compact.PageTurnRow,
            },
            new("/api/traces/{id}", "getTrace", "traces", "One trace with its observations.", TraceAnswers.OneAsync)
            {
                Parameters =
                [
                    CommonParameters.TraceId,
                    CommonParameters.Session,
                    CommonParameters.Tenant,
                    CommonParameters.MaxContent(options),
                    TraceAnswers.MaxObservations(options),
                ],
                Shape = static () => QueryJson.Compact.TracePage,
            },
            new(
                "/api/traces/{id}/observations/{observationId}",
                "getObservation",
                "traces",
                "One observation with its whole contents.",
                TraceAnswers.ObservationAsync
            )
            {
                Parameters = [CommonParameters.TraceId, CommonParameters.ObservationId, CommonParameters.Tenant],
                Shape = static () => QueryJson.Compact.ObservationDetail,
            },
            new(
                "/api/events",
                "listEvents",
                "events",
                "Records as they came, the latest taken in first. A page may be shorter than asked for and still have a next one.",
                EventAnswers.ListAsync
            )
            {
                Parameters = [.. EventAnswers.Filter, .. paging, CommonParameters.ListFormat],
                MediaTypes = JsonOrCsv,
                Shape = static () => QueryJson.Compact.PageEventRow,
            },
            new(
                "/api/totals",
                "getTotals",
                "totals",
                "Exact sums by one or more dimensions, as 'report --json' prints them.",
                TotalsAnswers.AnswerAsync
            )
            {
                Details =
                    "With 'metric' a row has its key and one 'value'. With 'format=dashboard' one object has the sums over everything. Rows and rest add up to the total in all but sessions and traces, which may have a part in several rows.",
                Parameters =
                [
                    TotalsAnswers.By,
                    CommonParameters.FromDay,
                    CommonParameters.ToDay,
                    TotalsAnswers.Metric,
                    TotalsAnswers.Limit(options),
                    TotalsAnswers.Format,
                    CommonParameters.Tenant,
                ],
                MediaTypes = JsonOrCsv,
                Shape = static () => QueryJson.Compact.TotalsReport,
                OtherShapes = static () => [QueryJson.Compact.MeasuredTotals, QueryJson.Compact.DashboardTotals],
            },
            new(
                "/api/overview",
                "getOverview",
                "totals",
                "The figures of a span of time: in steps, by model, tool, user, team and repository.",
                OverviewAnswers.AnswerAsync
            )
            {
                Parameters = [OverviewAnswers.From, OverviewAnswers.To, OverviewAnswers.Step, .. Filters.WithoutTimes],
                Shape = static () => QueryJson.Compact.OverviewReport,
                // Without 'to' it depends on the time.
                IsOfStore = false,
            },
            new(
                "/api/values",
                "getValues",
                "totals",
                "The values that filters can be set to, the most frequent first.",
                EventAnswers.ValuesAsync
            )
            {
                Parameters = [CommonParameters.Tenant],
                Shape = static () => QueryJson.Compact.FilterValues,
            },
            new(
                "/api/members",
                "listMembers",
                "totals",
                "Everybody who sent something: when, what, and what it came to. The latest seen first.",
                EventAnswers.MembersAsync
            )
            {
                Parameters = [CommonParameters.Tenant, .. paging, CommonParameters.ListFormat],
                MediaTypes = JsonOrCsv,
                Shape = static () => QueryJson.Compact.PageMemberRow,
            },
            new(
                "/api/v1/messages/aggregate",
                "aggregateMessages",
                "totals",
                "Model requests added up by group, in the words of other dashboards.",
                MessageAggregates.AnswerAsync
            )
            {
                Parameters =
                [
                    MessageAggregates.Type,
                    MessageAggregates.GroupBy,
                    MessageAggregates.Metric,
                    MessageAggregates.From,
                    MessageAggregates.To,
                    CommonParameters.Tenant,
                ],
                Shape = static () => QueryJson.Compact.MessageAggregate,
            },
            .. Exports(exporting, options),
            new(
                "/api/status",
                "getStatus",
                "bridge",
                "How the bridge is, who sent what since it was started, what their environment seems to lack, and what was refused last.",
                StatusAnswers.AnswerAsync
            )
            {
                Parameters = [CommonParameters.Tenant],
                Shape = static () => QueryJson.Compact.StatusAnswer,
                IsOfStore = false,
            },
            new(
                "/api/live",
                "followChanges",
                "bridge",
                "Server-sent events: 'change' with the store's version whenever there is something new.",
                live.AnswerAsync
            )
            {
                MediaTypes = [MediaType.Events],
                IsOfStore = false,
            },
            new(
                DescriptionPath,
                "getDescription",
                "bridge",
                "This description.",
                static call => call.Http.RequestServices.GetRequiredService<OpenApi.Description>().AnswerAsync(call)
            )
            {
                MediaTypes = [MediaType.Json],
                IsOfStore = false,
            },
        ];
    }

    private static IEnumerable<ApiRoute> Exports(Parameter[] exporting, QueryOptions options)
    {
        const string group = "export";
        yield return new("/api/export/sessions", "exportSessions", group, "All sessions that match.", ExportAnswers.SessionsAsync)
        {
            Parameters = [.. Filters.OfSessions, CommonParameters.Order, .. exporting],
            RowShape = static () => QueryJson.Compact.SessionRow,
            MediaTypes = ExportTypes,
            IsOfStore = false,
        };
        yield return new("/api/export/traces", "exportTraces", group, "All turns that match.", ExportAnswers.TracesAsync)
        {
            Parameters = [.. Filters.OfTurns, CommonParameters.Order, .. exporting],
            RowShape = static () => QueryJson.Compact.TurnRow,
            MediaTypes = ExportTypes,
            IsOfStore = false,
        };
        yield return new(
            "/api/export/observations",
            "exportObservations",
            group,
            "The observations of all turns that match.",
            ExportAnswers.ObservationsAsync
        )
        {
            Parameters = [.. Filters.OfTurns, CommonParameters.MaxContent(options), .. exporting],
            RowShape = static () => QueryJson.Compact.TracedObservation,
            MediaTypes = ExportTypes,
            IsOfStore = false,
        };
        yield return new("/api/export/events", "exportEvents", group, "All records that match, as they came.", ExportAnswers.EventsAsync)
        {
            Parameters = [.. EventAnswers.Filter, .. exporting],
            RowShape = static () => QueryJson.Compact.EventRow,
            MediaTypes = ExportTypes,
            IsOfStore = false,
        };
    }
}
