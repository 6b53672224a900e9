using System.Globalization;
using System.Text.Json;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Counters;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Metric points by series, and what they add up to by day. Used by the one thread that writes.</summary>
/// <remarks>
/// A point's share of its series depends on itself and the point before it alone. So one that comes late, again, or with another value changes
/// its own share and that of the point after it, and the sums are those of the set of points, whatever order they came in.
/// </remarks>
internal sealed class SeriesTable : IDisposable
{
    public const long NanosPerDay = 86_400_000_000_000;

    private readonly int _remembered;
    private readonly Attribution _attribution;
    private readonly CounterBook _counters;
    private readonly ByteWriter _buffer = new();
    private readonly Dictionary<(long Session, UInt128 Id), long> _ids = [];
    private readonly Statements _statements;
    private readonly SeriesSums _sums;
    private readonly Statement _find;
    private readonly Statement _add;
    private readonly Statement _addTexts;
    private readonly Statement _point;
    private readonly Statement _before;
    private readonly Statement _after;
    private readonly Statement _lastOfDay;
    private readonly Statement _putPoint;
    private readonly Statement _day;
    private readonly Statement _putDay;

    /// <param name="counters">Told of every share.</param>
    /// <param name="remembered">Numbers of series that need not be looked up.</param>
    public SeriesTable(sqlite3 connection, Attribution attribution, CounterBook counters, int remembered)
    {
        _remembered = remembered;
        _counters = counters;
        _attribution = attribution;
        _statements = new Statements(connection);
        _sums = new SeriesSums(connection);
        _find = _statements.Prepare("SELECT id FROM series WHERE session = ?1 AND hash = ?2");
        _add = _statements.Prepare(
            """
            INSERT INTO series(session, hash, session_id, user_id, version, metric, unit, shape, point_use, figure,
              model, tool, mcp_server, skill, agent, language, tenant, team, department, cost_center, repository, environment)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
            """
        );
        _addTexts = _statements.Prepare("INSERT INTO series_texts(series, attributes, context) VALUES(?1, ?2, ?3)");
        const string Points = "FROM points WHERE series = ?1 AND start_nano = ?2";
        _point = _statements.Prepare($"SELECT value, count {Points} AND time_nano = ?3");
        _before = _statements.Prepare($"SELECT value, count {Points} AND time_nano < ?3 ORDER BY time_nano DESC LIMIT 1");
        _after = _statements.Prepare($"SELECT value, count, time_nano {Points} AND time_nano > ?3 ORDER BY time_nano LIMIT 1");
        _lastOfDay = _statements.Prepare(
            $"SELECT value, count {Points} AND time_nano >= ?3 AND time_nano < ?4 ORDER BY time_nano DESC LIMIT 1"
        );
        _putPoint = _statements.Prepare(
            "INSERT INTO points VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET value = excluded.value, count = excluded.count"
        );
        _day = _statements.Prepare("SELECT sum, count FROM series_days WHERE series = ?1 AND day = ?2");
        _putDay = _statements.Prepare(
            "INSERT INTO series_days VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET sum = excluded.sum, count = excluded.count"
        );
    }

    /// <param name="sessionKey">Of the row <paramref name="session"/>.</param>
    /// <returns>How many points were there already, with the same or a larger value.</returns>
    public int Add(long session, string sessionKey, IReadOnlyList<MetricPoint> points)
    {
        var repeated = 0;
        foreach (var point in points)
        {
            if (!Add(IdOf(session, sessionKey, point.Series), point))
            {
                repeated++;
            }
        }

        return repeated;
    }

    public IReadOnlyList<SeriesTotal> SumsOf(long session) => _sums.Of(session);

    /// <summary>Forgets what is remembered of the tables: after a rollback it may not be true.</summary>
    public void Forget() => _ids.Clear();

    public void Dispose()
    {
        _sums.Dispose();
        _statements.Dispose();
    }

    private bool Add(long series, MetricPoint point)
    {
        var (start, time) = ((long)point.StartUnixNano, (long)point.TimeUnixNano);
        var known = Read(_point.Bind(1, series).Bind(2, start).Bind(3, time))?.Value;
        if (known >= point.Value)
        {
            return false;
        }

        var use = point.Series.Use;
        if (use is PointUse.Delta or PointUse.InferredDelta)
        {
            AddShare(series, time, PointShare.Of(use, null, point.Value) - (known is { } old ? PointShare.Of(use, null, old) : default));
        }
        else if (use != PointUse.Latest)
        {
            AddBetweenNeighbours(series, start, time, use, known, point.Value);
        }

        _putPoint
            .Bind(1, series)
            .Bind(2, start)
            .Bind(3, time)
            .Bind(4, point.Value.Sum.ToString(CultureInfo.InvariantCulture))
            .Bind(5, point.Value.Count)
            .Run();
        if (use == PointUse.Latest)
        {
            SetLatest(series, start, DayOf(time));
        }

        return true;
    }

