namespace ClaudeBridge.Sessions.Contexts;

/// <summary>
/// Which turn takes which value: by key the latest that held when the turn began; a key that had none takes the first that was said during the turn.
/// A function of the set of entries and of the turns, whatever the order in which they came.
/// </summary>
internal static class ContextRules
{
    /// <param name="UnixNano">From when it holds.</param>
    /// <param name="Earliest">A turn that ended before was not meant.</param>
    private readonly record struct Change(string Key, string? Value, ulong UnixNano, ulong Earliest);

    /// <param name="turns">By start.</param>
    /// <param name="entries">In the order in which they were taken.</param>
    public static void Assign(IReadOnlyList<Turn> turns, IReadOnlyList<Fact> entries)
    {
        if (turns.Count == 0)
        {
            return;
        }

        var changes = ChangesOf(entries, turns);
        var next = 0;
        IReadOnlyDictionary<string, string> current = Observation.EmptyText;
        for (var i = 0; i < turns.Count; i++)
        {
            var first = next;
            while (next < changes.Count && changes[next].UnixNano <= turns[i].Start.Time)
            {
                next++;
            }

            current = next > first ? After(current, changes, first, next) : current;
            var end = i + 1 < turns.Count ? turns[i + 1].Start.Time : ulong.MaxValue;
            turns[i].Context = new TurnContext(current, During(current, changes, next, end));
        }
    }

    /// <summary>What holds after all that was said, by key.</summary>
    /// <param name="entries">In any order.</param>
    public static IReadOnlyDictionary<string, string> InForce(IEnumerable<ContextEntry> entries)
    {
        var changes = ChangesOf([.. entries.Select(static entry => entry.ToFact()).Order()], []);
        return After(Observation.EmptyText, changes, 0, changes.Count);
    }

    /// <summary>By time; of those with one time the later taken stands last.</summary>
    private static List<Change> ChangesOf(IReadOnlyList<Fact> entries, IReadOnlyList<Turn> turns)
    {
        // What holds from the start holds instead of all that was said before of the key, so the latest of a key is where it begins.
        var begins = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].Context is { IsFromStart: true } entry)
            {
                foreach (var key in entry.Keys.Keys)
                {
                    begins[key] = i;
                }
            }
        }

        var changes = new List<Change>();
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i].Context!;
            var time = entry.IsFromStart ? 0 : TimeOf(entry, turns);
            var earliest = time - Math.Min(time, entry.GraceNano);
            foreach (var (key, value) in entry.Keys)
            {
                if (!begins.TryGetValue(key, out var begin) || i >= begin)
                {
                    changes.Add(new Change(key, value, time, earliest));
                }
            }
        }

        return [.. changes.OrderBy(static change => change.UnixNano)];
    }

    /// <summary>From when an entry holds: from the latest turn that had begun just before, if there is one.</summary>
    private static ulong TimeOf(ContextEntry entry, IReadOnlyList<Turn> turns)
    {
        if (entry.GraceNano == 0)
        {
            return entry.EffectiveUnixNano;
        }

        var (low, high) = (0, turns.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = turns[middle].Start.Time <= entry.EffectiveUnixNano ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && entry.EffectiveUnixNano - turns[low - 1].Start.Time is var since && since <= entry.GraceNano
            ? turns[low - 1].Start.Time
            : entry.EffectiveUnixNano;
    }

    private static SortedDictionary<string, string> After(
        IReadOnlyDictionary<string, string> current,
        List<Change> changes,
        int from,
        int to
    )
    {
        var after = new SortedDictionary<string, string>(current.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
        for (var i = from; i < to; i++)
        {
            if (changes[i].Value is { } value)
            {
                after[changes[i].Key] = value;
            }
            else
            {
                after.Remove(changes[i].Key);
            }
        }

        return after;
    }

    private static IReadOnlyDictionary<string, (string Value, ulong UnixNano)> During(
        IReadOnlyDictionary<string, string> current,
        List<Change> changes,
        int from,
        ulong end
    )
    {
        Dictionary<string, (string, ulong)>? during = null;
        for (var i = from; i < changes.Count && changes[i].UnixNano < end; i++)
        {
            if (changes[i].Value is { } value && !current.ContainsKey(changes[i].Key))
            {
                during ??= new Dictionary<string, (string, ulong)>(StringComparer.Ordinal);
                during.TryAdd(changes[i].Key, (value, changes[i].Earliest));
            }
        }

        return during ?? TurnContext.Nothing;
    }
}
