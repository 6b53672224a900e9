using Microsoft.Extensions.Options;

namespace ClaudeBridge.Receivers;

/// <summary>
/// How many bodies are read at one time. What is in memory as messages takes up to eight times its size; of a large body that is never more than a part.
/// One record can be the whole of it: a text takes twice its size, beside the body itself.
/// Large ones wait for each other; small ones have room of their own, so that a crowd of large senders does not hold them up.
/// </summary>
/// <remarks>As much as <see cref="ReceiverOptions.MaxInFlightBytes"/> in all. A body that needs more than there is goes alone.</remarks>
internal sealed class DecodingRoom(IOptions<ReceiverOptions> options, TimeProvider clock)
{
    private const int TimesItsSize = 8;
    private const int TimesOneText = 3;

    /// <summary>Below this, one large body takes most of what the bridge may have.</summary>
    private const long TightBytes = 32 * 1024 * 1024;

    private readonly Lane _large = new(options.Value.MaxInFlightBytes - options.Value.MaxInFlightBytes / 4, clock);
    private readonly Lane _small = new(options.Value.MaxInFlightBytes / 4, clock);

    /// <summary>What is read and what is being stored do not fit into memory beside each other.</summary>
    public bool IsTight => options.Value.MaxInFlightBytes < TightBytes;

    /// <param name="partBytes">How much of the body is in memory as messages at one time.</param>
    /// <param name="patience">How long to wait for room.</param>
    /// <returns>The room, to be given back by disposing of it; null when there was none in time.</returns>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public ValueTask<IDisposable?> EnterAsync(int bodyBytes, int partBytes, TimeSpan patience, CancellationToken cancel) =>
        (InFlightBudget.IsSmall(bodyBytes) ? _small : _large).EnterAsync(
            Math.Max((long)TimesItsSize * partBytes, (long)TimesOneText * bodyBytes),
            patience,
            cancel
        );

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
