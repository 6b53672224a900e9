using System.Security.Cryptography;
using System.Text;
using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Sessions.Contexts;

namespace ClaudeBridge.Sessions;

/// <summary>One turn as routing sees it: its trace and the facts it consists of.</summary>
internal sealed class Turn(TraceId id, FactOrder start)
{
    public TraceId Id { get; } = id;

    /// <summary>Orders the turns of a session.</summary>
    public FactOrder Start { get; } = start;

    /// <summary>Buckets that belong to it whole.</summary>
    public List<SessionState.Bucket> Buckets { get; } = [];

    /// <summary>Facts of the loose bucket that belong to it.</summary>
    public List<Fact> Loose { get; } = [];

    /// <summary>Opened by a record that names no prompt.</summary>
    public bool IsOfOldClient { get; init; }

    /// <summary>A later turn of the session has begun.</summary>
    public bool IsOver { get; set; }

    /// <summary>Its records may turn out to belong to another turn: spans that stand apart from their log records, or records whose prompt has not come.</summary>
    public bool IsTentative { get; init; }

    /// <summary>What callers said of the turn.</summary>
    public TurnContext Context { get; set; } = TurnContext.Empty;

    /// <summary>Says whether two plans of a turn consist of the same, new facts of its buckets aside.</summary>
    public bool HasShapeOf(Turn other) =>
        IsOver == other.IsOver
        && IsTentative == other.IsTentative
        && Buckets
            .Select(static bucket => bucket.Key)
            .SequenceEqual(other.Buckets.Select(static bucket => bucket.Key), StringComparer.Ordinal)
        && Loose.Count == other.Loose.Count
        && SumOf(Loose) == SumOf(other.Loose)
        && Context.ShowsSameAs(other.Context, EndOfFacts);

    /// <summary>The end of its last record, nanoseconds since 1970.</summary>
    public ulong EndOfFacts() => Buckets.SelectMany(static bucket => bucket.Facts).Concat(Loose).Max(static fact => fact.Reading.End);

    /// <summary>Ids are hashes: two different sets of them do not have one sum.</summary>
    private static UInt128 SumOf(List<Fact> facts)
    {
        var sum = UInt128.Zero;
        foreach (var fact in facts)
        {
            sum = unchecked(sum + fact.Id.Value);
        }

        return sum;
    }
}

/// <summary>
/// Divides a session into turns: which trace a record belongs to. A function of the bucket summaries and of the loose facts; no other
/// fact needs to be in memory for it.
/// </summary>
internal static class TurnPlanner
{
    public static IReadOnlyList<Turn> Plan(SessionState session)
    {
        var turns = new List<Turn>();
        AddTracedAndPrompted(session, turns);
        Sort(turns);
        var waiting = new List<Fact>();
        var apart = new List<Fact>();
        AddLoose(session, turns, waiting, apart);
        PlaceSpansApart(turns, apart);
        PlaceWaiting(session, turns, waiting);
        for (var i = 0; i < turns.Count - 1; i++)
        {
            turns[i].IsOver = true;
        }

        if (session.Find(SessionState.ContextBucket) is { } context)
        {
            ContextRules.Assign(turns, context.InOrder);
        }

        return turns;
    }

    /// <summary>The trace of a turn without trace context: from the session and the prompt, or the record that opened it.</summary>
    private static TraceId DeriveTraceId(string sessionKey, string opener) =>
        SessionKey.TenantOf(sessionKey).Length == 0
            ? TraceId.FromBytes(SHA256.HashData(Encoding.UTF8.GetBytes($"{SessionKey.SessionIdOf(sessionKey) ?? sessionKey}\n{opener}")))
            // A byte that no text has: no session can be named so that it gets the trace of a tenant's.
            : TraceId.FromBytes(SHA256.HashData([.. Encoding.UTF8.GetBytes($"{sessionKey}\n{opener}"), 0xFF]));

    /// <summary>Records that open a turn are named behind a zero: a prompt that begins with one is not taken for them.</summary>
    private static string OpenerOf(string prompt) => prompt.StartsWith('\0') ? "\0prompt " + prompt : prompt;

    /// <summary>One turn per trace, joined by the records of its prompts that carry no trace context; one per prompt that has no trace at all.</summary>
    private static void AddTracedAndPrompted(SessionState session, List<Turn> turns)
    {
        var traceOfPrompt = new Dictionary<string, (FactOrder Order, string Bucket)>(StringComparer.Ordinal);
        foreach (var bucket in session.Buckets.Where(static bucket => IsTrace(bucket)))
        {
            foreach (var (prompt, order) in bucket.Summary.Prompts)
            {
                if (!traceOfPrompt.TryGetValue(prompt, out var known) || order < known.Order)
                {
                    traceOfPrompt[prompt] = (order, bucket.Key);
                }
            }
        }

        var joined = session
            .Buckets.Where(static bucket => IsPrompt(bucket))
            .ToLookup(
                bucket => traceOfPrompt.TryGetValue(PromptOf(bucket), out var trace) ? trace.Bucket : bucket.Key,
                StringComparer.Ordinal
            );
        foreach (var bucket in session.Buckets.Where(bucket => IsTrace(bucket) || joined.Contains(bucket.Key)))
        {
            var members = (IsTrace(bucket) ? joined[bucket.Key].Prepend(bucket) : joined[bucket.Key]).ToList();
            var opened = members.Min(static member => member.Summary.Prompted) ?? members.Min(static member => member.Summary.Opened);
            if (opened is null)
            {
                continue;
            }

            var id = IsTrace(bucket) ? TraceOf(bucket) : DeriveTraceId(session.Key, OpenerOf(PromptOf(bucket)));
            var turn = new Turn(id, opened);
            turn.Buckets.AddRange(members);
            turns.Add(turn);
        }
    }

