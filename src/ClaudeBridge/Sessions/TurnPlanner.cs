using System.Security.Cryptography;
using System.Text;
using ClaudeBridge.ClaudeCode;

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

    /// <summary>A later turn of the session has begun.</summary>
    public bool IsOver { get; set; }

    /// <summary>Only spans that stand apart from their log records: it exists for as long as no log record claims them.</summary>
    public bool IsTentative { get; init; }

    /// <summary>Says whether two plans of a turn consist of the same, new facts aside.</summary>
    public bool HasShapeOf(Turn other) =>
        IsOver == other.IsOver
        && IsTentative == other.IsTentative
        && Buckets
            .Select(static bucket => bucket.Key)
            .SequenceEqual(other.Buckets.Select(static bucket => bucket.Key), StringComparer.Ordinal)
        && Loose.Select(static fact => fact.Id).Order().SequenceEqual(other.Loose.Select(static fact => fact.Id).Order());
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
        var spansApart = AddLoose(session, turns);
        turns.Sort(static (one, other) => one.Start.CompareTo(other.Start));
        PlaceSpansApart(session, turns, spansApart);
        PlaceWaiting(session, turns);
        for (var i = 0; i < turns.Count - 1; i++)
        {
            turns[i].IsOver = true;
        }

        return turns;
    }

    /// <summary>The trace of a turn without trace context: from the session and the prompt, or the record that opened it.</summary>
    internal static TraceId DeriveTraceId(string sessionKey, string opener) =>
        TraceId.FromBytes(SHA256.HashData(Encoding.UTF8.GetBytes($"{SessionKey.SessionIdOf(sessionKey) ?? sessionKey}\n{opener}")));

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

            var id = IsTrace(bucket) ? TraceOf(bucket) : DeriveTraceId(session.Key, PromptOf(bucket));
            var turn = new Turn(id, opened);
            turn.Buckets.AddRange(members);
            turns.Add(turn);
        }
    }

    /// <summary>Old clients name no prompt: a turn is what the session wrote from one <c>user_prompt</c> to the next.</summary>
    /// <returns>Spans that stand apart; they are placed once all turns are known.</returns>
    private static List<Fact> AddLoose(SessionState session, List<Turn> turns)
    {
        var apart = new List<Fact>();
        Turn? current = null;
        foreach (var fact in session.Find(SessionState.LooseBucket)?.Facts.Order() ?? Enumerable.Empty<Fact>())
        {
            if (fact.Reading.IsSpanApart)
            {
                apart.Add(fact);
                continue;
            }

            if (!fact.Kind.IsConversation())
            {
                continue;
            }

            if (current is null || fact.Kind == RecordKind.UserPrompt)
            {
                var opener = fact.Kind == RecordKind.UserPrompt ? fact.Id.ToString() : "before the first prompt";
                current = new Turn(DeriveTraceId(session.Key, opener), FactOrder.Of(fact));
                turns.Add(current);
            }

            current.Loose.Add(fact);
        }

        return apart;
    }

    /// <summary>Each such span joins the latest turn of log records that had begun when it ended; where there is none its trace stands for itself, tentatively.</summary>
    private static void PlaceSpansApart(SessionState session, List<Turn> turns, List<Fact> spans)
    {
        // A span and the event of the same moment are written within milliseconds of each other, in either order.
        const ulong Tolerance = 50_000_000;
        var withLogs = turns.ToList();
        foreach (var trace in spans.GroupBy(static span => span.Reading.TraceId ?? default).OrderBy(static group => group.Key))
        {
            if (withLogs.Count > 0)
            {
                foreach (var span in trace)
                {
                    var turn = withLogs.LastOrDefault(turn => turn.Start.Time <= span.Reading.End + Tolerance) ?? withLogs[0];
                    turn.Loose.Add(span);
                }
            }
            else if (trace.Any(static span => span.Kind.OpensTurn()))
            {
                var turn = new Turn(trace.Key, FactOrder.Of(trace.Where(static span => span.Kind.OpensTurn()).Min()!))
                {
                    IsTentative = true,
                };
                turn.Loose.AddRange(trace);
                turns.Add(turn);
            }
        }

        turns.Sort(static (one, other) => one.Start.CompareTo(other.Start));
    }

    /// <summary>What opens no turn itself joins the session's next turn, or the last one when none follows.</summary>
    private static void PlaceWaiting(SessionState session, List<Turn> turns)
    {
        if (turns.Count == 0)
        {
            return;
        }

        var placed = turns.SelectMany(static turn => turn.Buckets).Select(static bucket => bucket.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var bucket in session.Buckets.Where(bucket => bucket.Key != SessionState.LooseBucket && !placed.Contains(bucket.Key)))
        {
            Next(turns, bucket.Summary.First!).Buckets.Add(bucket);
        }

        foreach (var fact in session.Find(SessionState.LooseBucket)?.Facts ?? [])
        {
            if (!fact.Reading.IsSpanApart && !fact.Kind.IsConversation())
            {
                Next(turns, FactOrder.Of(fact)).Loose.Add(fact);
            }
        }
    }

    private static Turn Next(List<Turn> turns, FactOrder order) => turns.Find(turn => turn.Start >= order) ?? turns[^1];

    private static bool IsTrace(SessionState.Bucket bucket) => bucket.Key.StartsWith("trace:", StringComparison.Ordinal);

    private static bool IsPrompt(SessionState.Bucket bucket) => bucket.Key.StartsWith("prompt:", StringComparison.Ordinal);

    private static string PromptOf(SessionState.Bucket bucket) => bucket.Key["prompt:".Length..];

    private static TraceId TraceOf(SessionState.Bucket bucket) =>
        TraceId.TryParse(bucket.Key["trace:".Length..], out var id)
            ? id
            : throw new InvalidOperationException($"No trace id: {bucket.Key}");
}
