using System.Globalization;
using ClaudeBridge.Sessions;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Store;

/// <summary>The feed over a read connection of its own. Safe for many readers.</summary>
internal sealed class StoreFeed(StoreDatabase database) : IFeed, IDisposable
{
    /// <summary>How long after the beginning of an incomplete history a turn without its opening record may have begun before it.</summary>
    private static readonly TimeSpan LongTurn = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Reader? _reader;
    private long _latest;
    private volatile bool _isHeld;

    public string Epoch => database.Epoch;

    public long LatestRevision => Volatile.Read(ref _latest);

    public bool IsReady => !_isHeld;

    /// <inheritdoc/>
    /// <exception cref="StoreDamagedException">The store cannot be read; it will be built anew with another epoch. Try again later.</exception>
    public IReadOnlyList<FeedItem> Read(long afterRevision, int max) => Ask(reader => reader.Read(afterRevision, max));

    /// <inheritdoc/>
    /// <exception cref="StoreDamagedException">As for <see cref="Read"/>.</exception>
    public IReadOnlyList<ObservationItem> FindObservations(TraceId trace, ObservationId observation) =>
        Ask(reader => reader.FindObservations(trace, observation));

    /// <inheritdoc/>
    /// <exception cref="StoreDamagedException">As for <see cref="Read"/>.</exception>
    public IReadOnlyList<ScoresItem> FindScores(string sessionId) => Ask(reader => reader.FindScores(sessionId));

