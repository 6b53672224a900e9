using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Lists;
using ClaudeBridge.Store.Pages;
using SQLitePCL;

namespace ClaudeBridge.Store.Breakdowns;

/// <summary>Answers an overview in one pass over the traces that count and their breakdowns, on one snapshot.</summary>
internal sealed class OverviewReader : IDisposable
{
    public const int MaxSteps = 1000;

    /// <summary>Rows of each kind at most; what stands below is one more, under <see cref="Others"/>.</summary>
    public const int MaxRows = 1000;

    public const string Others = "(other)";

    /// <summary>Names of each kind that are told apart while adding up; some 500 bytes each.</summary>
    private const int MaxNames = 5000;

    private readonly OverviewRequest _request;
    private readonly Statements _statements;
    private readonly long _fromHour;
    private readonly long _toHour;
    private readonly int _hoursPerStep;
    private readonly StepSum[] _steps;
    private readonly OverviewSum _total = new();
    private readonly Crowd<string, OverviewSum> _models = new(MaxNames, StringComparer.Ordinal);
    private readonly Crowd<(string? User, string? Team, string? Repository), OverviewSum> _groups = new(MaxNames);
    private readonly Crowd<string, OverviewSum> _users = new(MaxNames, StringComparer.Ordinal);
    private readonly Crowd<string, OverviewSum> _teams = new(MaxNames, StringComparer.Ordinal);
    private readonly Crowd<string, OverviewSum> _repositories = new(MaxNames, StringComparer.Ordinal);
    private readonly Crowd<string, ToolSum> _tools = new(MaxNames, StringComparer.Ordinal);

    /// <exception cref="ArgumentException">The step is neither an hour nor a day, there are too many of them, or a label has a name that is none.</exception>
    public OverviewReader(sqlite3 connection, OverviewRequest request)
    {
        _request = request;
        _hoursPerStep = HoursPerStep(request);
        (_fromHour, _toHour) = Hours(request);
        var count = Math.Max(0, (_toHour - _fromHour + _hoursPerStep - 1) / _hoursPerStep);
        if (count > MaxSteps)
        {
            throw new ArgumentException($"There may be {MaxSteps} steps at most: ask for days, or for a shorter time.", nameof(request));
        }

        _steps = [.. Enumerable.Range(0, (int)count).Select(static _ => new StepSum())];
        _statements = new Statements(connection);
    }

    /// <summary>The first hour that counts and the first that does not any more, since 1970: all that the answer takes of the times.</summary>
    /// <exception cref="ArgumentException">The step is neither an hour nor a day.</exception>
    public static (long From, long To) Hours(OverviewRequest request)
    {
        var perStep = HoursPerStep(request);
        var from = HourOf(request.From) / perStep * perStep;
        return (from, request.To > request.From ? HourOf(request.To.AddTicks(-1)) + 1 : from);
    }

    public OverviewReport Read()
    {
        if (_steps.Length > 0)
        {
            AddTraces();
            AddGroups();
        }

        return new OverviewReport
        {
            Total = _total.Row(""),
            Steps = [.. _steps.Select((step, i) => step.Step(TimeOf(_fromHour + (i * _hoursPerStep))))],
            Models = Rows(_models),
            Tools = ToolRows(),
            Users = Rows(_users),
            Teams = Rows(_teams),
            Repositories = Rows(_repositories),
            Metrics = _steps.Length > 0 ? Metrics() : MetricSums.None,
        };
    }

    public void Dispose() => _statements.Dispose();

    private void AddTraces()
    {
        var conditions = TurnConditions.AddTimes(TurnConditions.Add(new Conditions(), _request.Filter), _request.Filter);
        var read = _statements.Prepare(
            $"""
            SELECT t.id, {SessionRowTable.NumberOfTrace}, t.user_id, t.team, t.repository, b.data
            FROM traces t JOIN breakdowns b ON b.trace = t.id
            WHERE t.end_nano >= {_fromHour * BreakdownKey.NanosPerHour} AND {conditions.Sql}
            """
        );
        conditions.BindTo(read);
        var entry = new BreakdownEntry();
        while (read.Step())
        {
            AddTrace(read, entry);
        }
    }

