using ClaudeBridge.Sessions;
using ClaudeBridge.Store;

namespace ClaudeBridge.Tests.Exporters;

/// <summary>A feed in memory that keeps the contract: a changed observation gets the next revision and loses the earlier one.</summary>
internal sealed class FakeFeed : IFeed
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, FeedItem> _items = [];
    private readonly Dictionary<object, long> _revisions = [];
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _epoch = "epoch-1";
    private long _latest;

    public string Epoch
    {
        get
        {
            lock (_gate)
            {
                return _epoch;
            }
        }
    }

    public long LatestRevision
    {
        get
        {
            lock (_gate)
            {
                return _latest;
            }
        }
    }

    /// <summary>Thrown by every read while set.</summary>
    public Exception? Failure { get; set; }

    /// <summary>The most items that one read gave.</summary>
    public int MostRead { get; private set; }

    public int Reads { get; private set; }

    /// <summary>The highest revision that was read.</summary>
    public long ReadUpTo { get; private set; }

    /// <summary>The highest revision that the reader has waited behind: up to it everything read has been taken in.</summary>
    public long WaitedAfter { get; private set; }

    /// <summary>Changes the feed while nobody can read it, so that one read sees everything that was added or nothing.</summary>
    public void AtOnce(Action change)
    {
        lock (_gate)
        {
            change();
        }
    }

    public long Add(Observation observation, TraceId traceId, TraceContext? context = null, bool isIncomplete = false) =>
        Add(revision => new ObservationItem(revision, traceId, context ?? Some.Context(), observation, isIncomplete));

    public long Add(SessionScores scores, DateTimeOffset? historyFrom = null) =>
        Add(revision => new ScoresItem(revision, scores, historyFrom));

    /// <summary>Rebuilds: everything that is held gets new revisions in another order, in another epoch.</summary>
    public void Rebuild(string epoch, bool isIncomplete = false, Func<Observation, Observation>? change = null)
    {
        lock (_gate)
        {
            var items = _items.Values.Reverse().ToList();
            _items.Clear();
            _revisions.Clear();
            (_epoch, _latest) = (epoch, 0);
            foreach (var item in items)
            {
                Add(revision =>
                    item is ObservationItem one
                        ? one with
                        {
                            Revision = revision,
                            Observation = change?.Invoke(one.Observation) ?? one.Observation,
                            IsHistoryIncomplete = isIncomplete,
                        }
                        : item with
                        {
                            Revision = revision,
                        }
                );
            }
        }
    }

    /// <summary>A power cut took the last revisions from the store: what had them has none, and they are given anew.</summary>
    public void GoBack(long latest)
    {
        lock (_gate)
        {
            foreach (var (revision, item) in _items.Where(item => item.Key > latest).ToList())
            {
                _items.Remove(revision);
                _revisions.Remove(KeyOf(item));
            }

            _latest = latest;
        }
    }

    /// <summary>The store is set aside; for a moment it still tells the latest revision that it had.</summary>
    public void BeginAnew(string epoch)
    {
        lock (_gate)
        {
            _items.Clear();
            _revisions.Clear();
            _epoch = epoch;
        }
    }

    public IReadOnlyList<FeedItem> Read(long afterRevision, int max)
    {
        lock (_gate)
        {
            Reads++;
            if (Failure is not null)
            {
                throw Failure;
            }

            var items = _items.SkipWhile(item => item.Key <= afterRevision).Take(max).Select(static item => item.Value).ToList();
            MostRead = Math.Max(MostRead, items.Count);
            ReadUpTo = items.Count > 0 ? Math.Max(ReadUpTo, items[^1].Revision) : ReadUpTo;
            return items;
        }
    }

    public IReadOnlyList<ObservationItem> FindObservations(TraceId trace, ObservationId observation)
    {
        lock (_gate)
        {
            return [.. _items.Values.OfType<ObservationItem>().Where(item => item.TraceId == trace && item.Observation.Id == observation)];
        }
    }

    public IReadOnlyList<ScoresItem> FindScores(string sessionId)
    {
        lock (_gate)
        {
            return [.. _items.Values.OfType<ScoresItem>().Where(item => item.Scores.SessionId == sessionId)];
        }
    }

    /// <summary>The store no longer holds anything; what was given stays given.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _items.Clear();
            _revisions.Clear();
        }
    }

    public Task WaitAsync(long afterRevision, CancellationToken cancel)
    {
        lock (_gate)
        {
            WaitedAfter = Math.Max(WaitedAfter, afterRevision);
            return _latest > afterRevision ? Task.CompletedTask : _grown.Task.WaitAsync(cancel);
        }
    }

    private static object KeyOf(FeedItem item) =>
        item switch
        {
            ObservationItem one => (one.TraceId, one.Observation.Id),
            ScoresItem scores => scores.Scores.SessionId,
            _ => item,
        };

    private long Add(Func<long, FeedItem> make)
    {
        lock (_gate)
        {
            var item = make(++_latest);
            if (_revisions.TryGetValue(KeyOf(item), out var earlier))
            {
                _items.Remove(earlier);
            }

            _revisions[KeyOf(item)] = _latest;
            _items[_latest] = item;
            var grown = _grown;
            _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            grown.SetResult();
            return _latest;
        }
    }
}
