using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Adds up observations and metric series by the dimensions asked for, on one snapshot.</summary>
/// <remarks>Each table is read once from end to end; a trace's own values are read once a trace and not with each of its observations.</remarks>
internal sealed class TotalsReader : IDisposable
{
    private readonly TotalsRequest _request;
    private readonly Dimension[] _dimensions;
    private readonly Statements _statements;
    private readonly Dictionary<string[], TotalsSum> _rows = new(new KeyComparer());

    /// <summary>Values as the store has them and as people read them.</summary>
    private readonly Dictionary<(Dimension, string), string> _texts = [];

    /// <exception cref="ArgumentException">A name of a dimension is none.</exception>
    public TotalsReader(sqlite3 connection, TotalsRequest request)
    {
        _request = request;
        _dimensions = [.. request.By.Distinct(StringComparer.Ordinal).Select(Dimension.Of)];
        _statements = new Statements(connection);
    }

    public TotalsReport Read()
    {
        AddObservations();
        AddSeries();
        var total = new TotalsSum();
        var rest = new TotalsSum();
        var ordered = Ordered().ToList();
        var shown = Math.Min(_request.Limit ?? int.MaxValue, ordered.Count);
        for (var i = 0; i < ordered.Count; i++)
        {
            total.Add(ordered[i].Sum);
            if (i >= shown)
            {
                rest.Add(ordered[i].Sum);
            }
        }

        return new TotalsReport
        {
            By = [.. _dimensions.Select(static dimension => dimension.Name)],
            From = _request.From,
            To = _request.To,
            Rows = [.. ordered.Take(shown).Select(row => row.Sum.Row(Named(row.Key)))],
            Rest = shown < ordered.Count ? rest.Row(Observation.EmptyText) : null,
            Total = total.Row(Observation.EmptyText),
        };
    }

    public void Dispose() => _statements.Dispose();

    private IEnumerable<(string[] Key, TotalsSum Sum)> Ordered()
    {
        var rows = _rows.Select(static pair => (pair.Key, Sum: pair.Value));
        var first = _dimensions is [{ IsDay: true }, ..]
            ? rows.OrderByDescending(static row => row.Key[0], StringComparer.Ordinal).ThenByDescending(static row => row.Sum.Cost)
            : rows.OrderByDescending(static row => row.Sum.Cost);
        return first
            .ThenByDescending(static row => row.Sum.Generations)
            .ThenBy(static row => string.Join('\n', row.Key), StringComparer.Ordinal);
    }

    private void AddObservations()
    {
        var traces = ReadTraces();
        var agents = _dimensions.Any(static dimension => dimension.IsAgent) ? new AgentNames(_statements) : null;
        var read = _statements.Prepare(
            $"""
            SELECT o.trace, o.observation_id, o.type, o.level, o.readiness, o.input_tokens, o.output_tokens, o.cache_read, o.cache_creation, o.cost
              {Columns(static dimension => dimension.OfObservation ?? "NULL")}
            FROM observations o
            WHERE (o.type IN ({(int)ObservationType.Generation}, {(int)ObservationType.Tool})
              OR o.level = {(int)ObservationLevel.Error} OR o.readiness = {(int)Readiness.Root}) {Between(
                "o.start_nano",
                SeriesTable.NanosPerDay
            )}
            """
        );
        var key = new string[_dimensions.Length];
        while (read.Step())
        {
            var trace = read.Long(0);
            if (!traces.TryGetValue(trace, out var known))
            {
                continue;
            }

            var (session, own) = known;
            for (var i = 0; i < key.Length; i++)
            {
                var dimension = _dimensions[i];
                key[i] =
                    own[i]
                    ?? (dimension.IsAgent ? dimension.Text(agents!.Of(trace, read.Long(1))) : TextOf(dimension, read.TextOrNull(10 + i)));
            }

            RowOf(key).Add(session, trace, Figures(read));
        }
    }

