namespace ClaudeBridge.Receivers;

/// <summary>The bodies on their way in. When there is no room for another, those that stall give way: first the one that has stalled the longest.</summary>
/// <remarks>A body stalls when less than 16 KiB of it came in two seconds. Nobody gives way while there is room: then <see cref="ReceiverOptions.ClientTimeout"/> holds.</remarks>
internal sealed class ArrivingBodies(TimeProvider clock)
{
    private const int StepBytes = 16 * 1024;

    private static readonly TimeSpan StallsAfter = TimeSpan.FromSeconds(2);

    /// <summary>How long to wait for one that was told to go.</summary>
    private static readonly TimeSpan GoneWithin = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly HashSet<Place> _places = [];

    /// <param name="stop">Wakes whoever reads the body; it then sees <see cref="Place.MustGo"/>.</param>
    public Place Enter(Action stop)
    {
        var place = new Place(this, stop, clock.GetTimestamp());
        lock (_gate)
        {
            _places.Add(place);
        }

        return place;
    }

    /// <summary>Sends the one away that has stalled the longest, and waits until its memory is free.</summary>
    /// <param name="asking">Never sent away itself; null for none.</param>
    /// <returns>False when none stalls.</returns>
    public async ValueTask<bool> SendOneAwayAsync(Place? asking = null)
    {
        Place? slowest;
        lock (_gate)
        {
            slowest = _places.Where(place => place != asking && IsStalled(place)).MinBy(static place => place.Moved);
            if (slowest is null)
            {
                return false;
            }

            _places.Remove(slowest);
        }

        await slowest.LeaveAsync(GoneWithin, clock);
        return true;
    }

    private bool IsStalled(Place place) => clock.GetElapsedTime(place.Moved) > StallsAfter;

    /// <summary>One body on its way. Disposed of once its memory is given back, or it is whole.</summary>
    internal sealed class Place(ArrivingBodies all, Action stop, long now) : IDisposable
    {
        private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _moved = now;
        private int _length;
        private readonly Lock _end = new();
        private volatile bool _mustGo;
        private bool _isOver;

        /// <summary>When it last came a step further.</summary>
        public long Moved => Volatile.Read(ref _moved);

        /// <summary>Its room is needed for another.</summary>
        public bool MustGo => _mustGo;

        /// <param name="length">Bytes that are there by now.</param>
        public void Reach(int length)
        {
            if (length - _length >= StepBytes)
            {
                _length = length;
                Volatile.Write(ref _moved, all.Now);
            }
        }

        public async Task LeaveAsync(TimeSpan within, TimeProvider clock)
        {
            lock (_end)
            {
                // Nobody reads any more: the reader may serve the next request of its connection.
                if (_isOver)
                {
                    return;
                }

                _mustGo = true;
                stop();
            }

            try
            {
                await _gone.Task.WaitAsync(within, clock);
            }
            catch (TimeoutException)
            {
                // It goes when its thread comes to it; whoever asked looks again for room, or for another.
            }
        }

        public void Dispose()
        {
            lock (_end)
            {
                _isOver = true;
            }

            all.Remove(this);
            _gone.TrySetResult();
        }
    }

    private long Now => clock.GetTimestamp();

    private void Remove(Place place)
    {
        lock (_gate)
        {
            _places.Remove(place);
        }
    }
}
