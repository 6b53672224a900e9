using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Breakdowns;
using SQLitePCL;

namespace ClaudeBridge.Store.Counters;

/// <summary>Reads from the store what counters are made of. Claude Code's alone: other programs' figures are no part of them.</summary>
internal sealed class CounterSources : IDisposable
{
    private readonly int _remembered;
    private readonly Dictionary<long, (CounterLabels Labels, CounterMetric Metric)?> _series = [];
    private readonly Statements _statements;
    private readonly string _team = Dimension.Of("team").OfSeries;
    private readonly Dictionary<string, Statement> _prepared = [];
    private readonly Statement _tracesOf;
    private readonly Statement _labelsOf;
    private readonly Statement _figureOf;
    private readonly Statement _open;

    /// <param name="remembered">Series whose labels need not be looked up.</param>
    public CounterSources(sqlite3 connection, int remembered)
    {
        _remembered = remembered;
        _statements = new Statements(connection);
        _tracesOf = _statements.Prepare("SELECT COUNT(*) FROM (SELECT 1 FROM traces WHERE session = ?1 AND service IS NULL LIMIT 2)");
        _labelsOf = _statements.Prepare("SELECT tenant, user_id, team FROM traces WHERE id = ?1 AND service IS NULL");
        _figureOf = _statements.Prepare($"SELECT s.tenant, s.user_id, {_team}, s.figure FROM series s WHERE s.id = ?1");
        // The index is named, because SQLite would rather begin with all the traces there are.
        _open = _statements.Prepare(
            $"""
            SELECT s.key FROM sessions s INDEXED BY sessions_due WHERE s.due_at IS NOT NULL
              AND EXISTS(SELECT 1 FROM traces t WHERE t.session = s.id AND t.service IS NULL AND t.session_id <> '{SessionKey.None}')
            """
        );
    }

    /// <param name="session">Null for all.</param>
    public void EachTrace(long? session, BreakdownAction act)
    {
        var read = Prepare(
            "SELECT t.tenant, t.user_id, t.team, b.data FROM traces t JOIN breakdowns b ON b.trace = t.id WHERE t.service IS NULL",
            "t.session",
            session
        );
        while (read.Step())
        {
            act(LabelsOf(read), read.Blob(3));
        }
    }

    /// <param name="session">Null for all.</param>
    public void EachFigure(long? session, Action<CounterLabels, CounterMetric, CostSum> act)
    {
        var read = Prepare(
            $"SELECT s.tenant, s.user_id, {_team}, s.figure, d.sum FROM series s CROSS JOIN series_days d ON d.series = s.id WHERE s.figure <> 0",
            "s.session",
            session
        );
        while (read.Step())
        {
            if (CounterValues.Of((MetricFigure)read.Int(3)) is { } metric)
            {
                act(LabelsOf(read), metric, SeriesSums.Read(read.Blob(4)));
            }
        }
    }

    /// <summary>How many sessions have a turn, by tenant.</summary>
    /// <param name="session">Null for all.</param>
    public List<(string Tenant, long Count)> Sessions(long? session)
    {
        var counts = new List<(string, long)>();
        var read = Prepare(
            $"SELECT tenant, COUNT(DISTINCT session) FROM traces WHERE service IS NULL AND session_id <> '{SessionKey.None}'",
            "session",
            session,
            "GROUP BY tenant"
        );
        while (read.Step())
        {
            counts.Add((read.Text(0), read.Long(1)));
        }

        return counts;
    }

    /// <summary>0, 1, or 2 for more.</summary>
    public long TracesOf(long session) => _tracesOf.Bind(1, session).ReadLong() ?? 0;

    /// <summary>Null for another program's trace.</summary>
    public CounterLabels? LabelsOf(long trace)
    {
        var labels = _labelsOf.Bind(1, trace).Step()
            ? CounterLabels.Of(_labelsOf.Text(0), _labelsOf.TextOrNull(1), _labelsOf.TextOrNull(2))
            : (CounterLabels?)null;
        _labelsOf.Reset();
        return labels;
    }

    /// <summary>Null for a series that is no counter's.</summary>
    public (CounterLabels Labels, CounterMetric Metric)? FigureOf(long series)
    {
        if (_series.TryGetValue(series, out var known))
        {
            return known;
        }

        (CounterLabels, CounterMetric)? figure =
            _figureOf.Bind(1, series).Step() && CounterValues.Of((MetricFigure)_figureOf.Int(3)) is { } metric
                ? (CounterLabels.Of(_figureOf.Text(0), _figureOf.TextOrNull(1), _figureOf.TextOrNull(2)), metric)
                : null;
        _figureOf.Reset();
        if (_series.Count >= _remembered)
        {
            _series.Clear();
        }

        _series[series] = figure;
        return figure;
    }

    /// <summary>Of the sessions that are counted those that are not quiet yet, by tenant.</summary>
    public Dictionary<string, int> OpenSessions()
    {
        var open = new Dictionary<string, int>(StringComparer.Ordinal);
        while (_open.Step())
        {
            var tenant = SessionKey.TenantOf(_open.Text(0));
            open[tenant] = open.GetValueOrDefault(tenant) + 1;
        }

        return open;
    }

    /// <summary>After a rollback what is remembered may not be true.</summary>
    public void Forget() => _series.Clear();

    public void Dispose() => _statements.Dispose();

    /// <summary>Of a row that begins with tenant, user and team.</summary>
    private static CounterLabels LabelsOf(Statement read) =>
        CounterLabels.Of(read.ShortTextOrNull(0) ?? "", read.ShortTextOrNull(1), read.ShortTextOrNull(2));

    private Statement Prepare(string sql, string column, long? session, string end = "")
    {
        var whole = session is null ? $"{sql} {end}" : $"{sql} AND {column} = ?1 {end}";
        if (!_prepared.TryGetValue(whole, out var statement))
        {
            _prepared.Add(whole, statement = _statements.Prepare(whole));
        }

        return session is { } one ? statement.Bind(1, one) : statement;
    }

    internal delegate void BreakdownAction(CounterLabels labels, ReadOnlySpan<byte> breakdown);
}
