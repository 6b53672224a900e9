using System.Text.Json;
using ClaudeBridge.Sessions;
using SQLitePCL;

namespace ClaudeBridge.Store.Lists;

/// <summary>Under which session a trace is shown.</summary>
/// <param name="Service">The other program whose session it is; null for Claude Code.</param>
internal sealed record ListedSession(string Tenant, string SessionId, string? Service);

/// <summary>One row a session with what lists show of it, written once a transaction that touched its traces. Used by the one thread that writes.</summary>
/// <remarks>What its traces add is remembered, within a bound, so that a turn that grows does not make the session be read again with every step.</remarks>
internal sealed class SessionRowTable : IDisposable
{
    /// <summary>SQL for the number of the row that a trace <c>t</c> is shown under: for one answer, what tells sessions apart.</summary>
    public const string NumberOfTrace =
        "(SELECT r.id FROM session_rows r WHERE r.session_id = t.session_id AND r.tenant = t.tenant AND r.service = COALESCE(t.service, ''))";

    private const string OfSession = "t.session_id = ?1 AND t.tenant = ?2 AND t.service IS ?3";

    /// <summary>The word of a session that was judged, as far as it holds now; null means that it must be judged when it is asked for. Other programs are not judged.</summary>
    private const string Judgement = $"""
        CASE WHEN ?3 <> '' THEN {Complete} ELSE
          (SELECT CASE WHEN s.due_at IS NULL OR json_extract(s.view, '$.completeness') <> {Complete} THEN json_extract(s.view, '$.completeness') END
           FROM sessions s WHERE s.key = ?4) END
        """;

    private const string Complete = "1";

    private readonly Dictionary<ListedSession, Entry> _entries = [];
    private readonly HashSet<ListedSession> _changed = [];
    private readonly HashSet<ListedSession> _judged = [];
    private readonly int _remembered;
    private long _writes;
    private readonly Statements _statements;
    private readonly Statement _traces;
    private readonly Statement _put;
    private readonly Statement _judge;
    private readonly Statement _delete;

    /// <param name="remembered">Traces that are remembered over all sessions; some 300 bytes each.</param>
    public SessionRowTable(sqlite3 connection, int remembered)
    {
        _remembered = remembered;
        _statements = new Statements(connection);
        _traces = _statements.Prepare(
            $"SELECT {SessionPart.Columns} FROM traces t LEFT JOIN trace_texts x ON x.trace = t.id WHERE {OfSession}"
        );
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

    /// <summary>A trace of the session came or changed; its row is written before <see cref="Write()"/>.</summary>
    public void Changed(ListedSession session, SessionPart part)
    {
        _changed.Add(session);
        if (_entries.TryGetValue(session, out var entry))
        {
            entry.Parts[part.Trace] = part;
        }
    }

    /// <summary>A trace does not belong to the session any more.</summary>
    public void Gone(ListedSession session, long trace)
    {
        _changed.Add(session);
        if (_entries.TryGetValue(session, out var entry))
        {
            _ = entry.Parts.Remove(trace);
        }
    }

    /// <summary>Traces of the session were deleted by others.</summary>
    public void Reread(ListedSession session)
    {
        _changed.Add(session);
        _ = _entries.Remove(session);
    }

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

        _changed.Clear();
        _judged.Clear();
        Trim();
    }

    /// <summary>After a rollback nothing has changed.</summary>
    public void Forget()
    {
        _changed.Clear();
        _judged.Clear();
        _entries.Clear();
    }

    public void Dispose() => _statements.Dispose();

    private void Write(ListedSession session)
    {
        var sum = new SessionTotal(EntryOf(session).Parts.Values);
        if (sum.Traces == 0)
        {
            _ = _entries.Remove(session);
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
            .Bind(24, JsonSerializer.Serialize(sum.Models, StoreJson.Compact.IReadOnlyListString))
            .Run();
    }

    private static Statement BindKey(Statement statement, ListedSession session) =>
        statement
            .Bind(1, session.SessionId)
            .Bind(2, session.Tenant)
            .Bind(3, session.Service ?? "")
            .Bind(4, SessionKey.Within(session.Tenant, SessionKey.OfSession(session.SessionId)));

    private Entry EntryOf(ListedSession session)
    {
        if (!_entries.TryGetValue(session, out var entry))
        {
            _entries[session] = entry = new Entry();
            _traces.Bind(1, session.SessionId).Bind(2, session.Tenant).Bind(3, session.Service);
            while (_traces.Step())
            {
                var part = SessionPart.Read(_traces);
                entry.Parts[part.Trace] = part;
            }
        }

        entry.UsedIn = _writes;
        return entry;
    }

    /// <summary>Lets go of the sessions that were not used for longest.</summary>
    private void Trim()
    {
        // Counting costs more than remembering a few too many.
        if (++_writes % 16 != 0)
        {
            return;
        }

        var count = _entries.Sum(static pair => Weight(pair.Key, pair.Value));
        foreach (var (session, entry) in count <= _remembered ? [] : _entries.OrderBy(static pair => pair.Value.UsedIn).ToList())
        {
            _ = _entries.Remove(session);
            count -= Weight(session, entry);
            if (count <= _remembered / 4 * 3)
            {
                return;
            }
        }
    }

    /// <summary>In parts: a session with a long id, which each row has by itself, is worth several.</summary>
    private static int Weight(ListedSession session, Entry entry) => entry.Parts.Count + 1 + (session.SessionId.Length / 100);

    private sealed class Entry
    {
        public Dictionary<long, SessionPart> Parts { get; } = [];

        public long UsedIn { get; set; }
    }
}
