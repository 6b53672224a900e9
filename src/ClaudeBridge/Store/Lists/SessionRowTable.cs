using System.Text.Json;
using ClaudeBridge.Sessions;
using SQLitePCL;

namespace ClaudeBridge.Store.Lists;

/// <summary>Under which session a trace is shown.</summary>
/// <param name="Service">The other program whose session it is; null for Claude Code.</param>
internal sealed record ListedSession(string Tenant, string SessionId, string? Service);

/// <summary>One row a session with what lists show of it, computed anew from its traces once a transaction that touched them. Used by the one thread that writes.</summary>
internal sealed class SessionRowTable : IDisposable
{
    private const string OfSession = "t.session_id = ?1 AND t.tenant = ?2 AND t.service IS ?3";

    /// <summary>The word of a session that was judged, as far as it holds now; null means that it must be judged when it is asked for. Other programs are not judged.</summary>
    private const string Judgement = $"""
        CASE WHEN ?3 <> '' THEN {Complete} ELSE
          (SELECT CASE WHEN s.due_at IS NULL OR json_extract(s.view, '$.completeness') <> {Complete} THEN json_extract(s.view, '$.completeness') END
           FROM sessions s WHERE s.key = ?4) END
        """;

    private const string Complete = "1";

    private readonly HashSet<ListedSession> _changed = [];
    private readonly HashSet<ListedSession> _judged = [];
    private readonly Statements _statements;
    private readonly Statement _traces;
    private readonly Statement _models;
    private readonly Statement _head;
    private readonly Statement _put;
    private readonly Statement _judge;
    private readonly Statement _delete;

    public SessionRowTable(sqlite3 connection)
    {
        _statements = new Statements(connection);
        _traces = _statements.Prepare(
            $"""
            SELECT t.id, t.start_nano, t.end_nano, t.user_id, t.version, t.team, t.repository,
              t.generations, t.tools, t.errors, t.input_tokens, t.output_tokens, t.cache_read, t.cache_creation, t.cost
            FROM traces t WHERE {OfSession} ORDER BY t.started, t.trace_id
            """
        );
        _models = _statements.Prepare(
            $"SELECT n.name, n.cost FROM traces t JOIN trace_names n ON n.trace = t.id AND n.kind = {(int)NameKind.Model} WHERE {OfSession}"
        );
        _head = _statements.Prepare("SELECT input_head FROM trace_texts WHERE trace = ?1");
        _put = _statements.Prepare(
            $"""
            INSERT INTO session_rows(session_id, tenant, service, completeness, started, ended, duration, traces, generations, tools, errors,
              input_tokens, output_tokens, cache_read, cache_creation, tokens, cost, cost_micros, user_id, version, team, repository, title, models)
            VALUES(?1, ?2, ?3, {Judgement}, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)
            ON CONFLICT(session_id, tenant, service) DO UPDATE SET completeness = excluded.completeness, started = excluded.started,
              ended = excluded.ended, duration = excluded.duration, traces = excluded.traces, generations = excluded.generations,
              tools = excluded.tools, errors = excluded.errors, input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
              cache_read = excluded.cache_read, cache_creation = excluded.cache_creation, tokens = excluded.tokens, cost = excluded.cost,
              cost_micros = excluded.cost_micros, user_id = excluded.user_id, version = excluded.version, team = excluded.team,
              repository = excluded.repository, title = excluded.title, models = excluded.models
            """
        );
        _judge = _statements.Prepare(
            $"UPDATE session_rows SET completeness = {Judgement} WHERE session_id = ?1 AND tenant = ?2 AND service = ?3"
        );
        _delete = _statements.Prepare("DELETE FROM session_rows WHERE session_id = ?1 AND tenant = ?2 AND service = ?3");
    }

    /// <summary>A trace of the session changed, came or went.</summary>
    public void Changed(ListedSession session) => _changed.Add(session);

    /// <summary>Something of a session arrived, or it was judged.</summary>
    /// <param name="sessionKey">One without a session id is no session that is judged.</param>
    public void Judged(string sessionKey)
    {
        if (SessionKey.SessionIdOf(sessionKey) is { } id)
        {
            _judged.Add(new ListedSession(SessionKey.TenantOf(sessionKey), id, null));
        }
    }

    /// <summary>Writes what changed since the last time; at the end of a transaction.</summary>
    public void Write()
    {
        foreach (var session in _changed)
        {
            Write(session);
        }

        foreach (var session in _judged)
        {
            if (!_changed.Contains(session))
            {
                BindKey(_judge, session).Run();
            }
        }

        Forget();
    }

