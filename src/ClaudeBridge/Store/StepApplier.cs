using ClaudeBridge.Journal;
using ClaudeBridge.Sessions;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Store;

/// <summary>Takes records through the assembler into the store, one transaction a step. A record that cannot be assembled costs itself alone. For one thread.</summary>
/// <param name="onSkipped">Told of a record that is left out, with what it failed on.</param>
/// <param name="attribution">Who and for what; the default lists when null.</param>
internal sealed class StepApplier(
    StoreWriter writer,
    StoreOptions options,
    Action<Fact, Exception> onSkipped,
    Attribution? attribution = null
)
{
    private readonly SessionAssembler _assembler = new(attribution);
    private readonly SessionCache _sessions = new(writer, options.SessionCacheBytes);

    /// <returns>How many records were there already.</returns>
    /// <exception cref="SqliteException">The disk refused; nothing of the step is in the store, and it may be tried again.</exception>
    /// <exception cref="StoreDamagedException">The store does not hold what was written to it.</exception>
    public int Apply(IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> facts, JournalPosition appliedUpTo, DateTimeOffset now)
    {
        try
        {
            return ApplyWhole(facts, appliedUpTo, now);
        }
        catch (Exception failure) when (!IsOfTheStore(failure))
        {
            var records = facts
                .SelectMany(static group => group.Value.Select(fact => new KeyValuePair<string, Fact>(group.Key, fact)))
                .ToList();
            var duplicates = ApplyHalves(records, now, failure);
            writer.Apply([], appliedUpTo, now);
            return duplicates;
        }
    }

    /// <summary>A session was deleted from the store.</summary>
    public void Forget(string sessionKey) => _sessions.Remove(sessionKey);

    private int ApplyWhole(IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> facts, JournalPosition appliedUpTo, DateTimeOffset now)
    {
        try
        {
            var changes = new List<SessionChange>();
            foreach (var (session, records) in BySession(facts))
            {
                changes.Add(_assembler.Apply(_sessions.Get(session), records));
            }

            writer.Apply(changes, appliedUpTo, now);
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

    /// <summary>Halves what failed until the guilty record is alone. Repeating records is harmless: those that are there count once.</summary>
    private int ApplyHalves(IReadOnlyList<KeyValuePair<string, Fact>> records, DateTimeOffset now, Exception failure)
    {
        if (records.Count <= 1)
        {
            foreach (var (_, fact) in records)
            {
                onSkipped(fact, failure);
            }

            return 0;
        }

        var half = records.Count / 2;
        return ApplyHalf([.. records.Take(half)], now) + ApplyHalf([.. records.Skip(half)], now);
    }

    private int ApplyHalf(IReadOnlyList<KeyValuePair<string, Fact>> records, DateTimeOffset now)
    {
        try
        {
            return ApplyWhole(
                [.. records.Select(static pair => new KeyValuePair<string, IReadOnlyList<Fact>>(pair.Key, [pair.Value]))],
                writer.Position,
                now
            );
        }
        catch (Exception failure) when (!IsOfTheStore(failure))
        {
            return ApplyHalves(records, now, failure);
        }
    }

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
