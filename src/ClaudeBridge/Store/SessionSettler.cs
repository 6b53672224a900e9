using System.Diagnostics;
using System.Text.Json;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Lists;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Judges sessions once they have been quiet, and gives their scores a revision when they changed. Used by the one thread that writes, within its transaction.</summary>
internal sealed class SessionSettler : IDisposable
{
    /// <summary>Judging a session whose numbers have gaps looks at what came of others: when that takes long, what arrives goes first.</summary>
    private static readonly TimeSpan LongestJudging = TimeSpan.FromSeconds(1);

    private readonly SettlingOptions _options;
    private readonly SessionRowTable _rows;
    private readonly SessionFiguresReader _figures;
    private readonly ByteWriter _buffer = new();
    private readonly Statements _statements;
    private readonly Statement _touch;
    private readonly Statement _addSequence;
    private readonly Statement _nextDue;
    private readonly Statement _farthestDue;
    private readonly Statement _pullIn;
    private readonly Statement _due;
    private readonly Statement _postpone;
    private readonly Statement _settle;

    /// <param name="rows">Told of the sessions whose verdict may have changed.</param>
    public SessionSettler(sqlite3 connection, SessionRowTable rows, SettlingOptions options)
    {
        _options = options;
        _rows = rows;
        _figures = new SessionFiguresReader(connection);
        _statements = new Statements(connection);
        _touch = _statements.Prepare("UPDATE sessions SET changed_at = ?2, due_at = ?3 WHERE id = ?1");
        _addSequence = _statements.Prepare("INSERT OR IGNORE INTO sequences(session, time_nano, sequence) VALUES(?1, ?2, ?3)");
        _nextDue = _statements.Prepare("SELECT MIN(due_at) FROM sessions WHERE due_at IS NOT NULL");
        _farthestDue = _statements.Prepare("SELECT MAX(due_at) FROM sessions WHERE due_at IS NOT NULL");
        _pullIn = _statements.Prepare("UPDATE sessions SET due_at = ?1 WHERE due_at > ?1");
        _due = _statements.Prepare("SELECT id, key, changed_at, hash FROM sessions WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2");
        _postpone = _statements.Prepare("UPDATE sessions SET due_at = ?2 WHERE id = ?1");
        _settle = _statements.Prepare(
            "UPDATE sessions SET due_at = NULL, view = ?2, hash = ?3, revision = COALESCE(?4, revision) WHERE id = ?1"
        );
    }

    /// <summary>Something of a session arrived.</summary>
    /// <param name="sessionKey">Of the row <paramref name="session"/>.</param>
    public void Touch(long session, string sessionKey, long now)
    {
        // What came without a session id is no session that could be judged.
        var due = SessionKey.SessionIdOf(sessionKey) is null ? (long?)null : now + (long)_options.SessionQuiet.TotalMilliseconds;
        _touch.Bind(1, session).Bind(2, now).Bind(3, due).Run();
        _rows.Judged(sessionKey);
    }

    /// <summary>Remembers the numbers that the client counted a session's records by.</summary>
    public void AddSequences(long session, SessionChange change)
    {
        if (SessionKey.SessionIdOf(change.SessionKey) is null)
        {
            return;
        }

        foreach (var fact in change.NewFacts.SelectMany(static bucket => bucket.Value))
        {
            if (fact.Log is not null && fact.Reading.Sequence is >= 0 and < long.MaxValue)
            {
                _addSequence.Bind(1, session).Bind(2, (long)fact.Time).Bind(3, fact.Reading.Sequence).Run();
            }
        }
    }

    public long? NextDue() => _nextDue.ReadLong();

    public long? FarthestDue() => _farthestDue.ReadLong();

    /// <summary>Due times further away than anything can have to wait come from a clock that jumped back.</summary>
    public void PullIn(long latest) => _pullIn.Bind(1, latest).Run();

    /// <param name="nextRevision">Called for each session whose scores are new or changed.</param>
    /// <returns>How many sessions were looked at.</returns>
    public int Settle(long dueUpTo, long now, int maxCount, Func<long> nextRevision)
    {
        var due = new List<(long Id, string Key, long ChangedAt, UInt128? Hash)>();
        _due.Bind(1, dueUpTo).Bind(2, maxCount);
        while (_due.Step())
        {
            due.Add((_due.Long(0), _due.Text(1), _due.Long(2), _due.IsNull(3) ? null : _due.Wide(3)));
        }

        _figures.Forget();
        var (since, judged) = (Stopwatch.GetTimestamp(), 0);
        foreach (var (id, key, changedAt, hash) in due)
        {
            var figures = SessionKey.SessionIdOf(key) is { } sessionId ? _figures.Read(SessionKey.TenantOf(key), sessionId, id) : null;
            var openUntil = changedAt + (long)_options.OpenQuiet.TotalMilliseconds;
            // A change in the future is a clock that jumped back: then the session has waited long enough when it is due at all.
            if (figures is { IsLastTurnOpen: true } && changedAt <= now && dueUpTo < openUntil && now < openUntil)
            {
                _postpone.Bind(1, id).Bind(2, openUntil).Run();
            }
            else
            {
                Settle(id, figures, hash, nextRevision);
                _rows.Judged(key);
            }

            judged++;
            if (dueUpTo != long.MaxValue && Stopwatch.GetElapsedTime(since) > LongestJudging)
            {
                break;
            }
        }

        return judged;
    }

    public void Dispose()
    {
        _figures.Dispose();
        _statements.Dispose();
    }

    private void Settle(long id, SessionFigures? figures, UInt128? known, Func<long> nextRevision)
    {
        var view = figures is null ? null : StoredSessionView.Of(SessionView.Of(figures, isQuiet: true));
        var json = view is null ? null : JsonSerializer.Serialize(view, StoreJson.Compact.StoredSessionView);
        _buffer.Clear();
        _buffer.Text(json);
        var hash = _buffer.Hash();
        var isNews = view is not null && hash != known;
        _settle.Bind(1, id).Bind(2, json).Bind(3, hash).Bind(4, isNews ? nextRevision() : null).Run();
    }
}
