namespace ClaudeBridge.Store.Breakdowns;

/// <summary>Sums by names that senders choose. So that the memory of one answer stays bounded however many names there are, the first of them have sums of their own, and what is left is added up together.</summary>
/// <param name="most">Names with sums of their own.</param>
internal sealed class Crowd<TKey, TSum>(int most, IEqualityComparer<TKey>? comparer = null)
    where TKey : notnull
    where TSum : class, new()
{
    private readonly Dictionary<TKey, TSum> _own = new(comparer);

    /// <summary>In no order.</summary>
    public IReadOnlyCollection<KeyValuePair<TKey, TSum>> Own => _own;

    /// <summary>Of all names that came when there was no more room; null for none.</summary>
    public TSum? Others { get; private set; }

    /// <param name="kept">What the name is remembered as, where the caller goes on using <paramref name="key"/>.</param>
    public TSum Of(TKey key, Func<TKey, TKey>? kept = null)
    {
        if (_own.TryGetValue(key, out var sum))
        {
            return sum;
        }

        if (_own.Count >= most)
        {
            return Others ??= new TSum();
        }

        _own.Add(kept is null ? key : kept(key), sum = new TSum());
        return sum;
    }
}
