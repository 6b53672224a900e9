using Microsoft.Extensions.Options;

namespace ClaudeBridge.Receivers;

/// <summary>Whether the heap has room for a large body and what is made of it, as the heap is at this moment: the last word where memory is short.</summary>
/// <remarks>
/// A body takes up to four times its size until it is in the store: it is read again there, in parts, and arrays that it outgrew are left behind. A quarter of what the runtime may take is left to
/// what is done beside receiving.
/// Where there is much, large bodies are refused when the heap holds twice <see cref="ReceiverOptions.MaxInFlightBytes"/> and 256 MiB, whatever for; well before that, what
/// refused and stored bodies have left behind is cleared away.
/// What is asked for here is refused in time; a runtime that runs out of memory may end the process.
/// </remarks>
/// <param name="options">Of the receivers.</param>
/// <param name="clock">Of its pauses.</param>
/// <param name="inUse">Bytes on the heap; null for the process's own. For a bridge that shares its process with others.</param>
internal sealed class HeapRoom(IOptions<ReceiverOptions> options, TimeProvider clock, Func<long>? inUse = null)
{
    /// <summary>What the heap may take beside bodies and what is made of them, before large ones are refused.</summary>
    private const long BesideBodies = 256L * 1024 * 1024;

    /// <summary>The same, before it is looked what of it is still used.</summary>
    private const long Unlooked = 128L * 1024 * 1024;

    private const int TimesItsSize = 4;

    private static readonly TimeSpan CollectAtMostEvery = TimeSpan.FromSeconds(1);

    /// <summary>Where what was left the last time says that it will help.</summary>
    private static readonly TimeSpan CollectAgainAfter = TimeSpan.FromSeconds(0.05);

    /// <summary>All of it is in use, and there is room enough.</summary>
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(10);

    private readonly long _most = Math.Min(
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3,
        2 * options.Value.MaxInFlightBytes + BesideBodies
    );
    private readonly long _unlooked = options.Value.MaxInFlightBytes / 2 + Unlooked;
    private readonly Func<long> _inUse = inUse ?? (static () => GC.GetTotalMemory(forceFullCollection: false));
    private readonly Lock _gate = new();
    private long _collected;
    private long _left;

    /// <param name="bodies">Bytes of all bodies that are being received, with the one that is asked for.</param>
    public bool Has(long bodies)
    {
        ClearFor(bodies);
        return Fits(bodies, _most);
    }

    /// <summary>Clears away what nobody uses any more, where bodies of so many bytes might not fit beside it.</summary>
    public void ClearFor(long bodies)
    {
        if (Fits(bodies, Math.Min(_unlooked, _most)))
        {
            return;
        }

        // Where everything large is refused nothing else would clear it away.
        lock (_gate)
        {
            if (clock.GetElapsedTime(_collected) >= PauseFor(bodies))
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                _collected = clock.GetTimestamp();
                _left = _inUse();
            }
        }
    }

    private TimeSpan PauseFor(long bodies) =>
        _left + TimesItsSize * bodies <= Math.Min(_unlooked, _most) ? CollectAgainAfter
        : Fits(bodies, _most) ? LookAgainAfter
        : CollectAtMostEvery;

    private bool Fits(long bodies, long most) => _inUse() + TimesItsSize * bodies <= most;
}
