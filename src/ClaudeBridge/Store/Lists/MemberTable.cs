using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using SQLitePCL;

namespace ClaudeBridge.Store.Lists;

/// <summary>One row for each user of each tenant: when what of theirs was seen. Used by the one thread that writes.</summary>
/// <remarks>Times are those of the records, so that reading the journal again gives the same rows. Users of other programs are none of ours.</remarks>
internal sealed class MemberTable : IDisposable
{
    private readonly Attribution _attribution;
    private readonly Dictionary<(string Tenant, string User), Seen> _seen = [];
    private readonly Statements _statements;
    private readonly Statement _put;
    private readonly Statement _deleteOld;

    public MemberTable(sqlite3 connection, Attribution attribution)
    {
        _attribution = attribution;
        _statements = new Statements(connection);
        _put = _statements.Prepare(
            """
            INSERT INTO members(tenant, user_id, first_seen, last_seen, last_logs, last_metrics, last_traces, signs, changed_at)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT(tenant, user_id) DO UPDATE SET first_seen = MIN(first_seen, excluded.first_seen), last_seen = MAX(last_seen, excluded.last_seen),
              last_logs = MAX(last_logs, excluded.last_logs), last_metrics = MAX(last_metrics, excluded.last_metrics),
              last_traces = MAX(last_traces, excluded.last_traces), signs = signs | excluded.signs, changed_at = excluded.changed_at
            """
        );
        _deleteOld = _statements.Prepare("DELETE FROM members WHERE last_seen < ?1 AND changed_at < ?2");
    }

    public void Add(SessionChange change)
    {
        if (change.NewFacts.Count == 0 || SessionKey.IsForeign(change.SessionKey))
        {
            return;
        }

        // The turns know whose they are from all of their records; what came before the first turn says it itself.
        var user = change.Traces.Select(static trace => trace.Context.UserId).FirstOrDefault(static user => user is not null);
        foreach (var (_, facts) in change.NewFacts)
        {
            if ((user ?? UserOf(facts)) is { } known)
            {
                Add(SeenOf(SessionKey.TenantOf(change.SessionKey), known), facts);
            }
        }
    }

    /// <param name="points">Of one session.</param>
    public void Add(string sessionKey, IReadOnlyList<MetricPoint> points)
    {
        if (points.Count > 0 && points[0].Series.UserBy(_attribution) is { } user)
        {
            var seen = SeenOf(SessionKey.TenantOf(sessionKey), user);
            foreach (var point in points)
            {
                var time = RecordTime.Of(point.TimeUnixNano);
                seen.First = Math.Min(seen.First, time);
                seen.Metrics = Math.Max(seen.Metrics, time);
            }
        }
    }

    /// <summary>At the end of a transaction.</summary>
    /// <param name="now">Milliseconds of wall time.</param>
    public void Write(long now)
    {
        foreach (var ((tenant, user), seen) in _seen)
        {
            _put.Bind(1, tenant)
                .Bind(2, user)
                .Bind(3, seen.First)
                .Bind(4, Math.Max(Math.Max(seen.Logs, seen.Metrics), seen.Traces))
                .Bind(5, seen.Logs)
                .Bind(6, seen.Metrics)
                .Bind(7, seen.Traces)
                .Bind(8, (long)seen.Signs)
                .Bind(9, now)
                .Run();
        }

        _seen.Clear();
    }

    /// <summary>Whoever has not been seen since what is kept began is no member any more.</summary>
    /// <param name="quietSince">Milliseconds of wall time: rows that were changed since stay.</param>
    public void DeleteOld(DateTimeOffset endedBefore, long quietSince) =>
        _deleteOld.Bind(1, RecordTime.Of(endedBefore)).Bind(2, quietSince).Run();

    /// <summary>After a rollback nobody was seen.</summary>
    public void Forget() => _seen.Clear();

    public void Dispose() => _statements.Dispose();

    private static void Add(Seen seen, IReadOnlyList<Fact> facts)
    {
        foreach (var fact in facts)
        {
            if (fact.Context is not null)
            {
                continue;
            }

            var time = RecordTime.Of(fact.Time);
            seen.First = Math.Min(seen.First, time);
            // Answers are another setting.
            seen.Signs |= SetupSignsReader.Of(fact) & (RecordText.IsPrompt(fact) ? ~SetupSigns.None : ~SetupSigns.Text);
            if (fact.Log is null)
            {
                seen.Traces = Math.Max(seen.Traces, time);
            }
            else
            {
                seen.Logs = Math.Max(seen.Logs, time);
            }
        }
    }

    private string? UserOf(IReadOnlyList<Fact> facts)
    {
        foreach (var fact in facts)
        {
            if (fact.Context is null && _attribution.UserOf(fact.Origin.ResourceAttributes, fact.Attributes) is { } user)
            {
                return user;
            }
        }

        return null;
    }

    private Seen SeenOf(string tenant, string user)
    {
        if (!_seen.TryGetValue((tenant, user), out var seen))
        {
            _seen[(tenant, user)] = seen = new Seen();
        }

        return seen;
    }

    /// <summary>In one transaction. Zero is never, as OTLP has it.</summary>
    private sealed class Seen
    {
        public long First { get; set; } = long.MaxValue;

        public long Logs { get; set; }

        public long Metrics { get; set; }

        public long Traces { get; set; }

        public SetupSigns Signs { get; set; }
    }
}
