namespace ClaudeBridge.Sessions.Contexts;

/// <summary>What callers said of one turn.</summary>
/// <param name="AtStart">What held when the turn began.</param>
/// <param name="During">What was first said of other keys before the next turn began, and from when it held.</param>
internal sealed record TurnContext(
    IReadOnlyDictionary<string, string> AtStart,
    IReadOnlyDictionary<string, (string Value, ulong UnixNano)> During
)
{
    public static readonly IReadOnlyDictionary<string, (string Value, ulong UnixNano)> Nothing = new Dictionary<string, (string, ulong)>();

    public static readonly TurnContext Empty = new(Observation.EmptyText, Nothing);

    public bool IsSameAs(TurnContext other) => IsSame(AtStart, other.AtStart) && IsSame(During, other.During);

    private static bool IsSame<T>(IReadOnlyDictionary<string, T> one, IReadOnlyDictionary<string, T> other)
        where T : IEquatable<T> =>
        ReferenceEquals(one, other)
        || one.Count == other.Count && one.All(pair => other.TryGetValue(pair.Key, out var value) && pair.Value.Equals(value));
}