    private void AddTrace(Statement read, BreakdownEntry entry)
    {
        var trace = read.Long(0);
        var session = -1L;
        var group = _total;
        var breakdown = new BreakdownReader(read.Blob(5));
        while (breakdown.Read(entry))
        {
            if (entry.Key.Hour >= _toHour)
            {
                // Entries are in the order of their hours.
                return;
            }

            if (entry.Key.Hour < _fromHour)
            {
                continue;
            }

            if (session < 0)
            {
                session = read.Long(1);
                group = _groups.Of((read.ShortTextOrNull(2), read.ShortTextOrNull(3), read.ShortTextOrNull(4)));
            }

            group.Add(session, trace, entry);
            if (entry.Key.Kind == BreakdownKind.Tool)
            {
                _tools.Of(NameOf(entry.Key.Tool)).Add(entry);
            }
            else if (entry.Key.Kind == BreakdownKind.Generation)
            {
                _models.Of(NameOf(entry.Key.Model)).Add(session, trace, entry);
            }

            _steps[(entry.Key.Hour - _fromHour) / _hoursPerStep].Add(entry);
        }
    }

    /// <summary>A trace stands in one group: what groups add up to needs no look at their traces.</summary>
    private void AddGroups()
    {
        foreach (var ((user, team, repository), sum) in _groups.Own)
        {
            _total.Add(sum);
            _users.Of(NameOf(user)).Add(sum);
            _teams.Of(NameOf(team)).Add(sum);
            _repositories.Of(NameOf(repository)).Add(sum);
        }

        if (_groups.Others is { } others)
        {
            _total.Add(others);
            _users.Of(Others).Add(others);
            _teams.Of(Others).Add(others);
            _repositories.Of(Others).Add(others);
        }
    }

    /// <summary>Of whole days: that is how metrics are kept. What narrows by model, tool, text or failure says nothing of them: then there are none.</summary>
    private MetricSums Metrics()
    {
        if (!SeriesConditions.Know(_request.Filter))
        {
            return MetricSums.None;
        }

        var sums = new FigureSums();
        var conditions = SeriesConditions.Add(new Conditions(), _request.Filter);
        var read = _statements.Prepare(
            $"""
            SELECT s.figure, d.sum FROM series s CROSS JOIN series_days d ON d.series = s.id
            WHERE s.figure <> {(int)MetricFigure.None} AND d.day >= {_fromHour / 24} AND d.day < {(_toHour + 23) / 24} AND {conditions.Sql}
            """
        );
        conditions.BindTo(read);
        while (read.Step())
        {
            sums.Add((MetricFigure)read.Int(0), SeriesSums.Read(read.Blob(1)));
        }

        return sums.Sums();
    }

    private static List<OverviewRow> Rows(Crowd<string, OverviewSum> sums)
    {
        var ordered = sums
            .Own.Where(static pair => pair.Key != Others)
            .Select(static pair => (pair.Key, Sum: pair.Value, Cost: pair.Value.Cost.Sum))
            .OrderByDescending(static row => row.Cost)
            .ThenBy(static row => row.Key, StringComparer.Ordinal)
            .ToList();
        var rows = ordered.Take(MaxRows).Select(static row => row.Sum.Row(row.Key)).ToList();
        List<OverviewSum> below =
        [
            .. ordered.Skip(MaxRows).Select(static row => row.Sum),
            .. sums.Own.Where(static pair => pair.Key == Others).Select(static pair => pair.Value),
        ];
        if (sums.Others is { } others)
        {
            below.Add(others);
        }

        if (below.Count > 0)
        {
            // Into the last one, which of very many is the largest by far.
            below.SkipLast(1).ToList().ForEach(below[^1].Add);
            rows.Add(below[^1].Row(Others));
        }

        return rows;
    }

    private List<ToolRow> ToolRows()
    {
        var ordered = _tools
            .Own.OrderByDescending(static pair => pair.Value.Calls)
            .ThenBy(static pair => pair.Key, StringComparer.Ordinal)
            .ToList();
        var rows = ordered.Take(MaxRows).Select(static row => row.Value.Row(row.Key)).ToList();
        if (ordered.Count > MaxRows)
        {
            var rest = _tools.Others ?? new ToolSum();
            ordered.Skip(MaxRows).ToList().ForEach(row => rest.Add(row.Value));
            rows.Add(rest.Row(Others));
        }

        return rows;
    }

    private static string NameOf(string? key) => string.IsNullOrEmpty(key) ? Dimension.None : key;

    private static int HoursPerStep(OverviewRequest request) =>
        request.Step == TimeSpan.FromHours(1) ? 1
        : request.Step == TimeSpan.FromDays(1) ? 24
        : throw new ArgumentException("The step must be an hour or a day.", nameof(request));

    /// <summary>Whole hours since 1970; nothing is counted before.</summary>
    private static long HourOf(DateTimeOffset time) =>
        Math.Clamp((time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerHour, 0, long.MaxValue / BreakdownKey.NanosPerHour);

    private static DateTimeOffset TimeOf(long hour) => DateTimeOffset.UnixEpoch.AddHours(hour);
}
