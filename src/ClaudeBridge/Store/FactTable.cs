using ClaudeBridge.Sessions;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Sessions, their buckets and the facts in them. Used by the one thread that writes.</summary>
internal sealed class FactTable : IFactSource, IDisposable
{
    /// <summary>How many facts that wait are kept, and read again, as one.</summary>
    private const int WaitingTogether = 1_000;

    /// <summary>Longer session ids are looked up each time, so that what is remembered is bounded in bytes too.</summary>
    private const int LongestRemembered = 200;

    private readonly int _remembered;
    private readonly ByteWriter _buffer = new();
    private readonly Dictionary<string, long> _sessionIds = [];
    private readonly Dictionary<(long Session, UInt128 Hash), long> _originIds = [];
    private readonly Dictionary<Origin, long> _originsOfStep = new(ReferenceEqualityComparer.Instance);
    private readonly Statements _statements;
    private readonly Statement _findSession;
    private readonly Statement _addSession;
    private readonly Statement _findBucket;
    private readonly Statement _putBucket;
    private readonly Statement _addBucket;
    private readonly Statement _readBuckets;
    private readonly Statement _findOrigin;
    private readonly Statement _addOrigin;
    private readonly Statement _readOrigin;
    private readonly Statement _addPart;
    private readonly Statement _readParts;
    private readonly Statement _addWaiting;
    private readonly Statement _readWaiting;
    private readonly Statement _deleteWaiting;
    private readonly Statement _countWaiting;

    /// <param name="remembered">Numbers of sessions, and of origins, that need not be looked up.</param>
    public FactTable(sqlite3 connection, int remembered)
    {
        _remembered = remembered;
        _statements = new Statements(connection);
        _findSession = _statements.Prepare("SELECT id FROM sessions WHERE key = ?1");
        _addSession = _statements.Prepare("INSERT INTO sessions(key, changed_at) VALUES(?1, ?2)");
        _findBucket = _statements.Prepare("SELECT id FROM buckets WHERE session = ?1 AND key = ?2");
        _putBucket = _statements.Prepare(
            "INSERT INTO buckets(session, key, summary) VALUES(?1, ?2, ?3) ON CONFLICT(session, key) DO UPDATE SET summary = excluded.summary"
        );
        _addBucket = _statements.Prepare("INSERT INTO buckets(session, key, summary) VALUES(?1, ?2, '')");
        _readBuckets = _statements.Prepare("SELECT key, summary FROM buckets WHERE session = ?1 ORDER BY id");
        _findOrigin = _statements.Prepare("SELECT id FROM origins WHERE session = ?1 AND hash = ?2");
        _addOrigin = _statements.Prepare("INSERT INTO origins(session, hash, data) VALUES(?1, ?2, ?3)");
        _readOrigin = _statements.Prepare("SELECT data FROM origins WHERE id = ?1");
        _addPart = _statements.Prepare("INSERT INTO parts(bucket, data) VALUES(?1, ?2)");
        _readParts = _statements.Prepare("SELECT data FROM parts WHERE bucket = ?1 ORDER BY id");
        _addWaiting = _statements.Prepare("INSERT INTO waiting(session, facts, data) VALUES(?1, ?2, ?3)");
        _readWaiting = _statements.Prepare("SELECT id, data FROM waiting WHERE session = ?1 ORDER BY id");
        _deleteWaiting = _statements.Prepare("DELETE FROM waiting WHERE session = ?1 AND id <= ?2");
        _countWaiting = _statements.Prepare(
            "SELECT s.key, SUM(w.facts) FROM waiting w JOIN sessions s ON s.id = w.session GROUP BY s.id ORDER BY MIN(w.id)"
        );
    }

    /// <summary>The row of a session, made when there is none.</summary>
    public long SessionId(string key, long nowMillis)
    {
        if (FindSession(key) is { } known)
        {
            return known;
        }

        return Remember(key, _addSession.Bind(1, key).Bind(2, nowMillis).Insert());
    }

    public void Append(long session, SessionChange change)
    {
        foreach (var bucket in change.Buckets)
        {
            _putBucket.Bind(1, session).Bind(2, bucket.Key).Bind(3, bucket.Summary).Run();
        }

        foreach (var (bucket, facts) in change.NewFacts)
        {
            if (facts.Count > 0)
            {
                AppendPart(session, bucket, facts);
            }
        }

        _originsOfStep.Clear();
    }

    /// <summary>Every bucket of a session, oldest first; empty when the session is unknown.</summary>
    public IReadOnlyList<BucketState> LoadBuckets(string sessionKey)
    {
        var buckets = new List<BucketState>();
        if (FindSession(sessionKey) is { } session)
        {
            _readBuckets.Bind(1, session);
            while (_readBuckets.Step())
            {
                buckets.Add(new BucketState(_readBuckets.Text(0), _readBuckets.Text(1)));
            }
        }

        return buckets;
    }