    /// <summary>After a rollback nothing has changed.</summary>
    public void Forget()
    {
        _changed.Clear();
        _judged.Clear();
    }

    public void Dispose() => _statements.Dispose();

    private void Write(ListedSession session)
    {
        var sum = Read(session);
        if (sum.Traces == 0)
        {
            _delete.Bind(1, session.SessionId).Bind(2, session.Tenant).Bind(3, session.Service ?? "").Run();
            return;
        }

        BindKey(_put, session)
            .Bind(5, sum.Started)
            .Bind(6, sum.Ended)
            .Bind(7, sum.Ended - sum.Started)
            .Bind(8, sum.Traces)
            .Bind(9, sum.Totals.Generations)
            .Bind(10, sum.Totals.Tools)
            .Bind(11, sum.Totals.Errors)
            .Bind(12, sum.Totals.Input)
            .Bind(13, sum.Totals.Output)
            .Bind(14, sum.Totals.CacheRead)
            .Bind(15, sum.Totals.CacheCreation)
            .Bind(16, sum.Totals.Usage.Total)
            .Bind(17, ExactCost.Text(sum.Totals.Cost))
            .Bind(18, ExactCost.Micros(sum.Totals.Cost))
            .Bind(19, sum.User)
            .Bind(20, sum.Version)
            .Bind(21, sum.Team)
            .Bind(22, sum.Repository)
            .Bind(23, sum.Title)
            .Bind(24, JsonSerializer.Serialize(Models(session), StoreJson.Compact.IReadOnlyListString))
            .Run();
    }

    private static Statement BindKey(Statement statement, ListedSession session) =>
        statement
            .Bind(1, session.SessionId)
            .Bind(2, session.Tenant)
            .Bind(3, session.Service ?? "")
            .Bind(4, SessionKey.Within(session.Tenant, SessionKey.OfSession(session.SessionId)));

    private static Statement BindTraces(Statement statement, ListedSession session) =>
        statement.Bind(1, session.SessionId).Bind(2, session.Tenant).Bind(3, session.Service);

    private Sum Read(ListedSession session)
    {
        var sum = new Sum();
        BindTraces(_traces, session);
        while (_traces.Step())
        {
            var (start, end) = (RecordTime.Of((ulong)_traces.Long(1)), RecordTime.Of((ulong)_traces.Long(2)));
            sum.Traces++;
            sum.Started = Math.Min(sum.Started, start);
            sum.Ended = Math.Max(sum.Ended, end);
            // By start: the last one that says something counts, and of titles the first.
            sum.User = _traces.TextOrNull(3) ?? sum.User;
            sum.Version = _traces.TextOrNull(4) ?? sum.Version;
            sum.Team = _traces.TextOrNull(5) ?? sum.Team;
            sum.Repository = _traces.TextOrNull(6) ?? sum.Repository;
            sum.Totals += TraceTotals.Read(_traces, 7);
            sum.Title ??= Head(_traces.Long(0));
        }

        return sum;
    }

    private string? Head(long trace)
    {
        var head = _head.Bind(1, trace).Step() ? _head.TextOrNull(0) : null;
        _head.Reset();
        return head;
    }

    private IReadOnlyList<string> Models(ListedSession session)
    {
        var models = new ModelCosts();
        BindTraces(_models, session);
        while (_models.Step())
        {
            models.Add(_models.Text(0), ExactCost.Read(_models.Text(1)));
        }

        return models.DearestFirst();
    }

    private sealed class Sum
    {
        public int Traces { get; set; }

        public long Started { get; set; } = long.MaxValue;

        public long Ended { get; set; }

        public TraceTotals Totals { get; set; }

        public string? User { get; set; }

        public string? Version { get; set; }

        public string? Team { get; set; }

        public string? Repository { get; set; }

        public string? Title { get; set; }
    }
}

/// <summary>Orders models by what they cost.</summary>
internal sealed class ModelCosts
{
    /// <summary>More than anybody uses in one session; only a client that makes names up has more.</summary>
    private const int Most = 50;

    private readonly Dictionary<string, decimal> _costs = new(StringComparer.Ordinal);

    public void Add(string model, decimal cost) => _costs[model] = ExactCost.Add(_costs.GetValueOrDefault(model), cost);

    public IReadOnlyList<string> DearestFirst() =>
        [.. _costs.OrderByDescending(static pair => pair.Value).ThenBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => pair.Key).Take(Most)];
}