    private IReadOnlyList<T> Ask<T>(Func<Reader, IReadOnlyList<T>> question)
    {
        lock (_lock)
        {
            if (_isHeld)
            {
                return [];
            }

            var epoch = database.Epoch;
            try
            {
                return question(OpenReader_NeedsLock());
            }
            catch (Exception failure) when (StoreDatabase.IsDamage(failure))
            {
                database.Suspect(failure, epoch);
                throw failure as StoreDamagedException ?? new StoreDamagedException("The store is damaged.", failure);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Also when the latest revision is an earlier one, or of another epoch: the store was built again, and may never come to the one that is waited for.</remarks>
    public Task WaitAsync(long afterRevision, CancellationToken cancel)
    {
        var epoch = Epoch;
        return WaitUntilAsync(() => !_isHeld && (_latest != afterRevision || Epoch != epoch), cancel);
    }

    /// <inheritdoc/>
    public Task ReadyAsync(CancellationToken cancel) => WaitUntilAsync(() => !_isHeld, cancel);

    /// <summary>Told by the writer after a commit: wakes those who wait.</summary>
    public void Announce(long latestRevision)
    {
        if (latestRevision != Volatile.Read(ref _latest))
        {
            Change(() => Volatile.Write(ref _latest, latestRevision));
        }
    }

    /// <summary>The store is behind what it was: until it has caught up, readers find nothing, lest a turn as it was then goes over what it has become.</summary>
    public void Hold() => Change(() => _isHeld = true);

    /// <summary>Readers find what is there.</summary>
    public void Release()
    {
        if (_isHeld)
        {
            Change(() => _isHeld = false);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _reader?.Dispose();
            _reader = null;
        }
    }

    private void Change(Action change)
    {
        TaskCompletionSource news;
        lock (_lock)
        {
            change();
            news = _news;
            _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        news.SetResult();
    }

    private async Task WaitUntilAsync(Func<bool> condition, CancellationToken cancel)
    {
        while (true)
        {
            Task news;
            lock (_lock)
            {
                if (condition())
                {
                    return;
                }

                news = _news.Task;
            }

            await news.WaitAsync(cancel);
        }
    }

    /// <summary>A file that was set aside is a new epoch: its connection is given up.</summary>
    private Reader OpenReader_NeedsLock()
    {
        var epoch = database.Epoch;
        if (_reader is { } open && open.Epoch == epoch)
        {
            return open;
        }

        _reader?.Dispose();
        _reader = null;
        return _reader = new Reader(database.OpenReader(), epoch);
    }

    private sealed class Reader : IDisposable
    {
        private readonly SqliteConnection _connection;
        private readonly Statements _statements;
        private readonly Statement _read;
        private readonly Statement _readScores;
        private readonly Statement _find;
        private readonly Statement _findScores;
        private readonly Statement _historyFrom;

        public Reader(SqliteConnection connection, string epoch)
        {
            Epoch = epoch;
            _connection = connection;
            _statements = new Statements(connection.Handle!);
            const string Observations = """
                SELECT o.revision, o.observation_id, o.readiness, c.data, t.id, t.trace_id, x.context, t.is_opened, t.start_nano
                FROM observations o JOIN contents c ON c.observation = o.id JOIN traces t ON t.id = o.trace JOIN trace_contexts x ON x.trace = t.id
                """;
            const string Scores = "SELECT revision, view, key FROM sessions";
            _read = _statements.Prepare($"{Observations} WHERE o.revision > ?1 ORDER BY o.revision LIMIT ?2");
            _find = _statements.Prepare($"{Observations} WHERE t.trace_id = ?1 AND o.observation_id = ?2 AND o.revision IS NOT NULL");
            _readScores = _statements.Prepare($"{Scores} WHERE revision > ?1 AND view IS NOT NULL ORDER BY revision LIMIT ?2");
            // A tenant stands before its keys: they lie together, and few tenants have the same session id.
            _findScores = _statements.Prepare(
                $"{Scores} WHERE revision IS NOT NULL AND view IS NOT NULL AND (key = ?1 OR (key > 'tenant:' AND key < 'tenant;' AND substr(key, -length(?1) - 1) = '/' || ?1))"
            );
            _historyFrom = _statements.Prepare($"SELECT value FROM meta WHERE key = '{MetaKey.HistoryFrom}'");
        }

        public string Epoch { get; }

        /// <summary>Both kinds share one run of revisions.</summary>
        public List<FeedItem> Read(long afterRevision, int max)
        {
            // One snapshot: what is given a later revision between two questions must not be missed.
            Statement.Execute(_connection.Handle!, "BEGIN");
            try
            {
                var scores = ReadScores(_readScores.Bind(1, afterRevision).Bind(2, max));
                var items = ReadObservations(_read.Bind(1, afterRevision).Bind(2, max));
                return [.. scores.Count == 0 ? items : items.Concat<FeedItem>(scores).OrderBy(static item => item.Revision).Take(max)];
            }
            finally
            {
                Statement.Execute(_connection.Handle!, "COMMIT");
            }
        }

        public List<ObservationItem> FindObservations(TraceId trace, ObservationId observation) =>
            ReadObservations(_find.Bind(1, trace.ToBytes()).Bind(2, (long)observation.Value));

        public List<ScoresItem> FindScores(string sessionId) => ReadScores(_findScores.Bind(1, SessionKey.OfSession(sessionId)));

        public void Dispose()
        {
            _statements.Dispose();
            _connection.Dispose();
        }

        private List<ScoresItem> ReadScores(Statement question)
        {
            var items = new List<ScoresItem>();
            var historyFrom = HistoryFrom();
            try
            {
                while (question.Step())
                {
                    items.Add(
                        new ScoresItem(question.Long(0), StoredSessionView.Read(question.Text(1)).ToScores(question.Text(2)), historyFrom)
                    );
                }
            }
            finally
            {
                question.Reset();
            }

            return items;
        }

        private List<ObservationItem> ReadObservations(Statement question)
        {
            var items = new List<ObservationItem>();
            var traces = new Dictionary<long, (TraceId Id, TraceContext Context, bool IsIncomplete)>();
            var historyFrom = HistoryFrom();
            try
            {
                while (question.Step())
                {
                    if (!traces.TryGetValue(question.Long(4), out var trace))
                    {
                        trace = ReadTrace(question, historyFrom);
                        traces.Add(question.Long(4), trace);
                    }

                    var observation = ObservationCodec.Read(
                        new ObservationId((ulong)question.Long(1)),
                        (Readiness)question.Int(2),
                        question.Blob(3)
                    );
                    items.Add(new ObservationItem(question.Long(0), trace.Id, trace.Context, observation, trace.IsIncomplete));
                }
            }
            finally
            {
                question.Reset();
            }

            return items;
        }

        private static (TraceId Id, TraceContext Context, bool IsIncomplete) ReadTrace(Statement row, DateTimeOffset? historyFrom)
        {
            var start = Clock.ToTime((ulong)row.Long(8));
            var opened = row.Long(7) != 0;
            var incomplete = historyFrom is { } from && (start < from || (!opened && start < from + LongTurn));
            return (new TraceId(row.Wide(5)), StoreJson.ReadContext(row.Text(6)), incomplete);
        }

        private DateTimeOffset? HistoryFrom()
        {
            var text = _historyFrom.Step() ? _historyFrom.Text(0) : null;
            _historyFrom.Reset();
            return long.TryParse(text, CultureInfo.InvariantCulture, out var millis) ? WallTime.FromMillis(millis) : null;
        }
    }
}
