using System.Globalization;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Lists;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Gives revisions to observations and sessions that are due. Used by the one thread that writes, within its transaction.</summary>
internal sealed class Settler : IDisposable
{
    /// <summary>While destinations are behind, a trace is given so many revisions at a time, and then has this pause: what comes later shall not queue behind all of it.</summary>
    public const int OfTraceAtATime = 250;
    private const long TracePause = 250;

    /// <summary>The longest that anything can have to wait. A due time further away comes from a clock that jumped back.</summary>
    private readonly long _longestWait;
    private readonly TraceRows _rows;
    private readonly TraceTexts _texts;
    private readonly SessionSettler _sessions;
    private readonly Statements _statements;
    private readonly Statement _nextDue;
    private readonly Statement _anyFarDue;
    private readonly Statement _dueTraces;
    private readonly Statement _farTraces;
    private readonly Statement _settle;
    private readonly Statement _setObservationDue;
    private readonly Statement _setTraceDue;
    private readonly Statement _readRevision;
    private readonly Statement _writeRevision;

    public Settler(sqlite3 connection, TraceRows rows, TraceTexts texts, SessionSettler sessions, SettlingOptions options)
    {
        TimeSpan[] waits =
        [
            options.Unchanged,
            options.Counterpart,
            options.OpenQuiet,
            options.TurnQuiet,
            options.RootAgain,
            options.SessionQuiet,
        ];
        _longestWait = (long)waits.Max().TotalMilliseconds + 1;
        _rows = rows;
        _texts = texts;
        _sessions = sessions;
        _statements = new Statements(connection);
        _nextDue = _statements.Prepare("SELECT MIN(next_due) FROM traces WHERE next_due IS NOT NULL");
        _anyFarDue = _statements.Prepare("SELECT MAX(next_due) FROM traces WHERE next_due IS NOT NULL");
        _dueTraces = _statements.Prepare("SELECT id FROM traces WHERE next_due <= ?1 ORDER BY next_due LIMIT ?2");
        _farTraces = _statements.Prepare("SELECT id FROM traces WHERE next_due > ?1");
        _settle = _statements.Prepare(
            "UPDATE observations SET due_at = NULL, settled_at = ?2, settled_hash = hash, revision = ?3 WHERE id = ?1"
        );
        _setObservationDue = _statements.Prepare("UPDATE observations SET due_at = ?2 WHERE id = ?1");
        _setTraceDue = _statements.Prepare("UPDATE traces SET next_due = ?2 WHERE id = ?1");
        _readRevision = _statements.Prepare($"SELECT value FROM meta WHERE key = '{MetaKey.LastRevision}'");
        _writeRevision = _statements.Prepare($"UPDATE meta SET value = ?1 WHERE key = '{MetaKey.LastRevision}'");
        Restart();
    }

    /// <summary>The highest revision given so far; 0 for none.</summary>
    public long LastRevision { get; private set; }

    /// <summary>Reads again which revision is next: at the beginning, and after a rollback.</summary>
    public void Restart()
    {
        var text = _readRevision.Step() ? _readRevision.Text(0) : "";
        _readRevision.Reset();
        LastRevision = long.TryParse(text, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : throw new StoreDamagedException("The store does not say which revision was the last.");
    }

    public long? NextDue()
    {
        var (trace, session) = (_nextDue.ReadLong(), _sessions.NextDue());
        return trace is null || session < trace ? session : trace;
    }

    public bool IsAnyDue(long now) =>
        NextDue() <= now || _anyFarDue.ReadLong() > now + _longestWait || _sessions.FarthestDue() > now + _longestWait;

    /// <param name="dueUpTo">Milliseconds since 1970.</param>
    /// <param name="maxOfTrace">How many observations of one trace at most; the rest of it follows after a pause.</param>
    public int Settle(long dueUpTo, long now, int maxCount, int maxOfTrace = int.MaxValue)
    {
        PullIn(now);
        var settled = 0;
        foreach (var id in Ids(_dueTraces.Bind(1, dueUpTo).Bind(2, maxCount)))
        {
            if (settled >= maxCount)
            {
                break;
            }

            settled += SettleTrace(Row(id), dueUpTo, now, maxCount - settled, maxOfTrace);
        }

        if (settled < maxCount)
        {
            settled += _sessions.Settle(dueUpTo, now, maxCount - settled, () => ++LastRevision);
        }

        if (settled > 0)
        {
            _writeRevision.Bind(1, LastRevision.ToString(CultureInfo.InvariantCulture)).Run();
        }

        return settled;
    }

    public void Dispose() => _statements.Dispose();

    private int SettleTrace(TraceRow trace, long dueUpTo, long now, int maxCount, int maxOfTrace)
    {
        var due = trace
            .Observations.Values.Where(row => row.DueAt <= dueUpTo)
            .OrderBy(static row => row.DueAt)
            .ThenBy(static row => row.Id)
            .Take(Math.Min(maxCount, maxOfTrace))
            .ToList();
        foreach (var row in due)
        {
            _settle.Bind(1, row.Id).Bind(2, now).Bind(3, ++LastRevision).Run();
            row.DueAt = null;
            row.SettledAt = now;
            row.SettledHash = row.Hash;
        }

        var rest = trace.EarliestDue();
        SetDue(trace, due.Count == maxOfTrace && rest <= dueUpTo ? now + TracePause : rest);
        if (trace.NextDue is null)
        {
            _texts.IndexOutput(trace.Id);
        }

        return due.Count;
    }

    private void PullIn(long now)
    {
        var latest = now + _longestWait;
        _sessions.PullIn(latest);
        foreach (var trace in Ids(_farTraces.Bind(1, latest)).Select(Row))
        {
            foreach (var row in trace.Observations.Values.Where(row => row.DueAt > latest))
            {
                row.DueAt = latest;
                _setObservationDue.Bind(1, row.Id).Bind(2, latest).Run();
            }

            SetDue(trace, trace.EarliestDue());
        }
    }

    private void SetDue(TraceRow trace, long? due)
    {
        trace.NextDue = due;
        _setTraceDue.Bind(1, trace.Id).Bind(2, trace.NextDue).Run();
    }

    private TraceRow Row(long id) => _rows.Find(id) ?? throw new StoreDamagedException("A trace that is due is not in the store.");

    private static List<long> Ids(Statement statement)
    {
        var ids = new List<long>();
        while (statement.Step())
        {
            ids.Add(statement.Long(0));
        }

        return ids;
    }
}
