namespace ClaudeBridge.Access;

/// <summary>A key that is good, by its hash, and who holds it.</summary>
internal sealed record KeyHolder(KeyHash Hash, Caller Caller);

/// <summary>All keys that are good.</summary>
internal sealed class KeyRing
{
    private readonly KeyHolder[] _holders;

    /// <param name="operatorKeys">Keys of the whole bridge, in plain text.</param>
    /// <param name="options">Hashes that cannot be read are left out: the validator has told of them.</param>
    public KeyRing(IEnumerable<string> operatorKeys, AccessOptions options) =>
        _holders = [
            .. operatorKeys.Select(static key => new KeyHolder(KeyHash.Of(key), Caller.Operator)),
            .. from tenant in options.Tenants
            let caller = new Caller(tenant.Name)
            from text in tenant.KeyHashes
            let hash = KeyHash.TryParse(text, out var read) ? read : null
            where hash is not null
            select new KeyHolder(hash, caller),
        ];

    /// <summary>No key is configured: whoever reaches the ports is the operator.</summary>
    public bool IsEmpty => _holders.Length == 0;

    /// <summary>Compares hashes, so that neither length nor content of a key shows in the time it takes; every key is compared.</summary>
    /// <returns>Null for a wrong key.</returns>
    public KeyHolder? Find(string key)
    {
        var hash = KeyHash.Of(key);
        return Find(holder => holder.Hash.IsSame(hash));
    }

    /// <summary>The holder that a comparison of constant time is true for; all are compared.</summary>
    public KeyHolder? Find(Func<KeyHolder, bool> isSame)
    {
        KeyHolder? found = null;
        foreach (var holder in _holders)
        {
            found = isSame(holder) ? holder : found;
        }

        return found;
    }
}
