using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using ClaudeBridge.Query.Http;
using ClaudeBridge.Store.Pages;
using Microsoft.Net.Http.Headers;

namespace ClaudeBridge.Query.Answers;

/// <summary><c>/api/export/…</c>: everything that matches, page by page, so that memory is bounded however much it is.</summary>
/// <remarks>A connection that is cut before the end is an export that failed: whoever reads it sees that.</remarks>
internal static class ExportAnswers
{
    private const int RowsAPage = 500;

    /// <summary>Turns have many observations with contents.</summary>
    private const int TurnsAPage = 20;

    public static readonly Parameter Format = Parameter.Choice(
        CommonParameters.FormatName,
        "One JSON object, CSV with a header, or one JSON object a line.",
        "json",
        "json",
        "csv",
        "ndjson"
    );

    public static Parameter Limit(QueryOptions options) =>
        Parameter.Number(
            "limit",
            "Rows at most. What is cut says so at its end, and with which 'cursor' to go on. Of observations whole turns are given, so there may be some more.",
            1,
            options.MaxExportRows,
            options.MaxExportRows
        );

    public static Task SessionsAsync(ApiCall call)
    {
        var (filter, order) = (Filters.Read(call), Filters.Order(call));
        return StreamAsync(
            call,
            "sessions",
            (pages, rows, cursor) => pages.Sessions(filter, new(rows, cursor, order)),
            RowsAPage,
            QueryJson.Compact.SessionRow,
            SessionAnswers.Columns
        );
    }

    public static Task TracesAsync(ApiCall call)
    {
        var (filter, order) = (Filters.Read(call), Filters.Order(call));
        return StreamAsync(
            call,
            "traces",
            (pages, rows, cursor) => pages.Turns(filter, new(rows, cursor, order)),
            RowsAPage,
            QueryJson.Compact.TurnRow,
            TraceAnswers.Columns
        );
    }

    public static Task ObservationsAsync(ApiCall call)
    {
        var filter = Filters.Read(call);
        var maxContent = call.Arguments.Number(CommonParameters.MaxContent(call.Parts.Options));
        return StreamAsync(
            call,
            "observations",
            (pages, _, cursor) =>
            {
                var turns = pages.Turns(filter, new(TurnsAPage, cursor));
                return new Page<TracedObservation>([.. turns.Items.SelectMany(turn => Of(pages, turn, maxContent))], turns.Next);
            },
            RowsAPage,
            QueryJson.Compact.TracedObservation,
            TraceAnswers.ObservationColumns
        );
    }

    public static Task EventsAsync(ApiCall call)
    {
        var filter = EventAnswers.FilterOf(call);
        return StreamAsync(
            call,
            "events",
            (pages, rows, cursor) => pages.Events(filter, new(rows, cursor)),
            RowsAPage,
            QueryJson.Compact.EventRow,
            EventAnswers.Columns
        );
    }

    private static IEnumerable<TracedObservation> Of(IStorePages pages, TurnRow turn, int maxContent) =>
        pages.Trace(turn.Tenant, turn.TraceId, turn.SessionId, maxContent, int.MaxValue) is { } page
            ? page.Trace.Observations.Select(observation => new TracedObservation(turn.SessionId, turn.Tenant, turn.TraceId, observation))
            : [];

    private static async Task StreamAsync<T>(
        ApiCall call,
        string name,
        Func<IStorePages, int, string?, Page<T>> read,
        int rowsAPage,
        JsonTypeInfo<T> shape,
        IReadOnlyList<Column<T>> columns
    )
    {
        var limit = call.Arguments.Number(Limit(call.Parts.Options));
        var cursor = call.Arguments.Text(CommonParameters.Cursor);
        // Asked before the first byte is written, so that what is wrong is told with its status.
        var page = await call.AskAsync(pages => read(pages, Math.Min(rowsAPage, limit), cursor));
        SetHeaders(call, name);
        if (call.IsHead)
        {
            return;
        }

        var body = new ExportBody<T>(call.Http.Response.BodyWriter, call.MediaType, shape, columns);
        for (var left = limit; ; page = await call.AskAsync(pages => read(pages, Math.Min(rowsAPage, left), cursor)))
        {
            body.Write(page.Items);
            left -= page.Items.Count;
            cursor = page.Next;
            if (cursor is null || left <= 0)
            {
                break;
            }

            await call.Http.Response.BodyWriter.FlushAsync(call.Cancelled);
        }

        body.End(cursor);
        await call.Http.Response.BodyWriter.FlushAsync(call.Cancelled);
    }

    private static void SetHeaders(ApiCall call, string name)
    {
        var (ending, type) = call.MediaType switch
        {
            MediaType.Csv => ("csv", Csv.ContentType),
            MediaType.Lines => ("ndjson", MediaType.Lines),
            _ => ("json", MediaType.Json),
        };
        var time = call.Parts.Clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        call.Http.Response.ContentType = type;
        call.Http.Response.Headers[HeaderNames.ContentDisposition] = $"attachment; filename=\"claudebridge-{name}-{time}.{ending}\"";
    }
}
