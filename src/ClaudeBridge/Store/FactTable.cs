using ClaudeBridge.Sessions;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Sessions, their buckets and the facts in them. Used by the one thread that writes.</summary>
internal sealed class FactTable : IFactSource, IDisposable
{
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

        var bucket = _findBucket.Bind(1, session).Bind(2, bucketKey).ReadLong() ?? _addBucket.Bind(1, session).Bind(2, bucketKey).Insert();
        _addPart.Bind(1, bucket).Bind(2, _buffer.Written).Run();
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
