using System.Globalization;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Counters;
using ClaudeBridge.Store.Lists;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Store;

/// <summary>Moves the store forward: each call is one transaction. For one thread.</summary>
/// <remarks>After an exception nothing of the call is in the store, and the writer can be used again.</remarks>
internal sealed partial class StoreWriter : IFactSource, IDisposable
{
    private readonly StoreDatabase _database;
    private readonly StoreFeed? _feed;
    private readonly FactTable _facts;
    private readonly SeriesTable _series;
    private readonly TraceRows _rows;
    private readonly MemberTable _members;
    private readonly TraceTexts _texts;
    private readonly SessionRowTable _sessionRows;
    private readonly CounterBook _counters;
    private readonly TraceTable _traces;
    private readonly SessionSettler _sessions;
    private readonly Settler _settler;
    private readonly ExpiredSessions _expired;
    private readonly Statements _statements;
    private readonly Statement _setPosition;

    /// <param name="feed">Told of new revisions; null when nobody reads them.</param>
    /// <param name="attribution">Who metrics are of; by the default lists when null.</param>
    public StoreWriter(
        StoreDatabase database,
        StoreFeed? feed,
        StoreOptions options,
        SettlingOptions settling,
        Attribution? attribution = null
    )
    {
        _database = database;
        _feed = feed;
        var remembered = options.ObservationCacheCount / 2;
        _facts = new FactTable(database.Handle, remembered);
        _counters = new CounterBook(database.Handle, remembered: remembered);
        _series = new SeriesTable(database.Handle, attribution ?? Attribution.Default, _counters, remembered);
        _rows = new TraceRows(database.Handle, options.ObservationCacheCount);
        _members = new MemberTable(database.Handle, attribution ?? Attribution.Default);
        _texts = new TraceTexts(database.Handle);
        _sessionRows = new SessionRowTable(database.Handle, options.ObservationCacheCount);
        _traces = new TraceTable(database.Handle, _rows, _texts, _sessionRows, _counters, settling);
        _sessions = new SessionSettler(database.Handle, _sessionRows, settling);
        _settler = new Settler(database.Handle, _rows, _texts, _sessions, settling);
        _expired = new ExpiredSessions(database.Handle, _sessionRows);
        _statements = new Statements(database.Handle);
        _setPosition = _statements.Prepare($"UPDATE meta SET value = ?1 WHERE key = '{MetaKey.JournalPosition}'");
        Position =
            ReadPosition(MetaKey.JournalPosition)
            ?? throw new StoreDamagedException("The store does not say up to which journal position it is true.");
        HistoryFrom = ReadHistoryFrom();
        RebuiltUpTo = ReadPosition(MetaKey.RebuiltUpTo) ?? JournalPosition.Start;
        _feed?.Announce(_settler.LastRevision);
    }

    /// <summary>Everything in the journal before this is in the store.</summary>
    public JournalPosition Position { get; private set; }

    /// <summary>Set when the store was built from a journal that no longer held everything: what came before this time may be missing.</summary>
    public DateTimeOffset? HistoryFrom { get; private set; }

    /// <summary>The store was lost once, or damaged, and is built again from the journal up to here; the start when it never was.</summary>
    public JournalPosition RebuiltUpTo { get; private set; }

    /// <summary>The highest revision given so far.</summary>
    public long LastRevision => _settler.LastRevision;

    /// <summary>When the next observation or session is due; null when all are settled. May already be over.</summary>
    public DateTimeOffset? NextDue => _settler.NextDue() is { } due ? WallTime.FromMillis(due) : null;

    /// <summary>Writes what a step changed and moves the position.</summary>
    /// <param name="points">Metric points by session key; a key may come more than once.</param>
    /// <param name="aside">Facts by session key that shall wait.</param>
    /// <param name="taken">Facts that waited until now and are among the changes.</param>
    /// <returns>How many of the points were there already.</returns>
    public int Apply(
        IReadOnlyList<SessionChange> changes,
        JournalPosition appliedUpTo,
        DateTimeOffset now,
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<MetricPoint>>>? points = null,
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>>? aside = null,
        WaitingFacts? taken = null
    )
    {
        var millis = now.ToUnixTimeMilliseconds();
        var repeated = InTransaction(() =>
        {
            foreach (var change in changes)
            {
                Apply(change, millis);
            }

            foreach (var (key, facts) in aside ?? [])
            {
                var session = _facts.SessionId(key, millis);
                _facts.AppendWaiting(session, facts);
                _sessions.Touch(session, key, millis);
            }

            if (taken is not null)
            {
                _facts.DeleteWaiting(_facts.SessionId(taken.SessionKey, millis), taken);
            }

            var known = points is null ? 0 : Apply(points, millis);
            _members.Write(millis);
            if (appliedUpTo != Position)
            {
                _setPosition.Bind(1, appliedUpTo.Value.ToString(CultureInfo.InvariantCulture)).Run();
            }

            return known;
        });
        Position = appliedUpTo;
        _rows.Trim();
        return repeated;
    }

    /// <summary>Gives the next revisions to the observations that are due, the longest due first, then to the sessions.</summary>
    /// <param name="maxOfTrace">How many observations of one trace at most; the rest of it follows after a pause.</param>
    /// <returns>How many; <paramref name="maxCount"/> means that there may be more.</returns>
    public int Settle(DateTimeOffset now, int maxCount, int maxOfTrace = int.MaxValue)
    {
        var millis = now.ToUnixTimeMilliseconds();
        return _settler.IsAnyDue(millis) ? Settle(millis, millis, maxCount, maxOfTrace) : 0;
    }

