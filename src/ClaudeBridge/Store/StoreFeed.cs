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
    public IReadOnlyList<FeedItem> Read(long afterRevision, int max)
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
                return OpenReader_NeedsLock().Read(afterRevision, max);
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
        private readonly Statement _historyFrom;

        public Reader(SqliteConnection connection, string epoch)
        {
            Epoch = epoch;
            _connection = connection;
            _statements = new Statements(connection.Handle!);
            _read = _statements.Prepare(
                """
                SELECT o.revision, o.observation_id, o.readiness, c.data, t.id, t.trace_id, x.context, t.is_opened, t.start_nano
                FROM observations o JOIN contents c ON c.observation = o.id JOIN traces t ON t.id = o.trace JOIN trace_contexts x ON x.trace = t.id
                WHERE o.revision > ?1 ORDER BY o.revision LIMIT ?2
                """
            );
            _readScores = _statements.Prepare(
                "SELECT revision, view FROM sessions WHERE revision > ?1 AND view IS NOT NULL ORDER BY revision LIMIT ?2"
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
                var scores = ReadScores(afterRevision, max);
                var items = ReadObservations(afterRevision, max);
                return scores.Count == 0 ? items : [.. items.Concat(scores).OrderBy(static item => item.Revision).Take(max)];
            }
            finally
            {
                Statement.Execute(_connection.Handle!, "COMMIT");
            }
        }

        public void Dispose()
        {
            _statements.Dispose();
            _connection.Dispose();
        }

        private List<ScoresItem> ReadScores(long afterRevision, int max)
        {
            var items = new List<ScoresItem>();
            var historyFrom = HistoryFrom();
            _readScores.Bind(1, afterRevision).Bind(2, max);
            while (_readScores.Step())
            {
                items.Add(new ScoresItem(_readScores.Long(0), StoredSessionView.Read(_readScores.Text(1)).ToScores(), historyFrom));
            }

            return items;
        }

        private List<FeedItem> ReadObservations(long afterRevision, int max)
        {
            var items = new List<FeedItem>();
            var traces = new Dictionary<long, (TraceId Id, TraceContext Context, bool IsIncomplete)>();
            var historyFrom = HistoryFrom();
            _read.Bind(1, afterRevision).Bind(2, max);
            try
            {
                while (_read.Step())
                {
                    if (!traces.TryGetValue(_read.Long(4), out var trace))
                    {
                        trace = ReadTrace(historyFrom);
                        traces.Add(_read.Long(4), trace);
                    }

                    var observation = ObservationCodec.Read(
                        new ObservationId((ulong)_read.Long(1)),
                        (Readiness)_read.Int(2),
                        _read.Blob(3)
                    );
                    items.Add(new ObservationItem(_read.Long(0), trace.Id, trace.Context, observation, trace.IsIncomplete));
                }
            }
            finally
            {
                _read.Reset();
            }

            return items;
        }

        private (TraceId Id, TraceContext Context, bool IsIncomplete) ReadTrace(DateTimeOffset? historyFrom)
        {
            var start = Clock.ToTime((ulong)_read.Long(8));
            var opened = _read.Long(7) != 0;
            var incomplete = historyFrom is { } from && (start < from || (!opened && start < from + LongTurn));
            return (new TraceId(_read.Wide(5)), StoreJson.ReadContext(_read.Text(6)), incomplete);
        }

        private DateTimeOffset? HistoryFrom()
        {
            var text = _historyFrom.Step() ? _historyFrom.Text(0) : null;
            _historyFrom.Reset();
            return long.TryParse(text, CultureInfo.InvariantCulture, out var millis) ? WallTime.FromMillis(millis) : null;
        }
    }
}
