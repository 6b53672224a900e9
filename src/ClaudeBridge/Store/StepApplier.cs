using ClaudeBridge.Journal;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Store;

/// <summary>Takes records through the assembler into the store, and metric points beside them, one transaction a step. What cannot be taken costs itself alone. For one thread.</summary>
/// <param name="onSkipped">Told of a record that is left out, with what it failed on.</param>
/// <param name="attribution">Who and for what; the default lists when null.</param>
/// <param name="onPointSkipped">Told of a metric point that is left out, with what it failed on.</param>
/// <param name="clock">Tells how long large sessions take; the system's when null.</param>
internal sealed class StepApplier(
    StoreWriter writer,
    StoreOptions options,
    Action<Fact, Exception> onSkipped,
    Attribution? attribution = null,
    Action<MetricPoint, Exception>? onPointSkipped = null,
    TimeProvider? clock = null
)
{
    /// <summary>Records are rarely smaller, so that by this a step of many bytes is one of many records.</summary>
    private const int LeastRecordBytes = 256;

    private readonly int _maxRecords = (int)Math.Min(int.MaxValue, options.StepBytes / LeastRecordBytes);
    private readonly SessionAssembler _assembler = new(attribution);
    private readonly SessionCache _sessions = new(writer, options.SessionCacheBytes);
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly LargeSessions _large = new(clock ?? TimeProvider.System, writer.ReadWaiting());

    /// <summary>Metric points that the last step brought and the store had already.</summary>
    public int RepeatedPoints { get; private set; }

    /// <summary>All that was computed so far.</summary>
    public AssemblyWork Work { get; private set; }

    /// <summary>Records are in the store that are not in its sessions yet.</summary>
    public bool IsAnyWaiting => _large.IsAnyWaiting;

    /// <inheritdoc cref="LargeSessions.NextIn"/>
    public TimeSpan? NextIn => _large.NextIn;

    /// <summary>Takes records in, or puts them aside where their session is large.</summary>
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
        var sessions = BySession(facts).ToLookup(session => _large.MustWait(session.Key, session.Value));
        var step = new Step([.. sessions[false]], [.. sessions[true]], points ?? [], null);
        if (step.Facts.Sum(static group => group.Value.Count) <= _maxRecords)
        {
            return ApplyPart(step, appliedUpTo, now);
        }

        // One export can hold very many tiny records, and what is made of them takes many times their size. The position moves with the last part: what a crash
        // leaves undone is taken again, and what was done counts once.
        var parts = Flat(step.Facts).Chunk(_maxRecords).ToList();
        var duplicates = parts.Sum(part => ApplyPart(Step.Of(Grouped(part)), writer.Position, now));
        return duplicates + ApplyPart(step with { Facts = [] }, appliedUpTo, now);
    }

    /// <summary>Takes in what waits longest, or the beginning of it. To be called when <see cref="NextIn"/> is over.</summary>
    /// <returns>How many records were there already.</returns>
    /// <exception cref="SqliteException">The disk refused; what waits still waits.</exception>
    /// <exception cref="StoreDamagedException">The store does not hold what was written to it.</exception>
    public int TakeIn(DateTimeOffset now)
    {
        if (_large.Next() is not var (session, enough))
        {
            return 0;
        }

        var (since, before) = (_clock.GetTimestamp(), Work);
        var waiting = writer.LoadWaiting(session, enough);
        var duplicates = ApplyPart(new Step([new(session, waiting.Facts)], [], [], waiting), writer.Position, now);
        _large.TakenIn(waiting, Work - before, since);
        return duplicates;
    }

    /// <summary>A session was deleted from the store.</summary>
    public void Forget(string sessionKey)
    {
        _sessions.Remove(sessionKey);
        _large.Forget(sessionKey);
    }

    private int ApplyPart(Step step, JournalPosition appliedUpTo, DateTimeOffset now)
    {
        try
        {
            return ApplyWhole(step, appliedUpTo, now);
        }
        catch (Exception failure) when (!IsOfTheStore(failure))
        {
            var duplicates = 0;
            Halve(Flat(step.Facts), part => duplicates += ApplyWhole(Step.Of(Grouped(part)), writer.Position, now), onSkipped, failure);
            Halve(Flat(step.Aside), part => ApplyWhole(new Step([], Grouped(part), [], null), writer.Position, now), onSkipped, failure);
            Halve(
                Flat(step.Points),
                part => ApplyWhole(new Step([], [], Grouped(part), null), writer.Position, now),
                onPointSkipped,
                failure
            );
            writer.Apply([], appliedUpTo, now, taken: step.Taken);
            return duplicates;
        }
    }

    private int ApplyWhole(Step step, JournalPosition appliedUpTo, DateTimeOffset now)
    {
        try
        {
            var changes = new List<SessionChange>();
            foreach (var (session, records) in step.Facts)
            {
                changes.Add(_assembler.Apply(_sessions.Get(session), records));
            }

            RepeatedPoints += writer.Apply(changes, appliedUpTo, now, step.Points, step.Aside, step.Taken);
            _sessions.EndStep();
            Count(changes, step.Aside);
            return changes.Sum(static change => change.Duplicates);
        }
        catch
        {
            // What the sessions in memory have taken is not in the store.
            _sessions.Clear();
            throw;
        }
    }

    private void Count(List<SessionChange> changes, IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> aside)
    {
        foreach (var change in changes.Where(static change => change.NewFacts.Count > 0))
        {
            Work += change.Work;
            _large.Worked(change.SessionKey, change.Work);
        }

        foreach (var (session, facts) in aside)
        {
            _large.Waits(session, facts.Count);
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
        BySession([.. all.Select(static one => new KeyValuePair<string, IReadOnlyList<T>>(one.Key, [one.Value]))]);

    private static bool IsOfTheStore(Exception failure) =>
        failure is SqliteException or StoreDamagedException or OutOfMemoryException or ObjectDisposedException;

    private static List<KeyValuePair<string, IReadOnlyList<T>>> BySession<T>(IReadOnlyList<KeyValuePair<string, IReadOnlyList<T>>> all)
    {
        var sessions = new Dictionary<string, List<T>>();
        foreach (var (session, some) in all)
        {
            if (!sessions.TryGetValue(session, out var list))
            {
                sessions[session] = list = new List<T>(some.Count);
            }

            list.AddRange(some);
        }

        return [.. sessions.Select(static pair => new KeyValuePair<string, IReadOnlyList<T>>(pair.Key, pair.Value))];
    }

    /// <summary>What one transaction takes in.</summary>
    /// <param name="Facts">By session key; each key once.</param>
    /// <param name="Aside">Of sessions that must wait.</param>
    /// <param name="Taken">Where the facts waited until now.</param>
    private sealed record Step(
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> Facts,
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> Aside,
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<MetricPoint>>> Points,
        WaitingFacts? Taken
    )
    {
        public static Step Of(IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> facts) => new(facts, [], [], null);
    }
}
