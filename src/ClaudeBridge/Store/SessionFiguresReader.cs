using ClaudeBridge.Sessions;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Reads what is known of a session as a whole. For the writer and, on a snapshot, for questions.</summary>
internal sealed class SessionFiguresReader : IDisposable
{
    private readonly Statements _statements;
    private readonly SeriesSums _series;
    private readonly Statement _traces;
    private readonly Statement _failures;
    private readonly Statement _sequences;
    private readonly SequencesElsewhere _elsewhere;

    public SessionFiguresReader(sqlite3 connection)
    {
        _statements = new Statements(connection);
        _series = new SeriesSums(connection);
        _traces = _statements.Prepare(
            """
            SELECT trace_id, start_nano, is_opened, is_ended, tracing, generations, input_tokens, output_tokens, cache_read, cache_creation, cost,
              user_id, environment FROM traces WHERE session_id = ?1 AND tenant = ?2 AND service IS NULL ORDER BY start_nano, trace_id
            """
        );
        _failures = _statements.Prepare(
            $"""
            SELECT COUNT(*) FROM traces t JOIN observations o ON o.trace = t.id
            WHERE t.session_id = ?1 AND t.tenant = ?2 AND t.service IS NULL AND o.type = {(int)
                ObservationType.Tool} AND o.level = {(int)ObservationLevel.Error}
            """
        );
        _sequences = _statements.Prepare("SELECT time_nano, sequence FROM sequences WHERE session = ?1 ORDER BY time_nano, sequence");
        _elsewhere = new SequencesElsewhere(connection);
    }

    /// <param name="session">The session's row; null for records that came without a session id, which no counter and no metric can be held against.</param>
    /// <returns>Null when the session has no turn: then it is no session.</returns>
    public SessionFigures? Read(string tenant, string sessionId, long? session)
    {
        var turns = Turns(tenant, sessionId);
        if (turns.Count == 0)
        {
            return null;
        }

        var first = turns[0];
        var sum = turns.Aggregate(default(TraceTotals), static (sum, turn) => sum + turn.Totals);
        var isTraced = turns.Exists(static turn => turn.Tracing == Tracing.Spans);
        var withoutEnd = turns.ConvertAll(turn => !turn.IsEnded && turn.Tracing != Tracing.Off && isTraced);
        return new SessionFigures
        {
            SessionId = sessionId,
            StartUnixNano = first.StartUnixNano,
            FirstTrace = first.TraceId,
            Environment = first.Environment,
            Usage = new Usage(sum.Input, sum.Output, sum.CacheRead, sum.CacheCreation),
            Cost = sum.Cost,
            Generations = sum.Generations,
            ToolFailures = (int)(_failures.Bind(1, sessionId).Bind(2, tenant).ReadLong() ?? 0),
            TurnsWithoutPrompt = turns.Count(static turn => !turn.IsOpened),
            TurnsWithoutEnd = withoutEnd.Take(turns.Count - 1).Count(static isOpen => isOpen),
            IsLastTurnOpen = withoutEnd[^1],
            MissingEvents = session is { } row ? MissingEvents(tenant, row, turns) : 0,
            Metrics = session is { } keyed ? _series.Of(keyed) : [],
        };
    }

    /// <inheritdoc cref="SequencesElsewhere.Forget"/>
    public void Forget() => _elsewhere.Forget();

    public void Dispose()
    {
        _series.Dispose();
        _elsewhere.Dispose();
        _statements.Dispose();
    }

    private List<TurnState> Turns(string tenant, string sessionId)
    {
        var turns = new List<TurnState>();
        _traces.Bind(1, sessionId).Bind(2, tenant);
        while (_traces.Step())
        {
            turns.Add(
                new TurnState(
                    new TraceId(_traces.Wide(0)),
                    (ulong)_traces.Long(1),
                    IsOpened: _traces.Long(2) != 0,
                    IsEnded: _traces.Long(3) != 0,
                    (Tracing)_traces.Int(4),
                    new TraceTotals(
                        _traces.Int(5),
                        0,
                        0,
                        _traces.Long(6),
                        _traces.Long(7),
                        _traces.Long(8),
                        _traces.Long(9),
                        ExactCost.Read(_traces.Text(10))
                    ),
                    _traces.TextOrNull(11),
                    _traces.TextOrNull(12)
                )
            );
        }

        return turns;
    }

    private long MissingEvents(string tenant, long session, List<TurnState> turns)
    {
        var records = new List<(ulong, long)>();
        _sequences.Bind(1, session);
        while (_sequences.Step())
        {
            records.Add(((ulong)_sequences.Long(0), _sequences.Long(1)));
        }

        var gaps = SequenceGaps.Find(records);
        return gaps.Count == 0 ? 0 : gaps.Sum(static gap => gap.Missing) - _elsewhere.Found(gaps, session, tenant, turns[^1].UserId);
    }

    private sealed record TurnState(
        TraceId TraceId,
        ulong StartUnixNano,
        bool IsOpened,
        bool IsEnded,
        Tracing Tracing,
        TraceTotals Totals,
        string? UserId,
        string? Environment
    );
}
