using ClaudeBridge.Store;

namespace ClaudeBridge.Hosting;

/// <content>What time brings to the store: observations that are settled, sessions that are deleted.</content>
internal sealed partial class AssemblyLoop
{
    /// <summary>Deleted in one turn at most, so that what arrives meanwhile does not wait.</summary>
    private const int DeletedAtATime = 200;

    /// <summary>With so many revisions on their way a destination is not behind: they are a few requests.</summary>
    private const int DeliveredAtOnce = 1_000;

    private int Settle(CancellationToken stopping)
    {
        var isBehind = DeliveredUpTo() < _writer.LastRevision - DeliveredAtOnce;
        var settled = _writer.Settle(_clock.GetUtcNow(), _options.SettleCount, isBehind ? Settler.OfTraceAtATime : int.MaxValue);
        if (settled > 0)
        {
            _changes?.Announce();
        }

        while (_settleRequests.TryDequeue(out var request))
        {
            try
            {
                TakeInAll(stopping);
                var all = _writer.SettleAll(_clock.GetUtcNow());
                settled += all;
                _changes?.Announce();
                request.SetResult(all);
            }
            catch (Exception failure)
            {
                request.SetException(failure);
                throw;
            }
        }

        Figures.AddSettled(settled);
        return settled;
    }

    private bool Clean()
    {
        var now = _clock.GetUtcNow();
        if (now < _cleanAt && _cleanAt - now <= _options.CleanEvery)
        {
            return false;
        }

        var aged = _aging.Read();
        var deleted = _writer.DeleteExpired(aged - _options.KeepFor, aged - _options.KeepQuiet, DeliveredUpTo(), DeletedAtATime);
        foreach (var session in deleted)
        {
            _applier.Forget(session);
        }

        Figures.AddDeleted(deleted.Count);
        if (deleted.Count > 0)
        {
            _changes?.Announce();
        }

        if (_writer.IsLookedThrough)
        {
            _cleanAt = now + _options.CleanEvery;
        }

        return deleted.Count > 0 || !_writer.IsLookedThrough;
    }
}