    private void AddSeries()
    {
        var read = _statements.Prepare(
            $"""
            SELECT s.figure, d.sum {Columns(static dimension => dimension.OfSeries)}
            FROM series s JOIN series_days d ON d.series = s.id
            WHERE s.figure <> {(int)MetricFigure.None} {Between("d.day", 1)}
            """
        );
        var key = new string[_dimensions.Length];
        while (read.Step())
        {
            for (var i = 0; i < key.Length; i++)
            {
                key[i] = TextOf(_dimensions[i], read.TextOrNull(2 + i));
            }

            RowOf(key).Add((MetricFigure)read.Int(0), SeriesSums.Read(read.Text(1)));
        }
    }

    private Dictionary<long, (string Session, string?[] Own)> ReadTraces()
    {
        var traces = new Dictionary<long, (string, string?[])>();
        // Other programs' figures are never mixed into Claude Code's unseen.
        var others = _dimensions.Any(static dimension => dimension.Name == Dimension.Service) ? "" : " WHERE t.service IS NULL";
        var read = _statements.Prepare(
            // Programs that use the same id have sessions of their own.
            $"SELECT t.id, COALESCE(t.service, '') || char(31) || t.session_id {Columns(static dimension => dimension.OfTrace ?? "NULL")} FROM traces t{others}"
        );
        while (read.Step())
        {
            var own = new string?[_dimensions.Length];
            for (var i = 0; i < own.Length; i++)
            {
                own[i] = _dimensions[i].OfTrace is null ? null : TextOf(_dimensions[i], read.TextOrNull(2 + i));
            }

            traces.Add(read.Long(0), (read.Text(1), own));
        }

        return traces;
    }

    private static TraceTotals Figures(Statement read) =>
        TraceTotals.Of(
            (ObservationType)read.Int(2),
            (ObservationLevel)read.Int(3),
            (Readiness)read.Int(4),
            read.IsNull(5) ? null : new Usage(read.Long(5), read.Long(6), read.Long(7), read.Long(8)),
            read.IsNull(9) ? null : ExactCost.Read(read.Text(9))
        );

    private string Columns(Func<Dimension, string> sql) => string.Concat(_dimensions.Select(dimension => ", " + sql(dimension)));

    /// <param name="column">A point in time.</param>
    /// <param name="perDay">In units of which there are this many a day.</param>
    private string Between(string column, long perDay)
    {
        var from = _request.From is { } first ? $" AND {column} >= {BeginOf(first.DayNumber)}" : "";
        return _request.To is { } last ? $"{from} AND {column} < {BeginOf(last.DayNumber + 1)}" : from;

        // Days that 64 bits of nanoseconds do not reach are before or after everything.
        long BeginOf(int day) =>
            (long)Int128.Clamp((Int128)(day - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber) * perDay, long.MinValue, long.MaxValue);
    }

    private string TextOf(Dimension dimension, string? value)
    {
        if (!dimension.IsDay || value is null)
        {
            return dimension.Text(value);
        }

        if (!_texts.TryGetValue((dimension, value), out var text))
        {
            _texts[(dimension, value)] = text = dimension.Text(value);
        }

        return text;
    }

    private TotalsSum RowOf(string[] key)
    {
        if (!_rows.TryGetValue(key, out var row))
        {
            _rows.Add([.. key], row = new TotalsSum());
        }

        return row;
    }

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

/// <summary>Knows under which subagent each observation stands.</summary>
internal sealed class AgentNames
{
    /// <summary>Deeper than any tree; ends rings.</summary>
    private const int MostSteps = 1000;

    private readonly Dictionary<(long Trace, long Id), (long? Parent, string? Agent)> _nodes = [];

    public AgentNames(Statements statements)
    {
        var read = statements.Prepare(
            $"""
            SELECT trace, observation_id, parent_id,
              CASE WHEN type = {(int)ObservationType.Agent} AND readiness <> {(int)Readiness.Root} THEN name END
            FROM observations
            """
        );
        while (read.Step())
        {
            _nodes[(read.Long(0), read.Long(1))] = (read.LongOrNull(2), read.TextOrNull(3));
        }
    }

    /// <summary>The nearest one above, or the observation itself; null in the main conversation.</summary>
    public string? Of(long trace, long observation)
    {
        long? next = observation;
        for (var i = 0; i < MostSteps && next is { } id && _nodes.TryGetValue((trace, id), out var node); i++)
        {
            if (node.Agent is not null)
            {
                return node.Agent;
            }

            next = node.Parent;
        }

        return null;
    }
}
