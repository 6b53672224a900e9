using System.Runtime.InteropServices;
using System.Threading.Channels;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Store;

namespace ClaudeBridge.Exporters;

/// <summary>One stretch of delivering at full speed: from the cursor on, until the destination is in trouble or the program stops.</summary>
/// <remarks>
/// <code>
///   feed ─ read ─ prepare ─ ledger ─┬─▶ [channel] ─▶ sender        a session always takes the same lane:
///                                   ├─▶ [channel] ─▶ sender        its order holds, and never two of its
///                                   └─▶ [channel] ─▶ sender        batches are under way at once
/// </code>
/// Sessions that share a lane with one in trouble wait while its request is repeated quickly; the other lanes go on as long as there is room
/// in front of the troubled one. Then the pass ends, and careful delivery passes over what alone provokes trouble.
/// When a pass ends, what is queued is let go of and read anew by the next one: so what changed during an outage is sent once, as it is then.
/// </remarks>
internal sealed class DeliveryPass(
    IFeed feed,
    DestinationLedger ledger,
    DepartureDesk desk,
    BatchSender sender,
    DeliveryTally tally,
    DeliveryOptions options,
    TimeProvider clock,
    DeliveryWindow window
)
{
    /// <summary>How long a store that has given revisions and holds no observation is given to show one.</summary>
    private static readonly TimeSpan EmptyStorePatience = TimeSpan.FromSeconds(1);

    private readonly Lane[] _lanes = [.. Enumerable.Range(0, options.InFlight).Select(_ => new Lane(options.ChannelCapacity))];
    private DeliveryVerdict? _trouble;
    private Exception? _fault;

    /// <returns>What stands in the way; null when it was stopped or the store began another epoch.</returns>
    public async Task<DeliveryVerdict?> RunAsync(CancellationToken stop, CancellationToken abort)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var senders = _lanes.Select(lane => Task.Run(() => SendAsync(lane, ending, abort), CancellationToken.None)).ToArray();
        try
        {
            await FeedAsync(ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested) { }
        catch (Exception fault)
        {
            Interlocked.CompareExchange(ref _fault, fault, null);
        }

        await ending.CancelAsync();
        await Task.WhenAll(senders);
        return _fault is null ? _trouble : throw new InvalidOperationException("Delivery was interrupted.", _fault);
    }

    private async Task FeedAsync(CancellationToken stop)
    {
        var position = window.Cursor;
        long emptyAt = 0;
        while (true)
        {
            var latest = feed.LatestRevision;
            var items = feed.Read(position, options.ReadChunk);
            if (feed.Epoch != ledger.Epoch || !feed.IsReady)
            {
                return;
            }

            tally.Look(ledger.Cursor, latest);
            if (position == 0 && items.Count == 0 && latest != emptyAt)
            {
                // A store begun anew may still tell the latest revision of the one before: it must not carry the cursor past what is to come.
                emptyAt = latest;
                await Task.WhenAny(feed.WaitAsync(latest, stop), Task.Delay(EmptyStorePatience, clock, stop));
                stop.ThrowIfCancellationRequested();
                continue;
            }

            var isAll = items.Count < options.ReadChunk;
            position = items.Count > 0 ? items[^1].Revision : position;
            position = isAll ? Math.Max(position, latest) : position;
            if (items.Count > 0 || position != ledger.Cursor)
            {
                await DispatchAsync(desk.Prepare(items, window, position), stop);
                tally.Move();
            }

            if (isAll)
            {
                await FlushAllAsync(stop);
                // Else their texts would stay in memory until there is more.
                items = [];
                ledger.PruneWhenDue(options.Remember, stop);
                await feed.WaitAsync(position, stop);
            }

            await KeepTogetherAsync(stop);
        }
    }

    private async Task DispatchAsync(List<PendingItem> spans, CancellationToken stop)
    {
        foreach (var span in spans)
        {
            var lane = _lanes[LaneOf(span.SessionId, _lanes.Length)];
            if (!lane.HasRoomFor(span, options))
            {
                await FlushAsync(lane, stop);
            }

            lane.Add(span);
        }
    }

    /// <summary>The same in every run, unlike <see cref="string.GetHashCode()"/>: what goes wrong in one run can be seen again in the next.</summary>
    private static int LaneOf(string sessionId, int lanes) =>
        (int)(ContentHash.Of(MemoryMarshal.AsBytes(sessionId.AsSpan())).Value % (uint)lanes);

    private async Task FlushAllAsync(CancellationToken stop)
    {
        foreach (var lane in _lanes)
        {
            lane.TryFlush();
        }

        foreach (var lane in _lanes)
        {
            await FlushAsync(lane, stop);
        }
    }

    private async Task FlushAsync(Lane lane, CancellationToken stop)
    {
        if (lane.TryFlush())
        {
            return;
        }

        // While this lane is waited for, the others shall have something to do.
        foreach (var other in _lanes)
        {
            other.TryFlush();
        }

        await lane.FlushAsync(stop);
    }

    /// <summary>Waits while one batch holds the cursor back too far: what was settled beyond it is remembered in memory.</summary>
    private async Task KeepTogetherAsync(CancellationToken stop)
    {
        while (true)
        {
            var moved = tally.Moved;
            if (window.Span < options.MaxAhead)
            {
                return;
            }

            await FlushAllAsync(stop);
            await moved.WaitAsync(stop);
        }
    }

    private async Task SendAsync(Lane lane, CancellationTokenSource ending, CancellationToken abort)
    {
        try
        {
            await foreach (var batch in lane.Batches(ending.Token))
            {
                var taken = batch.Where(window.TryTake).ToList();
                if (taken.Count > 0 && await sender.SendAsync(taken, window, ending.Token, abort) is { } trouble)
                {
                    Interlocked.CompareExchange(ref _trouble, trouble, null);
                    await ending.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested || abort.IsCancellationRequested) { }
        catch (Exception fault)
        {
            Interlocked.CompareExchange(ref _fault, fault, null);
            await ending.CancelAsync();
        }
    }

    /// <summary>The way to one sender. The unfinished batch belongs to the reading side.</summary>
    private sealed class Lane(int capacity)
    {
        private readonly Channel<List<PendingItem>> _channel = Channel.CreateBounded<List<PendingItem>>(
            new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = true }
        );

        private List<PendingItem> _batch = [];
        private long _bytes;

        public bool HasRoomFor(PendingItem span, DeliveryOptions options) =>
            _batch.Count == 0 || (_batch.Count < options.MaxBatchSpans && _bytes + span.Parcel.Size <= options.MaxBatchBytes);

        public void Add(PendingItem span)
        {
            _batch.Add(span);
            _bytes += span.Parcel.Size;
        }

        /// <returns>False when the channel is full.</returns>
        public bool TryFlush()
        {
            if (_batch.Count == 0)
            {
                return true;
            }

            var isTaken = _channel.Writer.TryWrite(_batch);
            if (isTaken)
            {
                Begin();
            }

            return isTaken;
        }

        public async ValueTask FlushAsync(CancellationToken stop)
        {
            if (_batch.Count > 0)
            {
                await _channel.Writer.WriteAsync(_batch, stop);
                Begin();
            }
        }

        public IAsyncEnumerable<List<PendingItem>> Batches(CancellationToken stop) => _channel.Reader.ReadAllAsync(stop);

        private void Begin() => (_batch, _bytes) = ([], 0);
    }
}
