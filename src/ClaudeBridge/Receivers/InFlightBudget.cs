namespace ClaudeBridge.Receivers;

/// <summary>
/// How many bytes of bodies all requests together may hold. Full means no, so that a crowd of large senders cannot take the memory. The last quarter is for
/// small bodies alone: the crowd cannot shut them out either.
/// </summary>
/// <param name="heap">Asked before a large body is begun; null where memory is not scarce.</param>
internal sealed class InFlightBudget(long maxBytes, HeapRoom? heap = null)
{
    private const int LargestSmallBody = 64 * 1024;

    private long _used;

    /// <summary>Bytes held now.</summary>
    public long Used => Interlocked.Read(ref _used);

    public static bool IsSmall(long bytes) => bytes <= LargestSmallBody;

    /// <summary>Whether there is room at this moment for so many more bytes of a body. Takes nothing: a claim costs its sender nothing.</summary>
    public bool HasRoomFor(long bytes, long ofBody) => Fits(Used + bytes, ofBody);

    /// <param name="bytes">How many more.</param>
    /// <param name="ofBody">How large the body is with them, or will be by what its sender says.</param>
    public bool TryReserve(long bytes, long ofBody)
    {
        if (Fits(Interlocked.Add(ref _used, bytes), ofBody))
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref _used, -bytes);

    private bool Fits(long used, long ofBody) =>
        IsSmall(ofBody) ? used <= maxBytes : used <= maxBytes - maxBytes / 4 && heap?.Has(used) != false;
}