    /// <summary>Settles everything that is not settled, whatever it waits for.</summary>
    public int SettleAll(DateTimeOffset now)
    {
        const int AtATime = 10_000;
        var settled = 0;
        for (var count = AtATime; count == AtATime; settled += count)
        {
            count = Settle(long.MaxValue, now.ToUnixTimeMilliseconds(), AtATime);
        }

        return settled;
    }

    /// <summary>Says that what came before a time may be missing. A later time replaces an earlier one.</summary>
    public void SetHistoryFrom(DateTimeOffset time)
    {
        _database.WriteMeta(MetaKey.HistoryFrom, time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        HistoryFrom = time;
    }

    public void SetRebuiltUpTo(JournalPosition position)
    {
        _database.WriteMeta(MetaKey.RebuiltUpTo, position.Value.ToString(CultureInfo.InvariantCulture));
        RebuiltUpTo = position;
    }

    /// <inheritdoc cref="FactTable.ReadWaiting"/>
    public IReadOnlyList<KeyValuePair<string, int>> ReadWaiting() => _facts.ReadWaiting();

    /// <inheritdoc cref="FactTable.LoadWaiting"/>
    public WaitingFacts LoadWaiting(string sessionKey, int enough) => _facts.LoadWaiting(sessionKey, enough);

    public IReadOnlyList<BucketState> LoadBuckets(string sessionKey) => _facts.LoadBuckets(sessionKey);

    public IReadOnlyList<Fact> LoadFacts(string sessionKey, string bucketKey) => _facts.LoadFacts(sessionKey, bucketKey);

    /// <summary>The exact sums of a session's metrics, the oldest series first.</summary>
    /// <param name="sessionRow">The number of its row.</param>
    public IReadOnlyList<SeriesTotal> SumsOf(long sessionRow) => _series.SumsOf(sessionRow);

    /// <summary>Claude Code's figures as counters that never go down, of all that the store ever held.</summary>
    public UsageCounters ReadCounters() => _counters.Read();

    public void Dispose()
    {
        _facts.Dispose();
        _series.Dispose();
        _counters.Dispose();
        _traces.Dispose();
        _rows.Dispose();
        _settler.Dispose();
        _sessions.Dispose();
        _sessionRows.Dispose();
        _texts.Dispose();
        _members.Dispose();
        _expired.Dispose();
        _statements.Dispose();
    }

    private void Apply(SessionChange change, long now)
    {
        if (change.NewFacts.Count == 0 && change.Buckets.Count == 0 && change.Traces.Count == 0 && change.RemovedTraces.Count == 0)
        {
            return;
        }

        var session = _facts.SessionId(change.SessionKey, now);
        _facts.Append(session, change);
        _members.Add(change);
        foreach (var removed in change.RemovedTraces)
        {
            _traces.Remove(session, removed);
        }

        foreach (var trace in change.Traces)
        {
            _traces.Put(session, trace, now);
        }

        _sessions.Touch(session, change.SessionKey, now);
        _sessions.AddSequences(session, change);
    }

    private int Apply(IReadOnlyList<KeyValuePair<string, IReadOnlyList<MetricPoint>>> points, long now)
    {
        var repeated = 0;
        foreach (var (key, ofSession) in points)
        {
            var session = _facts.SessionId(key, now);
            var known = _series.Add(session, key, ofSession);
            repeated += known;
            if (known < ofSession.Count)
            {
                _members.Add(key, ofSession);
                _sessions.Touch(session, key, now);
            }
        }

        return repeated;
    }

    private int Settle(long dueUpTo, long now, int maxCount, int maxOfTrace = int.MaxValue)
    {
        var settled = InTransaction(() => _settler.Settle(dueUpTo, now, maxCount, maxOfTrace));
        _feed?.Announce(_settler.LastRevision);
        _rows.Trim();
        return settled;
    }

    private int InTransaction(Func<int> work)
    {
        Statement.Execute(_database.Handle, "BEGIN IMMEDIATE");
        try
        {
            var result = work();
            _sessionRows.Write();
            _counters.BeforeCommit();
            CrashPoints.Pass(CrashPoints.StoreCommit);
            Statement.Execute(_database.Handle, "COMMIT");
            CrashPoints.Pass(CrashPoints.StoreCommitted);
            _counters.Committed();
            return result;
        }
        catch
        {
            Undo();
            throw;
        }
    }

    private void Undo()
    {
        try
        {
            Statement.Execute(_database.Handle, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself already: disk full, I/O error.
        }

        _facts.Forget();
        _series.Forget();
        _counters.RolledBack();
        _rows.Forget();
        _sessionRows.Forget();
        _members.Forget();
        _traces.Restart();
        _settler.Restart();
        _expired.Restart();
    }

    private JournalPosition? ReadPosition(string key) =>
        long.TryParse(_database.ReadMeta(key), CultureInfo.InvariantCulture, out var position) ? new JournalPosition(position) : null;

    private DateTimeOffset? ReadHistoryFrom() =>
        long.TryParse(_database.ReadMeta(MetaKey.HistoryFrom), CultureInfo.InvariantCulture, out var millis)
            ? WallTime.FromMillis(millis)
            : null;
}