    /// <summary>
    /// Old clients name no prompt: a turn is what the session wrote from one <c>user_prompt</c> to the next. What else names no prompt joins the
    /// turn that was under way, of whatever kind.
    /// </summary>
    /// <param name="turns">Sorted; stays so.</param>
    /// <param name="waiting">Takes what opens no turn.</param>
    /// <param name="apart">Takes spans that stand apart from their log records.</param>
    private static void AddLoose(SessionState session, List<Turn> turns, List<Fact> waiting, List<Fact> apart)
    {
        var known = turns.ToList();
        var next = 0;
        Turn? current = null;
        foreach (var fact in session.Find(SessionState.LooseBucket)?.InOrder ?? [])
        {
            if (fact.Reading.IsSpanApart)
            {
                apart.Add(fact);
                continue;
            }

            for (; next < known.Count && known[next].Start <= FactOrder.Of(fact); next++)
            {
                current = known[next];
            }

            if (!fact.Kind.IsConversation())
            {
                // An old client's record belongs to the turn under way; a new one would say so.
                (current is { IsOfOldClient: true } ? current.Loose : waiting).Add(fact);
                continue;
            }

            if (current is null || fact.Kind == RecordKind.UserPrompt)
            {
                var opener = fact.Kind == RecordKind.UserPrompt ? $"\0record {fact.Id}" : "\0before the first prompt";
                current = new Turn(DeriveTraceId(session.Key, opener), FactOrder.Of(fact))
                {
                    IsOfOldClient = true,
                    IsTentative = fact.Kind != RecordKind.UserPrompt,
                };
                turns.Add(current);
            }

            current.Loose.Add(fact);
        }

        Sort(turns);
    }

    /// <summary>
    /// Each trace of such spans is one prompt: it joins the turn whose prompt was written when its interaction began, or until that span has
    /// come the turn that was under way. Where there is none it stands for itself, tentatively.
    /// </summary>
    /// <param name="turns">Sorted; stays so.</param>
    private static void PlaceSpansApart(List<Turn> turns, List<Fact> spans)
    {
        // A prompt and the span of the same moment are written within milliseconds of each other, in either order.
        const ulong Tolerance = 50_000_000;
        var withLogs = turns.ToList();
        foreach (var trace in spans.GroupBy(static span => span.Reading.TraceId ?? default).OrderBy(static group => group.Key))
        {
            var interaction = trace.FirstOrDefault(static span => span.Kind == RecordKind.InteractionSpan);
            // A client that only seems old, by a version that its user set, does name the trace in its log records.
            var turn =
                withLogs.Find(turn => turn.Id == trace.Key)
                ?? (
                    interaction is null
                        ? withLogs.FindLast(turn => turn.Start.Time <= trace.Min(static span => span.Time) + Tolerance)
                        : withLogs.Find(turn =>
                            turn.Start.Time + Tolerance >= interaction.Time && turn.Start.Time <= interaction.Reading.End + Tolerance
                        )
                );
            if (turn is null && trace.Where(static span => span.Kind.OpensTurn()).Min() is { } opener)
            {
                turn = new Turn(trace.Key, FactOrder.Of(opener)) { IsTentative = true };
                turns.Add(turn);
            }

            turn?.Loose.AddRange(trace);
        }

        Sort(turns);
    }

    /// <summary>What opens no turn itself joins the session's next turn; until there is one it waits.</summary>
    private static void PlaceWaiting(SessionState session, List<Turn> turns, List<Fact> waiting)
    {
        var placed = turns.SelectMany(static turn => turn.Buckets).Select(static bucket => bucket.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var bucket in session.Buckets)
        {
            if (
                bucket.Key is not (SessionState.LooseBucket or SessionState.ContextBucket)
                && !placed.Contains(bucket.Key)
                && Next(turns, bucket.Summary.First!) is { } turn
            )
            {
                turn.Buckets.Add(bucket);
            }
        }

        foreach (var fact in waiting)
        {
            Next(turns, FactOrder.Of(fact))?.Loose.Add(fact);
        }
    }

    private static Turn? Next(List<Turn> turns, FactOrder order)
    {
        var (low, high) = (0, turns.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = turns[middle].Start >= order ? (low, middle) : (middle + 1, high);
        }

        return low < turns.Count ? turns[low] : null;
    }

    private static void Sort(List<Turn> turns) =>
        turns.Sort(static (one, other) => one.Start.CompareTo(other.Start) is var byStart and not 0 ? byStart : one.Id.CompareTo(other.Id));

    private static bool IsTrace(SessionState.Bucket bucket) => bucket.Key.StartsWith("trace:", StringComparison.Ordinal);

    private static bool IsPrompt(SessionState.Bucket bucket) => bucket.Key.StartsWith("prompt:", StringComparison.Ordinal);

    private static string PromptOf(SessionState.Bucket bucket) => bucket.Key["prompt:".Length..];

    private static TraceId TraceOf(SessionState.Bucket bucket) =>
        TraceId.TryParse(bucket.Key["trace:".Length..], out var id)
            ? id
            : throw new InvalidOperationException($"No trace id: {bucket.Key}");
}
