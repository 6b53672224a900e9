namespace ClaudeBridge.Sessions;

/// <summary>One session in memory: a cache of what the store holds. Single-threaded.</summary>
public sealed class SessionState
{
    /// <summary>Holds what belongs to no trace and no prompt: start-up records, and everything of clients that name neither.</summary>
    internal const string LooseBucket = "loose";

    /// <summary>Holds what callers said of the session.</summary>
    internal const string ContextBucket = "context";

    private readonly SortedDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private readonly IFactSource _source;

    /// <param name="key">The session's key as <see cref="RecordReader"/> gave it.</param>
    /// <param name="buckets">Every bucket that the store has for this session; empty for a new one.</param>
    /// <param name="facts">Where bucket contents come from when needed.</param>
    public SessionState(string key, IReadOnlyList<BucketState> buckets, IFactSource facts)
    {
        Key = key;
        _source = facts;
        foreach (var bucket in buckets)
        {
            _buckets[bucket.Key] = new Bucket(this, bucket.Key, BucketSummary.Read(bucket.Summary));
        }

        Plan = TurnPlanner.Plan(this);
    }

    public string Key { get; }

    /// <summary>About how much memory the cached facts take, in bytes.</summary>
    public long CachedBytes { get; private set; }

    /// <summary>How many buckets it has.</summary>
    public int BucketCount => _buckets.Count;

    internal IEnumerable<Bucket> Buckets => _buckets.Values;

    /// <summary>Which turns there are and what they consist of, as of the last step.</summary>
    internal IReadOnlyList<Turn> Plan { get; set; }

    /// <summary>Lets go of cached facts; they are loaded again when needed.</summary>
    public void Trim()
    {
        foreach (var bucket in _buckets.Values)
        {
            bucket.Release();
        }

        CachedBytes = 0;
    }

    internal Bucket? Find(string key) => _buckets.GetValueOrDefault(key);

    internal Bucket GetOrAdd(string key)
    {
        if (!_buckets.TryGetValue(key, out var bucket))
        {
            _buckets[key] = bucket = new Bucket(this, key, new BucketSummary(), isNew: true);
        }

        return bucket;
    }

    /// <summary>The bucket that a fact belongs to: by its own content alone, so that facts never move.</summary>
    internal static string BucketOf(Fact fact) => fact.Context is null ? BucketOf(fact.Reading) : ContextBucket;

    private static string BucketOf(RecordReading reading) =>
        reading.TraceId is { } trace && !reading.IsSpanApart ? TraceBucket(trace)
        : reading.PromptId is { } prompt && !reading.IsSpanApart ? PromptBucket(prompt)
        : LooseBucket;

    internal static string TraceBucket(TraceId trace) => "trace:" + trace;

    internal static string PromptBucket(string prompt) => "prompt:" + prompt;

    /// <summary>The facts of one bucket: loaded when first asked for, kept until trimmed.</summary>
    internal sealed class Bucket(SessionState session, string key, BucketSummary summary, bool isNew = false)
    {
        private Dictionary<RecordId, Fact>? _facts = isNew ? [] : null;
        private List<Fact>? _inOrder;

        public string Key { get; } = key;

        public BucketSummary Summary { get; } = summary;

        public IReadOnlyCollection<Fact> Facts => Load().Values;

        /// <summary>The facts sorted. Stays valid until a fact is added.</summary>
        public IReadOnlyList<Fact> InOrder => _inOrder ??= [.. Facts.Order()];

        /// <summary>False when the fact is there already.</summary>
        public bool TryAdd(Fact fact)
        {
            var added = Load().TryAdd(fact.Id, fact);
            if (added)
            {
                // Sorting anew would cost more with every step of a long session.
                if (_inOrder is { } sorted)
                {
                    sorted.Insert(~sorted.BinarySearch(fact), fact);
                }

                session.CachedBytes += SizeOf(fact);
            }

            return added;
        }

        public void Release() => (_facts, _inOrder) = (null, null);

        private Dictionary<RecordId, Fact> Load()
        {
            if (_facts is null)
            {
                _facts = [];
                foreach (var fact in session._source.LoadFacts(session.Key, Key))
                {
                    if (_facts.TryAdd(fact.Id, fact))
                    {
                        session.CachedBytes += SizeOf(fact);
                    }
                }
            }

            return _facts;
        }

        /// <summary>Texts are twice as long in memory as on the wire, and each attribute costs some objects.</summary>
        private static long SizeOf(Fact fact) =>
            400
            + fact switch
            {
                { Log: { } log } => (2L * log.CalculateSize()) + (150L * log.Attributes.Count),
                { Span: { } span } => (2L * span.CalculateSize()) + (150L * span.Attributes.Count),
                _ => 4L * fact.Context!.Body.Length,
            };
    }
}
