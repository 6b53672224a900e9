using ClaudeBridge.Journal;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Store;

/// <summary>Takes records through the assembler into the store, and metric points beside them, one transaction a step. What cannot be taken costs itself alone. For one thread.</summary>
/// <param name="onSkipped">Told of a record that is left out, with what it failed on.</param>
/// <param name="attribution">Who and for what; the default lists when null.</param>
/// <param name="onPointSkipped">Told of a metric point that is left out, with what it failed on.</param>
internal sealed class StepApplier(
    StoreWriter writer,
    StoreOptions options,
    Action<Fact, Exception> onSkipped,
    Attribution? attribution = null,
    Action<MetricPoint, Exception>? onPointSkipped = null
)
{
    /// <summary>Records are rarely smaller, so that by this a step of many bytes is one of many records.</summary>
    private const int LeastRecordBytes = 256;

    private readonly int _maxRecords = (int)Math.Min(int.MaxValue, options.StepBytes / LeastRecordBytes);
    private readonly SessionAssembler _assembler = new(attribution);
    private readonly SessionCache _sessions = new(writer, options.SessionCacheBytes);

    /// <summary>Metric points that the last step brought and the store had already.</summary>
    public int RepeatedPoints { get; private set; }

    /// <param name="points">Metric points by session key; a key may come more than once.</param>
    /// <returns>How many records were there already.</returns>
    /// <exception cref="SqliteException">The disk refused; nothing of the step is in the store, and it may be tried again.</exception>
    /// <exception cref="StoreDamagedException">The store does not hold what was written to it.</exception>
    public int Apply(
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> facts,
        JournalPosition appliedUpTo,
        DateTimeOffset now,
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<MetricPoint>>>? points = null
    )
    {
        RepeatedPoints = 0;
        if (facts.Sum(static group => group.Value.Count) <= _maxRecords)
        {
            return ApplyPart(facts, points ?? [], appliedUpTo, now);
        }

        // One export can hold very many tiny records, and what is made of them takes many times their size. The position moves with the last part: what a crash
        // leaves undone is taken again, and what was done counts once.
        var parts = Flat(facts).Chunk(_maxRecords).ToList();
        var duplicates = parts.Sum(part => ApplyPart(Grouped(part), [], writer.Position, now));
        return duplicates + ApplyPart([], points ?? [], appliedUpTo, now);
    }

    /// <summary>A session was deleted from the store.</summary>
    public void Forget(string sessionKey) => _sessions.Remove(sessionKey);

    private int ApplyPart(
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> facts,
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<MetricPoint>>> points,
        JournalPosition appliedUpTo,
        DateTimeOffset now
    )
    {
        try
        {
            return ApplyWhole(facts, points, appliedUpTo, now);
        }
        catch (Exception failure) when (!IsOfTheStore(failure))
        {
            var duplicates = 0;
            Halve(Flat(facts), part => duplicates += ApplyWhole(Grouped(part), [], writer.Position, now), onSkipped, failure);
            Halve(Flat(points), part => ApplyWhole([], Grouped(part), writer.Position, now), onPointSkipped, failure);
            writer.Apply([], appliedUpTo, now);
            return duplicates;
        }
    }

    private int ApplyWhole(
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> facts,
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<MetricPoint>>> points,
        JournalPosition appliedUpTo,
        DateTimeOffset now
    )
    {
        try
        {
            var changes = new List<SessionChange>();
            foreach (var (session, records) in BySession(facts))
            {
                changes.Add(_assembler.Apply(_sessions.Get(session), records));
            }

            RepeatedPoints += writer.Apply(changes, appliedUpTo, now, points);
            _sessions.EndStep();
            return changes.Sum(static change => change.Duplicates);
        }
        catch
        {
            // What the sessions in memory have taken is not in the store.
            _sessions.Clear();
            throw;
        }
    }

    /// <summary>Halves what failed until the guilty one is alone. Repeating is harmless: what is there counts once.</summary>
    private static void Halve<T>(
        IReadOnlyList<KeyValuePair<string, T>> all,
        Action<IReadOnlyList<KeyValuePair<string, T>>> apply,
        Action<T, Exception>? onGuilty,
        Exception failure
    )
    {
        if (all.Count <= 1)
        {
            foreach (var (_, guilty) in all)
            {
                onGuilty?.Invoke(guilty, failure);
            }

            return;
        }

        var half = all.Count / 2;
        foreach (var part in new[] { all.Take(half).ToList(), all.Skip(half).ToList() })
        {
            try
            {
                apply(part);
            }
            catch (Exception again) when (!IsOfTheStore(again))
            {
                Halve(part, apply, onGuilty, again);
            }
        }
    }

    private static List<KeyValuePair<string, T>> Flat<T>(IReadOnlyList<KeyValuePair<string, IReadOnlyList<T>>> groups) =>
        [.. groups.SelectMany(static group => group.Value.Select(one => new KeyValuePair<string, T>(group.Key, one)))];

    private static List<KeyValuePair<string, IReadOnlyList<T>>> Grouped<T>(IReadOnlyList<KeyValuePair<string, T>> all) =>
        [.. all.Select(static one => new KeyValuePair<string, IReadOnlyList<T>>(one.Key, [one.Value]))];

    private static bool IsOfTheStore(Exception failure) =>
        failure is SqliteException or StoreDamagedException or OutOfMemoryException or ObjectDisposedException;

    private static IEnumerable<KeyValuePair<string, IReadOnlyList<Fact>>> BySession(
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> facts
    )
    {
        var sessions = new Dictionary<string, List<Fact>>();
        foreach (var (session, records) in facts)
        {
            if (!sessions.TryGetValue(session, out var list))
            {
                sessions[session] = list = new List<Fact>(records.Count);
            }

            list.AddRange(records);
        }

        return sessions.Select(static pair => new KeyValuePair<string, IReadOnlyList<Fact>>(pair.Key, pair.Value));
    }
}
