using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Breakdowns;
using ClaudeBridge.Store.Lists;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Adds up the breakdowns of traces and metric series by the dimensions asked for, on one snapshot.</summary>
/// <remarks>Each table is read once from end to end; a trace's own values are read once a trace and not with each of its entries.</remarks>
internal sealed class TotalsReader : IDisposable
{
    /// <summary>Rows that are told apart while adding up, some 700 bytes each; what comes beyond is part of the rest.</summary>
    public const int MaxRows = 50_000;

    private readonly TotalsRequest _request;
    private readonly Dimension[] _dimensions;
    private readonly Statements _statements;
    private readonly Crowd<string[], TotalsSum> _rows = new(MaxRows, new KeyComparer());
    private readonly TotalsSum _total = new();

    /// <summary>Days as people read them.</summary>
    private readonly Dictionary<long, string> _days = [];

    private readonly bool _withEstimates;
    private readonly long _fromHour;
    private readonly long _toHour;

    /// <exception cref="ArgumentException">A name of a dimension is none.</exception>
    public TotalsReader(sqlite3 connection, TotalsRequest request)
    {
        _request = request;
        _dimensions = [.. request.By.Distinct(StringComparer.Ordinal).Select(Dimension.Of)];
        _statements = new Statements(connection);
        _withEstimates = _dimensions.Any(static dimension => dimension.HasEstimates);
        _fromHour =
            request.FromTime is { } begin ? HourOf(begin)
            : request.From is { } from ? HourOf(from, 0)
            : long.MinValue;
        _toHour =
            request.ToTime is { } end ? HourOf(end, TimeSpan.TicksPerHour - 1)
            : request.To is { } to ? HourOf(to, 1)
            : long.MaxValue;
    }

    public TotalsReport Read()
    {
        AddTraces();
        AddSeries();
        var rest = _rows.Others ?? new TotalsSum();
        var ordered = Ordered().ToList();
        var shown = Math.Min(_request.Limit ?? int.MaxValue, ordered.Count);
        for (var i = shown; i < ordered.Count; i++)
        {
            rest.Add(ordered[i].Sum);
        }

        return new TotalsReport
        {
            By = [.. _dimensions.Select(static dimension => dimension.Name)],
            From = _request.From,
            To = _request.To,
            Rows = [.. ordered.Take(shown).Select(row => row.Sum.Row(Named(row.Key), _withEstimates))],
            Rest = shown < ordered.Count || _rows.Others is not null ? rest.Row(Observation.EmptyText, _withEstimates) : null,
            Total = _total.Row(Observation.EmptyText, _withEstimates),
        };
    }

    public void Dispose() => _statements.Dispose();

    private IEnumerable<(string[] Key, TotalsSum Sum)> Ordered()
    {
        var rows = _rows.Own.Select(static pair => (pair.Key, Sum: pair.Value));
        var first = _dimensions is [{ IsDay: true }, ..]
            ? rows.OrderByDescending(static row => row.Key[0], StringComparer.Ordinal).ThenByDescending(static row => row.Sum.Cost)
            : rows.OrderByDescending(static row => row.Sum.Cost);
        return first
            .ThenByDescending(static row => row.Sum.Generations)
            .ThenBy(static row => string.Join('\n', row.Key), StringComparer.Ordinal);
    }

    private void AddTraces()
    {
        // Other programs' figures are never mixed into Claude Code's unseen.
        var others = _dimensions.Any(static dimension => dimension.Name == Dimension.Service) ? "" : " AND t.service IS NULL";
        var read = _statements.Prepare(
            $"""
            SELECT t.id, {SessionRowTable.NumberOfTrace}, b.data
              {Columns(static dimension => dimension.OfTrace ?? "NULL")}
            FROM traces t JOIN breakdowns b ON b.trace = t.id WHERE 1 {others} {OfTenant("t")} {EndsAfterFrom()}
            """
        );
        var own = new string?[_dimensions.Length];
        var key = new string[_dimensions.Length];
        var entry = new BreakdownEntry();
        BindTenant(read);
        while (read.Step())
        {
            for (var i = 0; i < own.Length; i++)
            {
                own[i] = _dimensions[i].OfTrace is null ? null : Dimension.Text(read.ShortTextOrNull(3 + i));
            }

            var (trace, session) = (read.Long(0), read.Long(1));
            var breakdown = new BreakdownReader(read.Blob(2), withDurations: false);
            var row = default(TotalsSum);
            while (breakdown.Read(entry))
            {
                if (entry.Key.Hour < _fromHour || entry.Key.Hour >= _toHour)
                {
                    continue;
                }

                for (var i = 0; i < key.Length; i++)
                {
                    var text = own[i] ?? TextOf(_dimensions[i], entry.Key);
                    if (!ReferenceEquals(text, key[i]))
                    {
                        (key[i], row) = (text, null);
                    }
                }

                row ??= RowOf(key);
                row.Add(session, trace, entry);
                _total.Add(session, trace, entry);
            }
        }
    }

