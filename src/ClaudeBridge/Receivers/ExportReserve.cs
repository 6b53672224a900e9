namespace ClaudeBridge.Receivers;

/// <summary>
/// The memory in which exports wait for the disk whose senders would not send them again (gRPC). What does not fit is refused at once; the last quarter is for
/// small exports, so that a few large ones never take all of it.
/// </summary>
/// <param name="maxBytes">How much may be held; 0 holds nothing.</param>
internal sealed class ExportReserve(long maxBytes)
{
    /// <summary>What a call costs that waits, beside its body: the request itself.</summary>
    private const int CallBytes = 4096;

    /// <summary>An export is large when fewer than this many of its size fit.</summary>
    private const int FitsOfSmall = 64;

    private long _used;

    /// <summary>Bytes held now.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <returns>False when there is no room; else <see cref="Release"/> is due for the same length.</returns>
    public bool TryTake(int length)
    {
        var bytes = (long)length + CallBytes;
        var limit = bytes > maxBytes / FitsOfSmall ? maxBytes - maxBytes / 4 : maxBytes;
        if (Interlocked.Add(ref _used, bytes) <= limit)
        {
            return true;
        }

        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    public void Release(int length) => Interlocked.Add(ref _used, -(long)length - CallBytes);
}
