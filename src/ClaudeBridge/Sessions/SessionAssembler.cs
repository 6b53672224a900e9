using ClaudeBridge.Sessions.Assembly;
using ClaudeBridge.Sessions.Foreign;

namespace ClaudeBridge.Sessions;

/// <summary>Takes new facts into a session and says what changed. Pure but for the state it is given: no clock, no disk, no random source.</summary>
/// <remarks>
/// Turns touched by a step are computed anew from all their facts, so the result depends on the set of facts alone and not on the way they came.
/// </remarks>
/// <param name="attribution">Who and for what; the default lists when null.</param>
public sealed class SessionAssembler(Attribution? attribution = null)
{
    private readonly Attribution _attribution = attribution ?? Attribution.Default;

    public SessionChange Apply(SessionState state, IReadOnlyList<Fact> facts)
    {
        var added = new Dictionary<string, List<Fact>>(StringComparer.Ordinal);
        var summaries = new SortedSet<string>(StringComparer.Ordinal);
        var duplicates = 0;
        foreach (var fact in facts)
        {
            var bucket = state.GetOrAdd(SessionState.BucketOf(fact));
            if (!bucket.TryAdd(fact))
            {
                duplicates++;
                continue;
            }

            if (!added.TryGetValue(bucket.Key, out var list))
            {
                added[bucket.Key] = list = [];
            }

            list.Add(fact);
            if (bucket.Summary.Add(fact))
            {
                summaries.Add(bucket.Key);
            }
        }

        if (added.Count == 0)
        {
            return new SessionChange
            {
                SessionKey = state.Key,
                NewFacts = [],
                Buckets = [],
                Traces = [],
                RemovedTraces = [],
                Duplicates = duplicates,
            };
        }

        var before = new Dictionary<TraceId, Turn>();
        foreach (var turn in state.Plan)
        {
            before.TryAdd(turn.Id, turn);
        }

        state.Plan = TurnPlanner.Plan(state);
        var sessionId = SessionIdOf(state);
        var traces = new List<TraceView>();
        long built = 0;
        foreach (var turn in state.Plan)
        {
            var isSame = before.Remove(turn.Id, out var old) && turn.HasShapeOf(old);
            if (!isSame || turn.Buckets.Exists(bucket => added.ContainsKey(bucket.Key)))
            {
                built += turn.Loose.Count + turn.Buckets.Sum(static bucket => bucket.Facts.Count);
                traces.Add(
                    SessionKey.IsForeign(state.Key)
                        ? ForeignTrace.Build(turn, _attribution)
                        : TraceBuilder.Build(sessionId, turn, _attribution)
                );
            }
        }

        return new SessionChange
        {
            SessionKey = state.Key,
            NewFacts = [.. added.Select(static pair => new KeyValuePair<string, IReadOnlyList<Fact>>(pair.Key, pair.Value))],
            Buckets = [.. summaries.Select(key => new BucketState(key, state.Find(key)!.Summary.Write()))],
            Traces = traces,
            RemovedTraces = [.. before.Keys.Order()],
            Duplicates = duplicates,
            Work = new AssemblyWork(built, Math.Max(0, built - added.Values.Sum(static list => (long)list.Count)), state.BucketCount),
        };
    }

    private static string SessionIdOf(SessionState state) =>
        SessionKey.SessionIdOf(state.Key)
        ?? state.Buckets.Select(static bucket => bucket.Summary.Conversation).Where(static id => id is not null).Min(StringComparer.Ordinal)
        ?? SessionKey.None;
}
