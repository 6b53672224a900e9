using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Hosting;

/// <summary>Counts the changes of the store and wakes those who wait for one. Safe for many threads.</summary>
internal sealed class StoreChanges : IStoreChanges
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _news = New();
    private long _version;

    public long Version => Volatile.Read(ref _version);

    /// <remarks>All wait for one task; whoever gives up leaves nothing behind.</remarks>
    public async Task<long> WaitAsync(long known, CancellationToken cancel)
    {
        while (true)
        {
            Task news;
            lock (_lock)
            {
                if (_version != known)
                {
                    return _version;
                }

                news = _news.Task;
            }

            await news.WaitAsync(cancel);
        }
    }

    /// <summary>Something was committed that a reader can see.</summary>
    public void Announce()
    {
        TaskCompletionSource news;
        lock (_lock)
        {
            Volatile.Write(ref _version, _version + 1);
            news = _news;
            _news = New();
        }

        news.SetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
