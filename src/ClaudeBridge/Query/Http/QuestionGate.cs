using Microsoft.Extensions.Options;

namespace ClaudeBridge.Query.Http;

/// <summary>Lets a bounded number of questions read the store at one time, so that those who look never take the machine from those who send.</summary>
internal sealed class QuestionGate(IOptions<QueryOptions> options) : IDisposable
{
    private readonly QueryOptions _options = options.Value;
    private readonly SemaphoreSlim _free = new(options.Value.Concurrent, options.Value.Concurrent);
    private int _waiting;

    public void Dispose() => _free.Dispose();

    /// <exception cref="ApiProblemException">Too many wait already, or its turn did not come in time: 503.</exception>
    public async Task<T> AskAsync<T>(Func<T> question, CancellationToken cancel)
    {
        if (!_free.Wait(0, CancellationToken.None))
        {
            await WaitAsync(cancel);
        }

        try
        {
            // On a thread of its own: questions that read for seconds would keep the pool's few threads from those who send.
            return await Task.Factory.StartNew(question, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            _free.Release();
        }
    }

    private async Task WaitAsync(CancellationToken cancel)
    {
        try
        {
            if (Interlocked.Increment(ref _waiting) > _options.MaxWaiting || !await _free.WaitAsync(_options.WaitAtMost, cancel))
            {
                throw ApiProblemException.Busy("Too many questions are asked at the moment; ask again later.");
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
