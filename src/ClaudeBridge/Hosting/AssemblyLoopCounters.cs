using System.Collections.Concurrent;
using ClaudeBridge.Store.Counters;

namespace ClaudeBridge.Hosting;

/// <content>Counters for whoever asks: read between two steps, by the one thread that writes.</content>
internal sealed partial class AssemblyLoop : IUsageCounters
{
    private readonly ConcurrentQueue<TaskCompletionSource<UsageCounters?>> _counterRequests = new();

    /// <inheritdoc/>
    /// <remarks>Any thread. Until the store has what the journal held at the start, a store that is built again would show its sums on their way up from zero.</remarks>
    public Task<UsageCounters?> ReadAsync(CancellationToken cancel)
    {
        var request = new TaskCompletionSource<UsageCounters?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _counterRequests.Enqueue(request);
        if (_waiters.HasEnded)
        {
            EndWaits();
        }
        else
        {
            _wake.Release();
        }

        return request.Task.WaitAsync(cancel);
    }

    private void AnswerCounterRequests()
    {
        if (_counterRequests.IsEmpty)
        {
            return;
        }

        try
        {
            var counters = _isCatchingUp ? null : _writer.ReadCounters();
            while (_counterRequests.TryDequeue(out var request))
            {
                _ = request.TrySetResult(counters);
            }
        }
        catch (Exception failure)
        {
            while (_counterRequests.TryDequeue(out var request))
            {
                _ = request.TrySetException(failure);
            }

            throw;
        }
    }
}
