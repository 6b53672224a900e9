using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store.Lists;

/// <summary>What one trace adds to the row of its session.</summary>
internal sealed record SessionPart(
    long Trace,
    TraceId Id,
    long Started,
    long Ended,
    string? User,
    string? Version,
    string? Team,
    string? Repository,
    TraceTotals Totals,
    IReadOnlyList<TraceName> Names,
    string? Title
)
{
    /// <summary>Columns of a trace <c>t</c> and its texts <c>x</c> that <see cref="Read"/> takes.</summary>
    public const string Columns = """
        t.id, t.trace_id, t.start_nano, t.end_nano, t.user_id, t.version, t.team, t.repository,
        t.generations, t.tools, t.errors, t.input_tokens, t.output_tokens, t.cache_read, t.cache_creation, t.cost, t.names, x.input_head
        """;

    public static SessionPart Of(TraceRow trace, TraceView view, in TraceTotals totals)
    {
        var labels = TraceLabels.Of(view.Context);
        return new SessionPart(
            trace.Id,
            trace.TraceId,
            RecordTime.Of(view.StartUnixNano),
            RecordTime.Of(view.EndUnixNano),
            view.Context.UserId,
            view.Context.Version,
            labels.Team,
            labels.Repository,
            totals,
            trace.Names ?? [],
            Heads.OneLine(view.Input)
        );
    }

    public static SessionPart Read(Statement row) =>
        new(
            row.Long(0),
            new TraceId(row.Wide(1)),
            RecordTime.Of((ulong)row.Long(2)),
            RecordTime.Of((ulong)row.Long(3)),
            row.TextOrNull(4),
            row.TextOrNull(5),
            row.TextOrNull(6),
            row.TextOrNull(7),
            TraceTotals.Read(row, 8),
            TraceName.Read(row.Text(16)),
            row.TextOrNull(17)
        );

    /// <summary>By start, then id: of what changes from turn to turn the last one counts, and of titles the first.</summary>
    public bool IsBefore(SessionPart other) => Started != other.Started ? Started < other.Started : Id < other.Id;
}

/// <summary>What the traces of a session add up to.</summary>
internal sealed class SessionTotal
{
    private SessionPart? _user;
    private SessionPart? _version;
    private SessionPart? _team;
    private SessionPart? _repository;
    private SessionPart? _title;

    public SessionTotal(IReadOnlyCollection<SessionPart> parts)
    {
        Traces = parts.Count;
        Models = TraceName.Models(parts.SelectMany(static part => part.Names));
        foreach (var part in parts)
        {
            Started = Math.Min(Started, part.Started);
            Ended = Math.Max(Ended, part.Ended);
            Totals += part.Totals;
            _user = part.User is null ? _user : Last(_user, part);
            _version = part.Version is null ? _version : Last(_version, part);
            _team = part.Team is null ? _team : Last(_team, part);
            _repository = part.Repository is null ? _repository : Last(_repository, part);
            _title =
                part.Title is null ? _title
                : _title is { } first && first.IsBefore(part) ? first
                : part;
        }
    }

    public int Traces { get; }

    public long Started { get; } = long.MaxValue;

    public long Ended { get; }

    public TraceTotals Totals { get; }

    public IReadOnlyList<string> Models { get; }

    public string? User => _user?.User;

    public string? Version => _version?.Version;

    public string? Team => _team?.Team;

    public string? Repository => _repository?.Repository;

    public string? Title => _title?.Title;

    private static SessionPart Last(SessionPart? one, SessionPart other) => one is null || one.IsBefore(other) ? other : one;
}