    public IReadOnlyList<Fact> LoadFacts(string sessionKey, string bucketKey)
    {
        var facts = new List<Fact>();
        if (FindSession(sessionKey) is not { } session || _findBucket.Bind(1, session).Bind(2, bucketKey).ReadLong() is not { } bucket)
        {
            return facts;
        }

        var origins = new Dictionary<long, Origin>();
        _readParts.Bind(1, bucket);
        try
        {
            while (_readParts.Step())
            {
                FactCodec.Read(_readParts.Blob(0), id => LoadOrigin(id, origins), facts);
            }
        }
        finally
        {
            _readParts.Reset();
        }

        return facts;
    }

    /// <summary>Puts facts aside: they belong to no bucket until they are taken in.</summary>
    public void AppendWaiting(long session, IReadOnlyList<Fact> facts)
    {
        foreach (var some in facts.Chunk(WaitingTogether))
        {
            Encode(session, some);
            _addWaiting.Bind(1, session).Bind(2, some.Length).Bind(3, _buffer.Written).Run();
        }

        _originsOfStep.Clear();
    }

    /// <summary>What waits of a session, in the order in which it came.</summary>
    /// <param name="enough">No more is read once there are so many facts.</param>
    public WaitingFacts LoadWaiting(string sessionKey, int enough)
    {
        var facts = new List<Fact>();
        long last = 0;
        if (FindSession(sessionKey) is not { } session)
        {
            return new WaitingFacts(sessionKey, facts, last);
        }

        var origins = new Dictionary<long, Origin>();
        _readWaiting.Bind(1, session);
        try
        {
            while (facts.Count < enough && _readWaiting.Step())
            {
                last = _readWaiting.Long(0);
                FactCodec.Read(_readWaiting.Blob(1), id => LoadOrigin(id, origins), facts);
            }
        }
        finally
        {
            _readWaiting.Reset();
        }

        return new WaitingFacts(sessionKey, facts, last);
    }

    /// <summary>They were taken in.</summary>
    public void DeleteWaiting(long session, WaitingFacts taken) => _deleteWaiting.Bind(1, session).Bind(2, taken.Last).Run();

    /// <summary>The sessions of which facts wait, with how many, the one that waits longest first.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> ReadWaiting()
    {
        var sessions = new List<KeyValuePair<string, int>>();
        while (_countWaiting.Step())
        {
            sessions.Add(new(_countWaiting.Text(0), _countWaiting.Int(1)));
        }

        return sessions;
    }

    /// <summary>Forgets what is remembered of the tables: after a rollback it may not be true.</summary>
    public void Forget()
    {
        _sessionIds.Clear();
        _originIds.Clear();
        _originsOfStep.Clear();
    }

    public void Dispose() => _statements.Dispose();

    private void AppendPart(long session, string bucketKey, IReadOnlyList<Fact> facts)
    {
        Encode(session, facts);
        var bucket = _findBucket.Bind(1, session).Bind(2, bucketKey).ReadLong() ?? _addBucket.Bind(1, session).Bind(2, bucketKey).Insert();
        _addPart.Bind(1, bucket).Bind(2, _buffer.Written).Run();
    }

    /// <summary>Into the buffer.</summary>
    private void Encode(long session, IReadOnlyList<Fact> facts)
    {
        // Origins first: both use the one buffer.
        foreach (var fact in facts)
        {
            if (!_originsOfStep.ContainsKey(fact.Origin))
            {
                _originsOfStep[fact.Origin] = OriginId(session, fact.Origin);
            }
        }

        _buffer.Clear();
        foreach (var fact in facts)
        {
            FactCodec.Write(fact, _originsOfStep[fact.Origin], _buffer);
        }
    }

    private long OriginId(long session, Origin origin)
    {
        _buffer.Clear();
        FactCodec.WriteOrigin(origin, _buffer);
        var hash = _buffer.Hash();
        if (_originIds.TryGetValue((session, hash), out var known))
        {
            return known;
        }

        var id =
            _findOrigin.Bind(1, session).Bind(2, hash).ReadLong()
            ?? _addOrigin.Bind(1, session).Bind(2, hash).Bind(3, _buffer.Written).Insert();
        return Remember(_originIds, (session, hash), id);
    }

    private Origin LoadOrigin(long id, Dictionary<long, Origin> loaded)
    {
        if (loaded.TryGetValue(id, out var known))
        {
            return known;
        }

        if (!_readOrigin.Bind(1, id).Step())
        {
            throw new StoreDamagedException("A record in the store names an origin that is not there.");
        }

        var origin = FactCodec.ReadOrigin(_readOrigin.Blob(0));
        _readOrigin.Reset();
        loaded[id] = origin;
        return origin;
    }

    private long? FindSession(string key)
    {
        if (_sessionIds.TryGetValue(key, out var id))
        {
            return id;
        }

        return _findSession.Bind(1, key).ReadLong() is { } found ? Remember(key, found) : null;
    }

    private long Remember(string key, long id) => key.Length > LongestRemembered ? id : Remember(_sessionIds, key, id);

    private long Remember<TKey>(Dictionary<TKey, long> ids, TKey key, long id)
        where TKey : notnull
    {
        if (ids.Count >= _remembered)
        {
            ids.Clear();
        }

        ids[key] = id;
        return id;
    }
}

/// <summary>Facts that waited and are taken in now.</summary>
/// <param name="Last">The number of the last row that was read.</param>
internal sealed record WaitingFacts(string SessionKey, IReadOnlyList<Fact> Facts, long Last);
