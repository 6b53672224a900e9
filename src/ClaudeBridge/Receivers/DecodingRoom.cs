using Microsoft.Extensions.Options;

namespace ClaudeBridge.Receivers;

/// <summary>
/// How many bodies are read at one time, by what reading them takes of memory (<see cref="BodyDecoder.MemoryFor"/>).
/// Large ones wait for each other; small ones have room of their own, so that a crowd of large senders does not hold them up.
/// </summary>
/// <remarks>As much as <see cref="ReceiverOptions.MaxInFlightBytes"/> in all. A body that needs more than there is goes alone.</remarks>
internal sealed class DecodingRoom(IOptions<ReceiverOptions> options, TimeProvider clock, HeapRoom? heap = null)
{
    /// <summary>Below this, one large body takes most of what the bridge may have.</summary>
    private const long TightBytes = 32 * 1024 * 1024;

    private readonly Lane _large = new(options.Value.MaxInFlightBytes - options.Value.MaxInFlightBytes / 4, clock);
    private readonly Lane _small = new(options.Value.MaxInFlightBytes / 4, clock);

    /// <summary>What is read and what is being stored do not fit into memory beside each other.</summary>
    public bool IsTight => options.Value.MaxInFlightBytes < TightBytes;

    /// <param name="memory">Bytes that reading it takes.</param>
    /// <param name="patience">How long to wait for room.</param>
    /// <returns>The room, to be given back by disposing of it; null when there was none in time.</returns>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async ValueTask<IDisposable?> EnterAsync(int bodyBytes, long memory, TimeSpan patience, CancellationToken cancel)
    {
        if (InFlightBudget.IsSmall(bodyBytes))
        {
            return await _small.EnterAsync(memory, patience, cancel);
        }

        var place = await _large.EnterAsync(memory, patience, cancel);
        // What those before left behind is cleared away first, where it is much.
        heap?.ClearFor(memory / 2);
        return place;
    }

    /// <summary>Waits until no large body is being read, and keeps them waiting: for work that failed for want of memory beside them.</summary>
    /// <returns>The room, to be given back by disposing of it; null when large bodies came and went all the time and none of them let it in.</returns>
    public ValueTask<IDisposable?> EnterAloneAsync(TimeSpan patience, CancellationToken cancel) =>
        _large.EnterAsync(options.Value.MaxInFlightBytes, patience, cancel);

    private sealed class Lane(long maxBytes, TimeProvider clock)
    {
        private readonly Lock _gate = new();
        private readonly Queue<Place> _waiting = new();
        private long _used;

        public async ValueTask<IDisposable?> EnterAsync(long bytes, TimeSpan patience, CancellationToken cancel)
        {
            var place = new Place(this, bytes);
            lock (_gate)
            {
                if (_waiting.Count == 0 && Fits(bytes))
                {
                    _used += bytes;
                    return place;
                }

                _waiting.Enqueue(place);
            }

            try
            {
                await place.Entered.Task.WaitAsync(patience, clock, cancel);
                return place;
            }
            catch (TimeoutException)
            {
                place.GiveUp();
                return null;
            }
            catch
            {
                place.GiveUp();
                throw;
            }
        }

        private void Leave(long bytes)
        {
            lock (_gate)
            {
                _used -= bytes;
                while (_waiting.TryPeek(out var next) && (Fits(next.Bytes) || next.Entered.Task.IsCompleted))
                {
                    _ = _waiting.Dequeue();
                    if (next.Entered.TrySetResult())
                    {
                        _used += next.Bytes;
                    }
                }
            }
        }

        private bool Fits(long bytes) => _used == 0 || _used + bytes <= maxBytes;

        private sealed class Place(Lane lane, long bytes) : IDisposable
        {
            private int _hasLeft;

            public long Bytes => bytes;

            public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

            /// <summary>Whoever waits no longer takes no room; whoever was let in at that very moment gives it back.</summary>
            public void GiveUp()
            {
                if (!Entered.TrySetCanceled(CancellationToken.None) && Entered.Task.IsCompletedSuccessfully)
                {
                    Dispose();
                }
            }

            public void Dispose()
            {
                if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
                {
                    lane.Leave(bytes);
                }
            }
        }
    }
}
