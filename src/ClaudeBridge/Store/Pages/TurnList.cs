using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Lists;

namespace ClaudeBridge.Store.Pages;

/// <summary>Reads turns, on one snapshot. Which ones is answered by one index; only those that are shown are read.</summary>
internal sealed class TurnList(QueryReader reader) : IDisposable
{
    private const string Columns = """
        SELECT t.id, t.trace_id, t.session_id, t.tenant, t.service, t.user_id, t.name, t.prompt_id, t.version, x.input_head, x.output_head,
          t.start_nano, t.end_nano, t.level, t.next_due, t.generations, t.tools, t.errors,
          t.input_tokens, t.output_tokens, t.cache_read, t.cache_creation, t.cost, c.context, t.names
        FROM traces t JOIN trace_contexts c ON c.trace = t.id LEFT JOIN trace_texts x ON x.trace = t.id
        """;

    private readonly Statements _statements = reader.NewStatements();
    private Statement? _row;

    /// <exception cref="BadCursorException">The cursor is none of this list.</exception>
    public Page<TurnRow> Page(ViewFilter filter, PageRequest page)
    {
        var limit = Keyset.Limit(page.Limit);
        var where = TurnConditions.AddTimes(TurnConditions.Add(new Conditions(), filter), filter);
        var column = ColumnOf(page.Order);
        if (PageCursor.Read(page.Cursor, PageList.Turns, page.Order, keys: 2, filter.Scope) is { } after)
        {
            AddAfter(where, column, after);
        }

        var found = new List<(long Row, TraceId Id, long Value)>();
        var read = where.BindTo(
            _statements.Prepare(
                $"SELECT t.id, t.trace_id, {column} FROM traces t WHERE {where.Sql} ORDER BY {column} DESC, t.trace_id, t.id LIMIT {limit + 1}"
            )
        );
        while (read.Step())
        {
            found.Add((read.Long(0), new TraceId(read.Wide(1)), read.Long(2)));
        }

        var rows = found.Take(limit).Select(one => Row(one.Row)).ToList();
        return new Page<TurnRow>(rows, found.Count <= limit ? null : CursorAt(found[limit - 1], page.Order).ToString(filter.Scope));
    }

    /// <param name="row">The number of the trace.</param>
    public TurnRow Row(long row)
    {
        _row ??= _statements.Prepare($"{Columns} WHERE t.id = ?1");
        _row.Bind(1, row).Step();
        var totals = TraceTotals.Read(_row, 15);
        var turn = new TurnRow
        {
            TraceId = new TraceId(_row.Wide(1)).ToString(),
            SessionId = _row.Text(2),
            Tenant = _row.Text(3),
            Service = _row.TextOrNull(4),
            UserId = _row.TextOrNull(5),
            Name = _row.Text(6),
            PromptId = _row.TextOrNull(7),
            ClientVersion = _row.TextOrNull(8),
            Input = _row.TextOrNull(9),
            Output = _row.TextOrNull(10),
            StartTime = Clock.ToTime((ulong)_row.Long(11)),
            EndTime = Clock.ToTime((ulong)_row.Long(12)),
            Level = Spelling.Of((ObservationLevel)_row.Int(13)),
            IsSettled = _row.IsNull(14),
            Generations = totals.Generations,
            Tools = totals.Tools,
            Errors = totals.Errors,
            Usage = totals.Usage,
            Cost = ExactCost.Text(totals.Cost),
            CostMicros = ExactCost.Micros(totals.Cost),
            Tags = StoreJson.ReadContext(_row.Text(23)).Tags,
            Models = TraceName.Models(TraceName.Read(_row.Text(24))),
        };
        _row.Reset();
        return turn;
    }

    public void Dispose() => _statements.Dispose();

    private static string ColumnOf(PageOrder order) =>
        order switch
        {
            PageOrder.Cost => "t.cost_micros",
            PageOrder.Tokens => "t.tokens",
            PageOrder.Errors => "t.errors",
            PageOrder.Duration => "t.duration",
            _ => "t.started",
        };

    /// <exception cref="BadCursorException">It names no trace.</exception>
    private static void AddAfter(Conditions where, string column, PageCursor after)
    {
        if (
            !TraceId.TryParse(after.Keys[0], out var id)
            || !long.TryParse(after.Keys[1], System.Globalization.CultureInfo.InvariantCulture, out var row)
        )
        {
            throw new BadCursorException();
        }

        Keyset.AddAfter(where, column, "t.trace_id, t.id", after.Value, [id.ToBytes(), row]);
    }

    private static PageCursor CursorAt((long Row, TraceId Id, long Value) last, PageOrder order) =>
        new(PageList.Turns, order, last.Value, [last.Id.ToString(), last.Row.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
}
