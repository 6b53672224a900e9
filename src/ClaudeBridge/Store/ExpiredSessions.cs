using ClaudeBridge.Store.Lists;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Finds and deletes the sessions that are older than the store keeps them. Used by the one thread that writes.</summary>
/// <remarks>A session goes as a whole: its turns are computed from records that lie together, so that half of them would give other turns.</remarks>
internal sealed class ExpiredSessions : IDisposable
{
    private readonly Statements _statements;
    private readonly SessionRowTable _rows;
    private readonly Statement _find;
    private readonly Statement _listed;
    private readonly Statement[] _delete;
    private readonly Statement _forgetWords;

    /// <param name="rows">Told of the sessions that lose their traces.</param>
    public ExpiredSessions(sqlite3 connection, SessionRowTable rows)
    {
        _rows = rows;
        _statements = new Statements(connection);
        _find = _statements.Prepare(
            """
            SELECT s.id, s.key FROM sessions s
            WHERE s.changed_at < ?2 AND s.due_at IS NULL AND COALESCE(s.revision, 0) <= ?3
              AND COALESCE((SELECT MAX(t.end_nano) / 1000000 FROM traces t WHERE t.session = s.id), s.changed_at) < ?1
              AND NOT EXISTS(SELECT 1 FROM waiting w WHERE w.session = s.id)
              AND NOT EXISTS(SELECT 1 FROM traces t JOIN observations o ON o.trace = t.id WHERE t.session = s.id AND (o.due_at IS NOT NULL OR o.revision > ?3))
            LIMIT ?4
            """
        );
        _listed = _statements.Prepare("SELECT DISTINCT tenant, session_id, service FROM traces WHERE session = ?1");
        const string Traces = "(SELECT id FROM traces WHERE session = ?1)";
        const string Series = "(SELECT id FROM series WHERE session = ?1)";
        const string Buckets = "(SELECT id FROM buckets WHERE session = ?1)";
        _delete =
        [
            _statements.Prepare($"DELETE FROM contents WHERE observation IN (SELECT id FROM observations WHERE trace IN {Traces})"),
            _statements.Prepare($"DELETE FROM observations WHERE trace IN {Traces}"),
            _statements.Prepare($"DELETE FROM breakdowns WHERE trace IN {Traces}"),
            _statements.Prepare(TraceNames.Deleting("t.session = ?1")),
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

    public IReadOnlyList<(long Id, string Key)> Find(long endedBefore, long quietSince, long deliveredUpTo, int max)
    {
        var found = new List<(long, string)>();
        _find.Bind(1, endedBefore).Bind(2, quietSince).Bind(3, deliveredUpTo).Bind(4, max);
        while (_find.Step())
        {
            found.Add((_find.Long(0), _find.Text(1)));
        }

        return found;
    }

    public void Delete(long session)
    {
        _listed.Bind(1, session);
        while (_listed.Step())
        {
            _rows.Reread(new ListedSession(_listed.Text(0), _listed.Text(1), _listed.TextOrNull(2)));
        }

        foreach (var statement in _delete)
        {
            statement.Bind(1, session).Run();
        }
    }

    public void Dispose() => _statements.Dispose();
}