    private void AddBetweenNeighbours(long series, long start, long time, PointUse use, PointValue? known, PointValue value)
    {
        var before = Read(_before.Bind(1, series).Bind(2, start).Bind(3, time))?.Value;
        var after = Read(_after.Bind(1, series).Bind(2, start).Bind(3, time), withTime: true);
        AddShare(series, time, PointShare.Of(use, before, value) - (known is { } old ? PointShare.Of(use, before, old) : default));
        if (after is { } next)
        {
            AddShare(series, next.Time, PointShare.Of(use, value, next.Value) - PointShare.Of(use, known ?? before, next.Value));
        }
    }

    private void AddShare(long series, long time, PointShare share)
    {
        if (share == default)
        {
            return;
        }

        _counters.Changed(series, share.Sum);
        var day = DayOf(time);
        var sum = _day.Bind(1, series).Bind(2, day).Step() ? new PointShare(SeriesSums.Read(_day.Text(0)), _day.Long(1)) : default;
        _day.Reset();
        Put(series, day, sum + share);
    }

    private void SetLatest(long series, long start, long day)
    {
        var from = day * NanosPerDay;
        // The last day that 63 bits reach is not a whole one.
        var to = (long)Math.Min((ulong)from + (ulong)NanosPerDay, long.MaxValue);
        if (Read(_lastOfDay.Bind(1, series).Bind(2, start).Bind(3, from).Bind(4, to)) is { } last)
        {
            Put(series, day, PointShare.Of(PointUse.Latest, null, last.Value));
        }
    }

    private void Put(long series, long day, PointShare sum) =>
        _putDay.Bind(1, series).Bind(2, day).Bind(3, sum.Sum.ToString()).Bind(4, sum.Count).Run();

    private long IdOf(long session, string sessionKey, MetricSeries series)
    {
        var name = (session, series.Id.Value);
        if (_ids.TryGetValue(name, out var known))
        {
            return known;
        }

        var id = _find.Bind(1, session).Bind(2, series.Id.Value).ReadLong() ?? Insert(session, sessionKey, series);
        if (_ids.Count >= _remembered)
        {
            _ids.Clear();
        }

        _ids[name] = id;
        return id;
    }

    private long Insert(long session, string sessionKey, MetricSeries series)
    {
        var description = series.Describe(sessionKey, _attribution);
        var labels = TraceLabels.Of(description.Context);
        var id = _add.Bind(1, session)
            .Bind(2, series.Id.Value)
            .Bind(3, description.Context.SessionId)
            .Bind(4, description.Context.UserId)
            .Bind(5, description.Context.Version)
            .Bind(6, series.Metric)
            .Bind(7, series.Unit)
            .Bind(8, (long)series.Shape)
            .Bind(9, (long)series.Use)
            .Bind(10, (long)description.Figure)
            .Bind(11, description.Model)
            .Bind(12, description.Tool)
            .Bind(13, description.McpServer)
            .Bind(14, description.Skill)
            .Bind(15, description.Agent)
            .Bind(16, description.Language)
            .Bind(17, SessionKey.TenantOf(sessionKey))
            .Bind(18, labels.Team)
            .Bind(19, labels.Department)
            .Bind(20, labels.CostCenter)
            .Bind(21, labels.Repository)
            .Bind(22, labels.Environment)
            .Insert();
        _buffer.Clear();
        _buffer.Pairs(description.Attributes);
        _addTexts
            .Bind(1, id)
            .Bind(2, _buffer.Written)
            .Bind(3, JsonSerializer.Serialize(description.Context, StoreJson.Compact.TraceContext))
            .Run();
        return id;
    }

    private static long DayOf(long time) => time / NanosPerDay;

    private static (PointValue Value, long Time)? Read(Statement statement, bool withTime = false)
    {
        if (!statement.Step())
        {
            return null;
        }

        var value = new PointValue(ExactCost.Read(statement.Text(0)), statement.Long(1));
        var time = withTime ? statement.Long(2) : 0;
        statement.Reset();
        return (value, time);
    }
}
