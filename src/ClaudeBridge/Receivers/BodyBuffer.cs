using System.Buffers;

namespace ClaudeBridge.Receivers;

/// <summary>How filling a buffer ended.</summary>
internal enum BodyOutcome
{
    Complete,

    /// <summary>More than the limit.</summary>
    TooLarge,

    /// <summary>All requests together hold as much as they may.</summary>
    Overloaded,

    /// <summary>Compressed data that is damaged or cut.</summary>
    Malformed,
}

/// <summary>A body in one piece of pooled memory. It grows with what has really arrived, never with what a header claims.</summary>
/// <param name="limit">The most bytes it may hold.</param>
/// <remarks>Owned by one request. Its capacity is reserved in the budget until <see cref="Dispose"/>.</remarks>
internal sealed class BodyBuffer(InFlightBudget budget, int limit) : IDisposable
{
    private const int SmallestCapacity = 16 * 1024;
    private const int LargestFirstCapacity = 256 * 1024;
    private const int LargestPooled = 1024 * 1024;

    private byte[] _array = [];
    private int _capacity;
    private int _reserved;
    private long _expected;

    public int Length { get; private set; }

    /// <summary>The memory itself, for readers that want an array; written up to <see cref="Length"/>.</summary>
    public byte[] Array => _array;

    public ReadOnlyMemory<byte> Written => _array.AsMemory(0, Length);

    /// <summary>Whether <see cref="Written"/> stays as it is after <see cref="Dispose"/>: then whoever wants to keep it needs no copy.</summary>
    public bool MayBeKept => !IsPooled(_capacity);

    /// <summary>Free memory behind what is written: fill from its start, then <see cref="Advance"/>.</summary>
    public Span<byte> Free => _array.AsSpan(Length, _capacity - Length);

    public bool IsFull => Length == limit;

    /// <summary>How many bytes the limit still allows.</summary>
    public int MostMore => limit - Length;

    /// <summary>Its next growth would take memory that no pool has.</summary>
    public bool IsLarge => _capacity >= LargestPooled;

    /// <summary>
    /// Hears what the sender says will come. Nothing is reserved for it, or a thousand senders that claim much and send nothing would shut out all others; but a
    /// body that has no room at this moment is not begun, so that those under way come to their end.
    /// </summary>
    /// <param name="expected">In bytes; null when it does not say.</param>
    /// <returns>False when it is to be refused.</returns>
    public bool TryExpect(long? expected)
    {
        _expected = Math.Min(limit, expected ?? 0);
        return budget.HasRoomFor(_expected, _expected);
    }

    /// <param name="expected">About how many bytes will come. Memory is taken for 256 KiB of it at first.</param>
    /// <returns>False when the budget is used up.</returns>
    public bool TryStart(long expected) => TryGrowTo((int)Math.Min(limit, Math.Clamp(expected, 1, LargestFirstCapacity)));

    /// <summary>Makes room for exactly so many bytes in all, which the limit must allow, and forgets what was written.</summary>
    /// <returns>False when the budget is used up.</returns>
    public bool TryStartAgain(int bytes)
    {
        Length = 0;
        return bytes <= _capacity || TryGrowTo(bytes);
    }

    /// <summary>Makes room for at least so many more bytes, which the limit must allow.</summary>
    /// <returns>False when the budget is used up.</returns>
    public bool TryMakeRoom(int bytes)
    {
        var needed = (long)Length + bytes;
        return needed <= _capacity || TryGrowTo((int)Math.Min(limit, Math.Max(needed, Math.Max(SmallestCapacity, NextCapacity()))));
    }

    public void Advance(int bytes) => Length += bytes;

    public BodyOutcome Append(in ReadOnlySequence<byte> data)
    {
        if (data.Length > limit - Length)
        {
            return BodyOutcome.TooLarge;
        }

        var bytes = (int)data.Length;
        if (!TryMakeRoom(bytes))
        {
            return BodyOutcome.Overloaded;
        }

        data.CopyTo(Free);
        Advance(bytes);
        return BodyOutcome.Complete;
    }

    /// <summary>Gives the memory back. What <see cref="Written"/> returned must not be used after this, unless it <see cref="MayBeKept"/>.</summary>
    public void Dispose()
    {
        Return(_array, _capacity);
        budget.Release(_reserved);
        _array = [];
        (_capacity, _reserved, _expected, Length) = (0, 0, 0, 0);
    }

    /// <summary>Twice as much; or all that was announced, once a quarter of it is there, so that few arrays are left behind.</summary>
    private long NextCapacity() => _expected > _capacity && _expected <= 4L * Length ? _expected + Gzip.TailBytes : 2L * _capacity;

    /// <summary>One body's reservation only grows: while it is copied into a larger array, the smaller one is there too, for a moment.</summary>
    private bool TryReserve(int capacity)
    {
        if (capacity > _reserved && !budget.TryReserve(capacity - _reserved, ofBody: Math.Max(capacity, _expected)))
        {
            return false;
        }

        _reserved = Math.Max(_reserved, capacity);
        return true;
    }

    private bool TryGrowTo(int capacity)
    {
        if (!TryReserve(capacity))
        {
            return false;
        }

        byte[] larger;
        try
        {
            larger = IsPooled(capacity) ? ArrayPool<byte>.Shared.Rent(capacity) : GC.AllocateUninitializedArray<byte>(capacity);
        }
        catch (OutOfMemoryException)
        {
            return false;
        }

        _array.AsSpan(0, Length).CopyTo(larger);
        Return(_array, _capacity);
        _array = larger;
        _capacity = capacity;
        return true;
    }

    private static void Return(byte[] array, int capacity)
    {
        if (array.Length > 0 && IsPooled(capacity))
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    /// <summary>Large bodies are rare: a pool that keeps their memory would keep it for nothing.</summary>
    private static bool IsPooled(int capacity) => capacity <= LargestPooled;
}
