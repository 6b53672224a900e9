using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Breakdowns;
using ClaudeBridge.Store.Lists;
using ClaudeBridge.Store.Pages;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>The SQL behind <see cref="StoreQueries"/>, on one snapshot.</summary>
internal sealed class QueryReader(sqlite3 connection) : IDisposable
{
    private const string TraceColumns = """
        SELECT id, trace_id, session_id, user_id, name, version, prompt_id, start_nano, end_nano, level,
          generations, tools, errors, input_tokens, output_tokens, cache_read, cache_creation, cost, service, tenant FROM traces
        """;

    private const string FigureColumns = """
        SELECT s.figure, d.sum FROM series s JOIN series_days d ON d.series = s.id WHERE s.figure <> 0 AND s.session_id = ?1 AND s.tenant = ?2
        """;

    private readonly Statements _statements = new(connection);
    private Statement? _texts;
    private Statement? _observations;
    private Statement? _session;
    private Statement? _figuresOf;
    private SessionFiguresReader? _figures;

    /// <summary>By start, of every tenant and program.</summary>
    public IEnumerable<TraceSummary> TracesOf(string sessionId) =>
        Traces(_statements.Prepare($"{TraceColumns} WHERE session_id = ?1 ORDER BY start_nano, trace_id").Bind(1, sessionId));

    public TraceSummary? Trace(TraceId id, string tenant, string sessionId) =>
        Traces(
                _statements
                    .Prepare($"{TraceColumns} WHERE trace_id = ?1 AND session_id = ?2 AND tenant = ?3 LIMIT 1")
                    .Bind(1, id.Value)
                    .Bind(2, sessionId)
                    .Bind(3, tenant)
            )
            .FirstOrDefault();

    public IReadOnlyList<string> SessionIdsFrom(string prefix, int max)
    {
        var ids = new List<string>();
        var find = _statements
            .Prepare("SELECT DISTINCT session_id FROM traces WHERE session_id >= ?1 AND session_id < ?2 ORDER BY session_id LIMIT ?3")
            .Bind(1, prefix)
            .Bind(2, prefix + "\U0010FFFF")
            .Bind(3, max);
        while (find.Step())
        {
            ids.Add(find.Text(0));
        }

        return ids;
    }

    /// <param name="prefix">Hex digits of either case; anything else finds nothing.</param>
    public IReadOnlyList<(TraceId Id, string SessionId)> TracesFrom(string prefix, int max)
    {
        var found = new List<(TraceId, string)>();
        if (
            prefix.Length is 0 or > 32
            || !TraceId.TryParse(prefix.PadRight(32, '0'), out var lowest)
            || !TraceId.TryParse(prefix.PadRight(32, 'f'), out var highest)
        )
        {
            return found;
        }

        var find = _statements
            .Prepare("SELECT DISTINCT trace_id, session_id FROM traces WHERE trace_id BETWEEN ?1 AND ?2 ORDER BY trace_id LIMIT ?3")
            .Bind(1, lowest.Value)
            .Bind(2, highest.Value)
            .Bind(3, max);
        while (find.Step())
        {
            found.Add((new TraceId(find.Wide(0)), find.Text(1)));
        }

        return found;
    }

    public TraceDetail Detail(TraceSummary trace) => Detail(trace.Row) with { Observations = Observations(trace.Row) };

    /// <summary>Without its observations.</summary>
    public TraceDetail Detail(long row)
    {
        _texts ??= _statements.Prepare(
            """
            SELECT c.context, x.input, x.output, t.trace_id, t.prompt_id, t.name, t.start_nano, t.end_nano, t.level
            FROM traces t JOIN trace_contexts c ON c.trace = t.id LEFT JOIN trace_texts x ON x.trace = t.id WHERE t.id = ?1
            """
        );
        if (!_texts.Bind(1, row).Step())
        {
            throw new StoreDamagedException("A trace in the store cannot be found.");
        }

        var context = StoreJson.ReadContext(_texts.Text(0));
        var detail = new TraceDetail
        {
            TraceId = new TraceId(_texts.Wide(3)).ToString(),
            PromptId = _texts.TextOrNull(4),
            Name = _texts.Text(5),
            StartTime = Clock.ToTime((ulong)_texts.Long(6)),
            EndTime = Clock.ToTime((ulong)_texts.Long(7)),
            Input = _texts.TextOrNull(1),
            Output = _texts.TextOrNull(2),
            Level = Spelling.Of((ObservationLevel)_texts.Int(8)),
            UserId = context.UserId,
            Tags = context.Tags,
            Environment = context.Environment,
            Release = context.Release,
            Metadata = context.Metadata,
            Observations = [],
        };
        _texts.Reset();
        return detail;
    }

