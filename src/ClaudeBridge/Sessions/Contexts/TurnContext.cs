namespace ClaudeBridge.Sessions.Contexts;

/// <summary>What callers said of one turn.</summary>
/// <param name="AtStart">What held when the turn began.</param>
/// <param name="During">What was first said of other keys before the next turn began, and the earliest time that may have been meant.</param>
internal sealed record TurnContext(
    IReadOnlyDictionary<string, string> AtStart,
    IReadOnlyDictionary<string, (string Value, ulong UnixNano)> During
)
{
    public static readonly IReadOnlyDictionary<string, (string Value, ulong UnixNano)> Nothing = new Dictionary<string, (string, ulong)>();

    public static readonly TurnContext Empty = new(Observation.EmptyText, Nothing);

    /// <summary>What a turn shows that ended at a time: nanoseconds since 1970.</summary>
    public IReadOnlyDictionary<string, string> ShownBy(ulong end)
    {
        if (During.Count == 0)
        {
            return AtStart;
        }

        var all = new SortedDictionary<string, string>(AtStart.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var (key, (value, time)) in During)
        {
            if (time <= end)
            {
                all[key] = value;
            }
        }

        return all;
    }

    /// <param name="end">When the turn ended; asked for only where it matters.</param>
    public bool ShowsSameAs(TurnContext other, Func<ulong> end) =>
        IsSame(AtStart, other.AtStart) && (IsSame(During, other.During) || IsSame(ShownBy(end()), other.ShownBy(end())));

    private static bool IsSame<T>(IReadOnlyDictionary<string, T> one, IReadOnlyDictionary<string, T> other)
        where T : IEquatable<T> =>
        ReferenceEquals(one, other)
        || one.Count == other.Count && one.All(pair => other.TryGetValue(pair.Key, out var value) && pair.Value.Equals(value));
}