    private void AddSeries()
    {
        var read = _statements.Prepare(
            $"""
            SELECT s.figure, d.sum {Columns(static dimension => dimension.OfSeries)}
            FROM series s CROSS JOIN series_days d ON d.series = s.id
            WHERE s.figure <> {(int)MetricFigure.None} {Days()} {OfTenant("s")}
            """
        );
        BindTenant(read);
        var key = new string[_dimensions.Length];
        while (read.Step())
        {
            for (var i = 0; i < key.Length; i++)
            {
                key[i] = _dimensions[i].IsDay ? TextOfDay(read.Long(2 + i)) : Dimension.Text(read.ShortTextOrNull(2 + i));
            }

            var (figure, sum) = ((MetricFigure)read.Int(0), SeriesSums.Read(read.Blob(1)));
            RowOf(key).Add(figure, sum);
            _total.Add(figure, sum);
        }
    }

    private string Columns(Func<Dimension, string> sql) => string.Concat(_dimensions.Select(dimension => ", " + sql(dimension)));

    private static long HourOf(DateTimeOffset time, long moreTicks = 0) =>
        ((time - DateTimeOffset.UnixEpoch).Ticks + moreTicks) / TimeSpan.TicksPerHour;

    private static long HourOf(DateOnly day, int daysLater) =>
        (day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber + daysLater) * 24L;

    private string OfTenant(string table) => _request.Tenant is null ? "" : $" AND {table}.tenant = ?1";

    private void BindTenant(Statement read)
    {
        if (_request.Tenant is { } tenant)
        {
            _ = read.Bind(1, tenant);
        }
    }

    /// <summary>Nothing of a trace begins after its end. What 64 bits of nanoseconds do not reach is negative.</summary>
    private string EndsAfterFrom() =>
        _fromHour is > 0 and < long.MaxValue / BreakdownKey.NanosPerHour
            ? $" AND (t.end_nano >= {_fromHour * BreakdownKey.NanosPerHour} OR t.end_nano < 0)"
            : "";

    /// <summary>In a form that the key of the table can begin and end at.</summary>
    private string Days() =>
        (_fromHour == long.MinValue ? "" : $" AND d.day >= {(_fromHour + 23) / 24}")
        + (_toHour == long.MaxValue ? "" : $" AND d.day < {(_toHour + 23) / 24}");

    private string TextOf(Dimension dimension, in BreakdownKey key) =>
        dimension.IsDay ? TextOfDay(key.Hour / 24) : Dimension.Text(dimension.OfEntry!(key));

    private string TextOfDay(long day)
    {
        if (!_days.TryGetValue(day, out var text))
        {
            _days[day] = text = Dimension.DayText(day);
        }

        return text;
    }

    private TotalsSum RowOf(string[] key) => _rows.Of(key, static key => [.. key]);

    private Dictionary<string, string> Named(string[] key) =>
        _dimensions.Zip(key).ToDictionary(static pair => pair.First.Name, static pair => pair.Second, StringComparer.Ordinal);

    private sealed class KeyComparer : IEqualityComparer<string[]>
    {
        public bool Equals(string[]? x, string[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(string[] obj)
        {
            var hash = new HashCode();
            foreach (var part in obj)
            {
                hash.Add(part, StringComparer.Ordinal);
            }

            return hash.ToHashCode();
        }
    }
}
