namespace ClaudeBridge.Store;

/// <content>Deleting what is too old.</content>
internal sealed partial class StoreWriter
{
    /// <summary>Sessions are deleted in one transaction until it has so many rows: some tens of milliseconds.</summary>
    private const int MostRowsAtATime = 5_000;

    private bool _hasDeleted;
    private bool _hasDeletedWords;
    private DateTimeOffset _wordsForgotten;

    /// <summary>Nothing is left for <see cref="DeleteExpired"/> that was too old when it last began with the first session.</summary>
    public bool IsLookedThrough => _expired.IsRoundOver;

    /// <summary>
    /// Deletes sessions that ended and have been quiet for long enough, with all that belongs to them. Each call goes on where the last one ended, and takes
    /// milliseconds however many sessions there are; with the last of them it is <see cref="IsLookedThrough"/>.
    /// </summary>
    /// <param name="deliveredUpTo">A session with an observation of a later revision, or one not yet settled, stays.</param>
    /// <returns>The keys of the deleted sessions.</returns>
    public IReadOnlyList<string> DeleteExpired(DateTimeOffset endedBefore, DateTimeOffset quietSince, long deliveredUpTo, int maxSessions)
    {
        var deleted = new List<string>();
        var candidates = _expired.Find(
            endedBefore.ToUnixTimeMilliseconds(),
            quietSince.ToUnixTimeMilliseconds(),
            deliveredUpTo,
            maxSessions
        );
        if (candidates.Count > 0)
        {
            _ = InTransaction(() => Delete(candidates, deleted));
            _hasDeleted = _hasDeletedWords = true;
            _facts.Forget();
            _series.Forget();
            _rows.Forget();
        }

        if (IsLookedThrough)
        {
            EndRound(endedBefore, quietSince);
        }

        return deleted;
    }

    /// <param name="deleted">Gets the keys of those that were.</param>
    private int Delete(IReadOnlyList<(long Id, string Key)> sessions, List<string> deleted)
    {
        var rows = 0;
        foreach (var (session, key) in sessions)
        {
            _counters.Retire(session);
            rows += _expired.Delete(session);
            deleted.Add(key);
            if (rows >= MostRowsAtATime && deleted.Count < sessions.Count)
            {
                _expired.GoOnAfter(session);
                break;
            }
        }

        return rows;
    }

    /// <summary>What is done once all that is too old is deleted. The index of words is written anew as a whole, so at most once a day.</summary>
    private void EndRound(DateTimeOffset endedBefore, DateTimeOffset quietSince)
    {
        if (_hasDeleted)
        {
            _hasDeleted = false;
            _ = InTransaction(() =>
            {
                _members.DeleteOld(endedBefore, quietSince.ToUnixTimeMilliseconds());
                return 0;
            });
        }

        if (_hasDeletedWords && quietSince - _wordsForgotten >= TimeSpan.FromDays(1))
        {
            _ = InTransaction(() =>
            {
                _expired.ForgetWords();
                return 0;
            });
            (_hasDeletedWords, _wordsForgotten) = (false, quietSince);
        }
    }
}
