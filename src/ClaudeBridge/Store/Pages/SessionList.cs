using System.Text.Json;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Lists;

namespace ClaudeBridge.Store.Pages;

/// <summary>Reads sessions from their rows, on one snapshot. Verdicts that are open and the sums of metrics are read for the rows that are shown alone.</summary>
internal sealed class SessionList(QueryReader reader) : IDisposable
{
    private const string Keys = "r.session_id, r.service, r.tenant";

    private const string Columns = """
        SELECT r.tenant, r.session_id, r.service, r.started, r.ended, r.traces, r.generations, r.tools, r.errors,
          r.input_tokens, r.output_tokens, r.cache_read, r.cache_creation, r.cost, r.user_id, r.version, r.team, r.repository, r.title, r.models,
          r.tokens, r.cost_micros, r.duration FROM session_rows r
        """;

    private readonly Statements _statements = reader.NewStatements();

    /// <exception cref="BadCursorException">The cursor is none of this list.</exception>
    public Page<SessionRow> Page(ViewFilter filter, PageRequest page)
    {
        var limit = Keyset.Limit(page.Limit);
        var after = PageCursor.Read(page.Cursor, PageList.Sessions, page.Order, keys: 3, filter.Scope);
        var rows = Read(filter, page.Order, after, limit + 1).ToList();
        return rows.Count <= limit
            ? new Page<SessionRow>(rows, null)
            : new Page<SessionRow>(rows[..limit], CursorAt(rows[limit - 1], page.Order).ToString(filter.Scope));
    }

    public SessionRow? One(string? tenant, string sessionId, string? service)
    {
        var filter = new ViewFilter
        {
            Tenant = tenant,
            SessionId = sessionId,
            Service = service ?? ViewFilter.AnyService,
        };
        // Claude Code's goes first, and what belongs to no tenant.
        return Read(filter, PageOrder.Latest, null, Keyset.MostEntries)
            .OrderBy(static row => row.Service, StringComparer.Ordinal)
            .ThenBy(static row => row.Tenant, StringComparer.Ordinal)
            .FirstOrDefault();
    }

    /// <summary>In the order asked for; equal ones by id, program and tenant.</summary>
    /// <param name="max">Not bounded here.</param>
    public IEnumerable<SessionRow> Read(ViewFilter filter, PageOrder order, PageCursor? after, int max)
    {
        var where = Where(filter);
        var column = ColumnOf(order);
        if (after is not null)
        {
            Keyset.AddAfter(where, column, Keys, after.Value, after.Keys);
        }

        var asked = filter.Completeness is { } word ? CompletenessOf(word) : (Completeness?)null;
        // Some rows are judged as they are read: then SQL cannot tell how many are enough.
        var limit = asked is null ? $" LIMIT {Math.Max(0, max)}" : "";
        var read = where.BindTo(_statements.Prepare($"{Columns} WHERE {where.Sql} ORDER BY {column} DESC, {Keys}{limit}"));
        var count = 0;
        while (count < max && read.Step())
        {
            var session = new ListedSession(read.Text(0), read.Text(1), read.Text(2) is { Length: > 0 } service ? service : null);
            var verdict = reader.Verdict(session);
            if (asked is null || verdict.Completeness == asked)
            {
                count++;
                yield return Row(read, session, verdict);
            }
        }

        read.Reset();
    }

    public void Dispose() => _statements.Dispose();

    /// <exception cref="ArgumentException">It is none of the three words.</exception>
    private static Completeness CompletenessOf(string word) =>
        Enum.TryParse<Completeness>(word, ignoreCase: true, out var found) && Enum.IsDefined(found) && !char.IsDigit(word[0])
            ? found
            : throw new ArgumentException($"'{word}' is none of complete, partial and conflict.", nameof(word));

    private static Conditions Where(ViewFilter filter)
    {
        var where = new Conditions();
        TurnConditions.AddScope(where, filter, "r");
        if (filter.SessionId is { } session)
        {
            where.And($"r.session_id = {where.Value(session)}");
        }

        if (filter.From is { } from)
        {
            where.And($"r.ended >= {where.Value(RecordTime.Of(from))}");
        }

        if (filter.To is { } to)
        {
            where.And($"r.started < {where.Value(RecordTime.Of(to))}");
        }

        if (filter.Completeness is { } word)
        {
            where.And($"r.completeness = {(int)CompletenessOf(word)} OR r.completeness IS NULL");
        }

        if (TurnConditions.LooksIntoTurns(filter))
        {
            var turns = TurnConditions.Add(where.Inner(), filter);
            where.And(
                $"(r.tenant, r.session_id, r.service) IN (SELECT t.tenant, t.session_id, COALESCE(t.service, '') FROM traces t WHERE {turns.Sql})"
            );
        }

        return where;
    }

    private static string ColumnOf(PageOrder order) =>
        order switch
        {
            PageOrder.Cost => "r.cost_micros",
            PageOrder.Tokens => "r.tokens",
            PageOrder.Errors => "r.errors",
            PageOrder.Duration => "r.duration",
            _ => "r.ended",
        };

    private static PageCursor CursorAt(SessionRow row, PageOrder order) =>
        new(
            PageList.Sessions,
            order,
            order switch
            {
                PageOrder.Cost => row.CostMicros,
                PageOrder.Tokens => row.Usage.Total,
                PageOrder.Errors => row.Errors,
                PageOrder.Duration => (row.EndTime - row.StartTime).Ticks,
                _ => RecordTime.Of(row.EndTime),
            },
            [Keyset.Key(row.SessionId), Keyset.Key(row.Service ?? ""), row.Tenant]
        );

    private SessionRow Row(Statement read, ListedSession session, CompletenessVerdict verdict) =>
        new()
        {
            Tenant = session.Tenant,
            SessionId = session.SessionId,
            Service = session.Service,
            StartTime = RecordTime.ToTime(read.Long(3)),
            EndTime = RecordTime.ToTime(read.Long(4)),
            Traces = read.Int(5),
            Generations = read.Int(6),
            Tools = read.Int(7),
            Errors = read.Int(8),
            Usage = new UsageSummary(read.Long(9), read.Long(10), read.Long(11), read.Long(12)),
            Cost = read.Text(13),
            CostMicros = read.Long(21),
            UserId = read.TextOrNull(14),
            ClientVersion = read.TextOrNull(15),
            Team = read.TextOrNull(16),
            Repository = read.TextOrNull(17),
            Title = read.TextOrNull(18),
            Models = JsonSerializer.Deserialize(read.Text(19), StoreJson.Compact.IReadOnlyListString) ?? [],
            Completeness = verdict.Word,
            CompletenessReasons = verdict.Reasons,
            Metrics = session.Service is null ? reader.MetricsOf(session.Tenant, session.SessionId) : MetricSums.None,
        };
}
