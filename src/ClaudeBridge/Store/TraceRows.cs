using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Lists;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Finds the rows of stored traces; the ones used last stay in memory. Used by the one thread that writes.</summary>
internal sealed class TraceRows : IDisposable
{
    private readonly int _maxObservations;
    private readonly Dictionary<(long Session, TraceId Id), TraceRow> _byName = [];
    private readonly Dictionary<long, TraceRow> _byId = [];
    private readonly Statements _statements;
    private readonly Statement _findByName;
    private readonly Statement _findById;
    private readonly Statement _readObservations;
    private long _uses;
    private int _trims;

    public TraceRows(sqlite3 connection, int maxObservations)
    {
        _maxObservations = maxObservations;
        _statements = new Statements(connection);
        const string Columns = """
            SELECT id, session, trace_id, hash, text_hash, changed_at, next_due, tenant, session_id, service,
              (SELECT data FROM breakdowns b WHERE b.trace = t.id) FROM traces t
            """;
        _findByName = _statements.Prepare($"{Columns} WHERE trace_id = ?1 AND session = ?2");
        _findById = _statements.Prepare($"{Columns} WHERE id = ?1");
        _readObservations = _statements.Prepare(
            "SELECT id, observation_id, hash, readiness, first_seen, changed_at, due_at, settled_at, settled_hash FROM observations WHERE trace = ?1"
        );
    }

    public TraceRow? Find(long session, TraceId id) =>
        _byName.TryGetValue((session, id), out var known) ? Use(known) : Load(_findByName.Bind(1, id.Value).Bind(2, session));

    public TraceRow? Find(long id) => _byId.TryGetValue(id, out var known) ? Use(known) : Load(_findById.Bind(1, id));

    public void Add(TraceRow row)
    {
        _byName[(row.Session, row.TraceId)] = row;
        _byId[row.Id] = row;
        Use(row);
    }

    public void Remove(TraceRow row)
    {
        _ = _byName.Remove((row.Session, row.TraceId));
        _ = _byId.Remove(row.Id);
    }

    /// <summary>Lets go of the rows that were not used for longest, down to three quarters of what may be remembered. Not within a step.</summary>
    public void Trim()
    {
        // Counting costs more than remembering a few too many.
        if (++_trims % 16 != 0 || _byId.Count == 0)
        {
            return;
        }

        var count = _byId.Values.Sum(Weight);
        if (count <= _maxObservations)
        {
            return;
        }

        foreach (var row in _byId.Values.OrderBy(static row => row.LastUsed).ToList())
        {
            Remove(row);
            count -= Weight(row);
            if (count <= _maxObservations / 4 * 3)
            {
                return;
            }
        }
    }

    public void Forget()
    {
        _byName.Clear();
        _byId.Clear();
    }

    public void Dispose() => _statements.Dispose();

    /// <summary>In observations, of which each takes some 200 bytes: ids of sessions and breakdowns can be long.</summary>
    private static int Weight(TraceRow row) =>
        row.Observations.Count + 1 + (((2 * (row.Listed?.SessionId.Length ?? 0)) + row.Breakdown.Length) / 1000);

    private TraceRow Use(TraceRow row)
    {
        row.LastUsed = ++_uses;
        return row;
    }

    private TraceRow? Load(Statement find)
    {
        if (!find.Step())
        {
            return null;
        }

        var row = new TraceRow
        {
            Id = find.Long(0),
            Session = find.Long(1),
            TraceId = new TraceId(find.Wide(2)),
            Hash = find.Wide(3),
            TextHash = find.Wide(4),
            ChangedAt = find.Long(5),
            NextDue = find.LongOrNull(6),
            Breakdown = find.Blob(10).ToArray(),
            Listed = new ListedSession(find.Text(7), find.Text(8), find.TextOrNull(9)),
        };
        find.Reset();
        _readObservations.Bind(1, row.Id);
        while (_readObservations.Step())
        {
            row.Observations[new ObservationId((ulong)_readObservations.Long(1))] = ReadObservation();
        }

        Add(row);
        return row;
    }

    private ObservationRow ReadObservation() =>
        new()
        {
            Id = _readObservations.Long(0),
            Hash = _readObservations.Wide(2),
            Readiness = (Readiness)_readObservations.Int(3),
            FirstSeen = _readObservations.Long(4),
            ChangedAt = _readObservations.Long(5),
            DueAt = _readObservations.LongOrNull(6),
            SettledAt = _readObservations.LongOrNull(7),
            SettledHash = _readObservations.IsNull(8) ? null : _readObservations.Wide(8),
        };
}
