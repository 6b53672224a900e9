namespace ClaudeBridge.Receivers;

/// <summary>How many bytes of bodies all requests together may hold. Full means no, so that a crowd of large senders cannot take the memory.</summary>
internal sealed class InFlightBudget(long maxBytes)
{
    private long _used;

    /// <summary>Bytes held now.</summary>
    public long Used => Interlocked.Read(ref _used);

    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= maxBytes)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref _used, -bytes);
}
