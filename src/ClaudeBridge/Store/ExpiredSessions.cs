using ClaudeBridge.Store.Lists;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Finds and deletes the sessions that are older than the store keeps them. Used by the one thread that writes.</summary>
/// <remarks>
/// A session goes as a whole: its turns are computed from records that lie together, so that half of them would give other turns.
/// All sessions are looked at in rounds, some thousand at a time, so that a store of millions never holds up what arrives.
/// </remarks>
internal sealed class ExpiredSessions : IDisposable
{
    /// <summary>Numbers of sessions that are looked at in one go.</summary>
    private const int AtATime = 5_000;

    private readonly sqlite3 _connection;
    private readonly Statements _statements;
    private readonly SessionRowTable _rows;
    private readonly TraceNames _names;
    private readonly Statement _next;
    private readonly Statement _find;
    private readonly Statement _listed;
    private readonly Statement _traces;
    private readonly Statement[] _delete;
    private readonly Statement _forgetWords;
    private long _lookedUpTo;

    /// <param name="rows">Told of the sessions that lose their traces.</param>
    public ExpiredSessions(sqlite3 connection, SessionRowTable rows)
    {
        (_connection, _rows) = (connection, rows);
        _names = new TraceNames(connection);
        _statements = new Statements(connection);
        _next = _statements.Prepare("SELECT id FROM sessions WHERE id > ?1 ORDER BY id LIMIT 1");
        _find = _statements.Prepare(
            """
            SELECT s.id, s.key FROM sessions s
            WHERE s.id >= ?5 AND s.id < ?6 AND s.changed_at < ?2 AND s.due_at IS NULL AND COALESCE(s.revision, 0) <= ?3
              AND COALESCE((SELECT MAX(t.end_nano) / 1000000 FROM traces t WHERE t.session = s.id), s.changed_at) < ?1
              AND NOT EXISTS(SELECT 1 FROM waiting w WHERE w.session = s.id)
              AND NOT EXISTS(SELECT 1 FROM traces t JOIN observations o ON o.trace = t.id WHERE t.session = s.id AND (o.due_at IS NOT NULL OR o.revision > ?3))
            ORDER BY s.id LIMIT ?4
            """
        );
        _listed = _statements.Prepare("SELECT DISTINCT tenant, session_id, service FROM traces WHERE session = ?1");
        _traces = _statements.Prepare("SELECT id FROM traces WHERE session = ?1");
        const string Traces = "(SELECT id FROM traces WHERE session = ?1)";
        const string Series = "(SELECT id FROM series WHERE session = ?1)";
        const string Buckets = "(SELECT id FROM buckets WHERE session = ?1)";
        _delete =
        [
            _statements.Prepare($"DELETE FROM contents WHERE observation IN (SELECT id FROM observations WHERE trace IN {Traces})"),
            _statements.Prepare($"DELETE FROM observations WHERE trace IN {Traces}"),
            _statements.Prepare($"DELETE FROM breakdowns WHERE trace IN {Traces}"),
            _statements.Prepare($"DELETE FROM trace_contexts WHERE trace IN {Traces}"),
            _statements.Prepare(TraceTexts.UnindexingInput($"IN {Traces}")),
            _statements.Prepare(TraceTexts.UnindexingOutput($"IN {Traces}")),
            _statements.Prepare($"DELETE FROM trace_texts WHERE trace IN {Traces}"),
            _statements.Prepare("DELETE FROM traces WHERE session = ?1"),
            _statements.Prepare($"DELETE FROM parts WHERE bucket IN {Buckets}"),
            _statements.Prepare("DELETE FROM buckets WHERE session = ?1"),
            _statements.Prepare("DELETE FROM origins WHERE session = ?1"),
            _statements.Prepare("DELETE FROM sequences WHERE session = ?1"),
            _statements.Prepare($"DELETE FROM points WHERE series IN {Series}"),
            _statements.Prepare($"DELETE FROM series_days WHERE series IN {Series}"),
            _statements.Prepare($"DELETE FROM series_texts WHERE series IN {Series}"),
            _statements.Prepare("DELETE FROM series WHERE session = ?1"),
            _statements.Prepare("DELETE FROM sessions WHERE id = ?1"),
        ];
        _forgetWords = _statements.Prepare("INSERT INTO words(words) VALUES('optimize')");
    }

    /// <summary>Takes the words of what was deleted out of the index: deleting alone marks them, and they stay in the file.</summary>
    public void ForgetWords() => _forgetWords.Run();

    /// <summary>Every session was looked at: the next look begins with the first again.</summary>
    public bool IsRoundOver { get; private set; }

    /// <summary>The next sessions of the round that may go; none does not mean that there are no more, unless the round is over.</summary>
    /// <param name="endedBefore">Milliseconds of record time.</param>
    /// <param name="quietSince">Milliseconds of wall time.</param>
    public IReadOnlyList<(long Id, string Key)> Find(long endedBefore, long quietSince, long deliveredUpTo, int max)
    {
        var found = new List<(long Id, string Key)>();
        if (_next.Bind(1, _lookedUpTo).ReadLong() is { } first)
        {
            _find.Bind(1, endedBefore).Bind(2, quietSince).Bind(3, deliveredUpTo).Bind(4, max).Bind(5, first).Bind(6, first + AtATime);
            while (_find.Step())
            {
                found.Add((_find.Long(0), _find.Text(1)));
            }

            _lookedUpTo = found.Count < max ? first + AtATime - 1 : found[^1].Id;
        }

        IsRoundOver = _next.Bind(1, _lookedUpTo).ReadLong() is null;
        _lookedUpTo = IsRoundOver ? 0 : _lookedUpTo;
        return found;
    }

    /// <summary>What was found after this session was left as it is: the round goes on behind it.</summary>
    public void GoOnAfter(long session) => (_lookedUpTo, IsRoundOver) = (session, false);

    /// <summary>After a rollback what was found is still there.</summary>
    public void Restart() => GoOnAfter(0);

    /// <summary>With all that belongs to it, which does not stay in the file either.</summary>
    /// <returns>How many rows that were.</returns>
    public int Delete(long session)
    {
        var before = raw.sqlite3_total_changes(_connection);
        // Not for all that is ever written anew, which would be written twice.
        Statement.Execute(_connection, "PRAGMA secure_delete=ON");
        try
        {
            DeleteAll(session);
        }
        finally
        {
            Statement.Execute(_connection, "PRAGMA secure_delete=FAST");
        }

        return raw.sqlite3_total_changes(_connection) - before;
    }

    public void Dispose()
    {
        _names.Dispose();
        _statements.Dispose();
    }

    private void DeleteAll(long session)
    {
        _listed.Bind(1, session);
        while (_listed.Step())
        {
            _rows.Reread(new ListedSession(_listed.Text(0), _listed.Text(1), _listed.TextOrNull(2)));
        }

        _traces.Bind(1, session);
        while (_traces.Step())
        {
            _names.Delete(_traces.Long(0));
        }

        foreach (var statement in _delete)
        {
            statement.Bind(1, session).Run();
        }
    }
}