    /// <summary>
    /// How far the figures of a session can be trusted. While it is not quiet, as far as that can be said already: what was missing when it last was quiet
    /// counts as missing until it is quiet again.
    /// </summary>
    /// <param name="session">Nothing can be held against the telemetry of another program.</param>
    public CompletenessVerdict Verdict(ListedSession session)
    {
        if (session.Service is not null)
        {
            return new CompletenessVerdict(Completeness.Complete, []);
        }

        _session ??= _statements.Prepare("SELECT id, view, due_at FROM sessions WHERE key = ?1");
        _session.Bind(1, SessionKey.Within(session.Tenant, SessionKey.OfSession(session.SessionId)));
        long? row = null;
        if (_session.Step())
        {
            var isQuiet = _session.IsNull(2);
            if (
                _session.TextOrNull(1) is { } view
                && StoredSessionView.Read(view).Verdict() is var known
                && (isQuiet || known.Completeness != Completeness.Complete)
            )
            {
                _session.Reset();
                return known;
            }

            row = _session.Long(0);
        }

        _session.Reset();
        _figures ??= new SessionFiguresReader(connection);
        return _figures.Read(session.Tenant, session.SessionId, row) is { } figures
            ? CompletenessRules.Judge(figures, isQuiet: false)
            : new CompletenessVerdict(Completeness.Complete, []);
    }

    /// <summary>How many turns share a trace.</summary>
    public int RootsOf(long trace)
    {
        var count = _statements.Prepare("SELECT COUNT(*) FROM observations WHERE trace = ?1 AND readiness = ?2");
        return count.Bind(1, trace).Bind(2, (long)Readiness.Root).Step() ? count.Int(0) : 0;
    }

    /// <summary>In no order.</summary>
    public List<Observation> ObservationsOf(long trace)
    {
        _observations ??= _statements.Prepare(
            """
            SELECT o.observation_id, o.readiness, c.data FROM observations o JOIN contents c ON c.observation = o.id WHERE o.trace = ?1
            """
        );
        var all = new List<Observation>();
        _observations.Bind(1, trace);
        while (_observations.Step())
        {
            var id = new ObservationId((ulong)_observations.Long(0));
            all.Add(ObservationCodec.Read(id, (Readiness)_observations.Int(1), _observations.Blob(2)));
        }

        return all;
    }

    /// <summary>What Claude Code's metrics add to a session.</summary>
    public MetricSums MetricsOf(string tenant, string sessionId)
    {
        _figuresOf ??= _statements.Prepare(FigureColumns);
        var sums = new FigureSums();
        _figuresOf.Bind(1, sessionId).Bind(2, tenant);
        while (_figuresOf.Step())
        {
            sums.Add((MetricFigure)_figuresOf.Int(0), SeriesSums.Read(_figuresOf.Blob(1)));
        }

        return sums.Sums();
    }

    /// <summary>Statements of another reader on the same snapshot.</summary>
    public Statements NewStatements() => new(connection);

    public TotalsReport Totals(TotalsRequest request)
    {
        using var totals = new TotalsReader(connection, request);
        return totals.Read();
    }

    /// <exception cref="ArgumentException">The step is neither an hour nor a day, there are too many of them, or a label has a name that is none.</exception>
    public OverviewReport Overview(OverviewRequest request)
    {
        using var overview = new OverviewReader(connection, request);
        return overview.Read();
    }

    public void Dispose()
    {
        _figures?.Dispose();
        _statements.Dispose();
    }

    private List<ObservationDetail> Observations(long trace) =>
        [.. ObservationsOf(trace).OrderBy(static one => one.StartUnixNano).ThenBy(static one => one.Id.Value).Select(Detail)];

    public static ObservationDetail Detail(Observation observation) =>
        new()
        {
            Id = observation.Id.ToString(),
            ParentId = observation.ParentId?.ToString(),
            Type = Spelling.Of(observation.Type),
            Name = observation.Name,
            StartTime = Clock.ToTime(observation.StartUnixNano),
            EndTime = Clock.ToTime(observation.EndUnixNano),
            Level = Spelling.Of(observation.Level),
            StatusMessage = observation.StatusMessage,
            Model = observation.Model,
            Usage = observation.Usage is { } usage
                ? new UsageSummary(usage.Input, usage.Output, usage.CacheRead, usage.CacheCreation)
                : null,
            Cost = observation.Cost is { } cost ? ExactCost.Text(cost) : null,
            CostMicros = observation.Cost is { } micros ? ExactCost.Micros(micros) : null,
            Input = observation.Input,
            Output = observation.Output,
            Metadata = observation.Metadata,
        };

    private static IEnumerable<TraceSummary> Traces(Statement read)
    {
        while (read.Step())
        {
            yield return new TraceSummary(
                read.Long(0),
                new TraceId(read.Wide(1)),
                read.Text(2),
                read.TextOrNull(3),
                read.Text(4),
                read.TextOrNull(5),
                read.TextOrNull(6),
                Clock.ToTime((ulong)read.Long(7)),
                Clock.ToTime((ulong)read.Long(8)),
                (ObservationLevel)read.Int(9),
                TraceTotals.Read(read, 10),
                read.TextOrNull(18),
                read.Text(19)
            );
        }
    }
}

/// <summary>Langfuse's spelling of types and levels.</summary>
internal static class Spelling
{
    public static string Of(ObservationType type) => type.ToString().ToUpperInvariant();

    public static string Of(ObservationLevel level) => level.ToString().ToUpperInvariant();
}
