using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store;

/// <summary>
/// Which sessions are so large that they are not computed anew with every step: what arrives for them waits, so that it holds up nobody else, and is taken in
/// for a bounded share of the time. The work on a trace that grows steadily so grows with its length, and not with its square. For one thread.
/// </summary>
/// <param name="waiting">What waits in the store already, by session key.</param>
internal sealed class LargeSessions(TimeProvider clock, IReadOnlyList<KeyValuePair<string, int>> waiting)
{
    /// <summary>Where a step did again for longer than this what was done before, the next records wait.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(100);

    /// <summary>So many records of one session in one step wait even if nothing is known of the session: each costs a new row as well.</summary>
    private const int ManyAtOnce = 4_000;

    /// <summary>After a large session was computed again, for so many times as long none is: that is the share, and how late they are.</summary>
    private const int RestFor = 2;

    /// <summary>Those that are large and wait for nothing: beyond this many they are found out again.</summary>
    private const int Remembered = 1_000;

    private readonly Dictionary<string, Large> _sessions = waiting.ToDictionary(
        static pair => pair.Key,
        static pair => new Large { Waiting = pair.Value },
        StringComparer.Ordinal
    );

    private long _restsSince;
    private TimeSpan _rest;
    private long _last;

    public bool IsAnyWaiting => _sessions.Values.Any(static session => session.Waiting > 0);

    /// <summary>How long until the next may be taken in: zero when it may be at once, null when nothing waits.</summary>
    public TimeSpan? NextIn =>
        !IsAnyWaiting ? null
        : clock.GetElapsedTime(_restsSince) is var rested && rested < _rest ? _rest - rested
        : TimeSpan.Zero;

    /// <summary>What callers say of a session does not wait: they ask for it right after.</summary>
    public bool MustWait(string sessionKey, IReadOnlyList<Fact> facts) =>
        (facts.Count >= ManyAtOnce || _sessions.ContainsKey(sessionKey)) && !facts.Any(static fact => fact.Context is not null);

    /// <summary>The session that waits longest, and how many of its facts are enough for once; null when none waits.</summary>
    public (string Key, int Enough)? Next()
    {
        KeyValuePair<string, Large>? next = null;
        foreach (var session in _sessions)
        {
            if (session.Value.Waiting > 0 && (next is null || session.Value.Since < next.Value.Value.Since))
            {
                next = session;
            }
        }

        // As many as are computed together anyway: a trace that is there as a whole is then taken in within a few rounds.
        return next is { Key: var key, Value: var large } ? (key, (int)Math.Clamp(large.Work.Facts, ManyAtOnce, int.MaxValue)) : null;
    }

    /// <summary>Facts of a session were put aside.</summary>
    public void Waits(string sessionKey, int facts)
    {
        if (!_sessions.TryGetValue(sessionKey, out var large))
        {
            _sessions[sessionKey] = large = new Large();
        }

        large.Since = large.Waiting == 0 ? ++_last : large.Since;
        large.Waiting += facts;
    }

    /// <summary>Something of a session was computed.</summary>
    public void Worked(string sessionKey, AssemblyWork work)
    {
        if (!_sessions.TryGetValue(sessionKey, out var large))
        {
            if (work.Repeated < Long)
            {
                return;
            }

            Trim();
            _sessions[sessionKey] = large = new Large();
        }

        // Small turns between the records of a large one do not make it small.
        large.Repeated = work.Repeated > large.Repeated ? work.Repeated : large.Repeated * 15 / 16;
        large.Work = work;
        if (large.Waiting == 0 && large.Repeated < Long)
        {
            _ = _sessions.Remove(sessionKey);
        }
    }

    /// <summary>Facts that waited are in.</summary>
    /// <param name="since">When that was begun: a timestamp of the clock.</param>
    public void TakenIn(WaitingFacts taken, AssemblyWork work, long since)
    {
        if (_sessions.TryGetValue(taken.SessionKey, out var large))
        {
            large.Waiting = taken.Facts.Count == 0 ? 0 : Math.Max(0, large.Waiting - taken.Facts.Count);
            large.Since = ++_last;
        }

        Worked(taken.SessionKey, work);
        _restsSince = clock.GetTimestamp();
        // What is new is owed to nobody; a busy machine takes longer than was thought.
        var took = clock.GetElapsedTime(since, _restsSince) * (work.Repeated / (work.Whole + TimeSpan.FromTicks(1)));
        _rest = RestFor * (took > work.Repeated ? took : work.Repeated);
    }

    /// <summary>A session was deleted.</summary>
    public void Forget(string sessionKey) => _sessions.Remove(sessionKey);

    private void Trim()
    {
        if (_sessions.Count >= Remembered)
        {
            foreach (var (key, _) in _sessions.Where(static pair => pair.Value.Waiting == 0).ToList())
            {
                _ = _sessions.Remove(key);
            }
        }
    }

    private sealed class Large
    {
        /// <summary>The last that was done for it.</summary>
        public AssemblyWork Work { get; set; }

        /// <summary>What it takes to do again what was done before, as of late.</summary>
        public TimeSpan Repeated { get; set; }

        /// <summary>Facts in the store that are not taken in.</summary>
        public int Waiting { get; set; }

        /// <summary>Orders those that wait.</summary>
        public long Since { get; set; }
    }
}
