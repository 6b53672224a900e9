using Microsoft.Extensions.Options;

namespace ClaudeBridge.Receivers;

/// <summary>Whether the heap has room for a large body and what is made of it, as the heap is at this moment: the last word where memory is short.</summary>
/// <remarks>
/// A body takes up to twice its size on its way into the store, as it is read again there; as messages there is never more than a part of it. An eighth of what the runtime may take is left to what is done beside receiving.
/// Where there is much, large bodies are refused when the heap holds twice <see cref="ReceiverOptions.MaxInFlightBytes"/> and 256 MiB, whatever for.
/// What is asked for here is refused in time; a runtime that runs out of memory may end the process.
/// </remarks>
internal sealed class HeapRoom(IOptions<ReceiverOptions> options, TimeProvider clock)
{
    /// <summary>What the heap may take beside bodies and what is made of them, before large ones are refused.</summary>
    private const long BesideBodies = 256L * 1024 * 1024;

    private const int TimesItsSize = 2;

    private static readonly TimeSpan CollectAtMostEvery = TimeSpan.FromSeconds(1);

    /// <summary>Where what was left the last time says that it will help.</summary>
    private static readonly TimeSpan CollectAgainAfter = TimeSpan.FromSeconds(0.2);

    private readonly long _bytes = Math.Min(
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8 * 7,
        2 * options.Value.MaxInFlightBytes + BesideBodies
    );
    private readonly Lock _gate = new();
    private long _collected;
    private long _left;

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
            var helps = _left + TimesItsSize * bodies <= _bytes;
            if (clock.GetElapsedTime(_collected) < (helps ? CollectAgainAfter : CollectAtMostEvery))
            {
                return false;
            }

            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _collected = clock.GetTimestamp();
            _left = GC.GetTotalMemory(forceFullCollection: false);
        }

        return Fits(bodies);
    }

    private bool Fits(long bodies) => GC.GetTotalMemory(forceFullCollection: false) + TimesItsSize * bodies <= _bytes;
}
