using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Lists;

namespace ClaudeBridge.Store.Pages;

/// <summary>Reads members with what they add up to, on one snapshot. Sums are those of Claude Code's turns, as everywhere.</summary>
internal sealed class MemberReader(QueryReader reader) : IDisposable
{
    private readonly Statements _statements = reader.NewStatements();

    /// <exception cref="BadCursorException">The cursor is none of this list.</exception>
    public Page<MemberRow> Page(string? tenant, PageRequest page)
    {
        var limit = Keyset.Limit(page.Limit);
        var scope = new ViewFilter { Tenant = tenant }.Scope;
        var where = new Conditions();
        if (tenant is not null)
        {
            where.And($"m.tenant = {where.Value(tenant)}");
        }

        if (PageCursor.Read(page.Cursor, PageList.Members, PageOrder.Latest, keys: 2, scope) is { } after)
        {
            Keyset.AddAfter(where, "m.last_seen", "m.user_id, m.tenant", after.Value, after.Keys);
        }

        var found = new List<(MemberRow Row, long LastSeen)>();
        var read = where.BindTo(
            _statements.Prepare(
                $"""
                SELECT m.tenant, m.user_id, m.first_seen, m.last_seen, m.last_logs, m.last_metrics, m.last_traces, m.signs FROM members m
                WHERE {where.Sql} ORDER BY m.last_seen DESC, m.user_id, m.tenant LIMIT {limit + 1}
                """
            )
        );
        while (read.Step())
        {
            found.Add((Row(read), read.Long(3)));
        }

        var sums = Sums(tenant, [.. found.Take(limit).Select(static one => (one.Row.Tenant, one.Row.UserId))]);
        var rows = found.Take(limit).Select(one => WithSums(one.Row, sums)).ToList();
        var last = found.Count <= limit ? default((MemberRow Row, long LastSeen)?) : found[limit - 1];
        return new Page<MemberRow>(
            rows,
            last is { } end
                ? new PageCursor(PageList.Members, PageOrder.Latest, end.LastSeen, [Keyset.Key(end.Row.UserId), end.Row.Tenant]).ToString(
                    scope
                )
                : null
        );
    }

    public void Dispose() => _statements.Dispose();

    private static MemberRow Row(Statement read)
    {
        var signs = (SetupSigns)read.Int(7);
        return new MemberRow
        {
            Tenant = read.Text(0),
            UserId = read.Text(1),
            FirstSeen = Time(2),
            LastSeen = Time(3),
            LastLogs = Time(4),
            LastMetrics = Time(5),
            LastTraces = Time(6),
            Signs = signs,
            HasPrompts = signs.HasFlag(SetupSigns.Text),
            HasToolDetails = signs.HasFlag(SetupSigns.ToolDetails),
            Sessions = 0,
            Traces = 0,
            Cost = "0",
            CostMicros = 0,
        };

        DateTimeOffset? Time(int column) => read.Long(column) is > 0 and var time ? RecordTime.ToTime(time) : null;
    }

    private static MemberRow WithSums(MemberRow row, Dictionary<(string Tenant, string User), Sum> sums)
    {
        var sum = sums[(row.Tenant, row.UserId)];
        return row with
        {
            Sessions = sum.Sessions.Count,
            Traces = sum.Traces,
            Cost = ExactCost.Text(sum.Cost),
            CostMicros = ExactCost.Micros(sum.Cost),
            ClientVersion = sum.Version,
            Metrics = sum.Figures.Sums(),
        };
    }

    private Dictionary<(string Tenant, string User), Sum> Sums(string? tenant, IReadOnlyList<(string Tenant, string User)> members)
    {
        var sums = members.ToDictionary(static member => member, static _ => new Sum());
        if (sums.Count == 0)
        {
            return sums;
        }

        AddTraces(sums, tenant);
        AddFigures(sums);
        return sums;
    }

    private void AddTraces(Dictionary<(string Tenant, string User), Sum> sums, string? tenant)
    {
        var where = new Conditions();
        where.And("t.service IS NULL").And("t.user_id IS NOT NULL");
        if (tenant is not null)
        {
            where.And($"t.tenant = {where.Value(tenant)}");
        }

        var read = where.BindTo(
            _statements.Prepare($"SELECT t.tenant, t.user_id, t.session_id, t.cost, t.started, t.version FROM traces t WHERE {where.Sql}")
        );
        while (read.Step())
        {
            if (sums.TryGetValue((read.ShortTextOrNull(0) ?? "", read.ShortTextOrNull(1) ?? ""), out var sum))
            {
                sum.Add(read.Text(2), ExactCost.Read(read.Text(3)), read.Long(4), read.ShortTextOrNull(5));
            }
        }
    }

    private void AddFigures(Dictionary<(string Tenant, string User), Sum> sums)
    {
        var read = _statements.Prepare(
            """
            SELECT s.tenant, s.user_id, s.figure, d.sum FROM series s CROSS JOIN series_days d ON d.series = s.id
            WHERE s.figure <> 0 AND s.user_id IS NOT NULL
            """
        );
        while (read.Step())
        {
            if (sums.TryGetValue((read.ShortTextOrNull(0) ?? "", read.ShortTextOrNull(1) ?? ""), out var sum))
            {
                sum.Figures.Add((MetricFigure)read.Int(2), SeriesSums.Read(read.Blob(3)));
            }
        }
    }

    private sealed class Sum
    {
        private long _versionOf = -1;

        public HashSet<string> Sessions { get; } = new(StringComparer.Ordinal);

        public int Traces { get; private set; }

        public decimal Cost { get; private set; }

        /// <summary>Of the latest turn that names one.</summary>
        public string? Version { get; private set; }

        public FigureSums Figures { get; } = new();

        public void Add(string session, decimal cost, long started, string? version)
        {
            Sessions.Add(session);
            Traces++;
            Cost = ExactCost.Add(Cost, cost);
            if (version is not null && (started, version).CompareTo((_versionOf, Version ?? "")) > 0)
            {
                (_versionOf, Version) = (started, version);
            }
        }
    }
}
