namespace ClaudeBridge.Receivers;

/// <summary>Whether the heap has room for a large body and what is made of it, as the heap is at this moment: the last word where memory is short.</summary>
/// <remarks>
/// A body takes up to six times its size on its way into the store. An eighth of what the runtime may take is left to what is done beside receiving.
/// What is asked for here is refused in time; a runtime that runs out of memory may end the process.
/// </remarks>
internal sealed class HeapRoom(TimeProvider clock)
{
    private const int TimesItsSize = 6;

    private static readonly TimeSpan CollectAtMostEvery = TimeSpan.FromSeconds(1);

    private readonly long _bytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8 * 7;
    private readonly Lock _gate = new();
    private long _collected;

    /// <param name="bodies">Bytes of all bodies that are being received, with the one that is asked for.</param>
    public bool Has(long bodies)
    {
        if (Fits(bodies))
        {
            return true;
        }

        // Much of it may be what nobody uses any more, and where everything large is refused nothing else would clear it away.
        lock (_gate)
        {
            if (clock.GetElapsedTime(_collected) < CollectAtMostEvery)
            {
                return false;
            }

            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _collected = clock.GetTimestamp();
        }

        return Fits(bodies);
    }

    private bool Fits(long bodies) => GC.GetTotalMemory(forceFullCollection: false) + TimesItsSize * bodies <= _bytes;
}
