using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Lists;

namespace ClaudeBridge.Store;

/// <summary>The row of a trace as queries need it.</summary>
internal sealed record TraceSummary(
    long Row,
    TraceId TraceId,
    string SessionId,
    string? UserId,
    string Name,
    string? Version,
    string? PromptId,
    DateTimeOffset Start,
    DateTimeOffset End,
    ObservationLevel Level,
    TraceTotals Totals,
    string? Service,
    string Tenant
)
{
    /// <summary>The session it is shown under.</summary>
    public ListedSession Listed => new(Tenant, SessionId, Service);
}

/// <summary>Adds up the traces of one session.</summary>
internal sealed class SessionSum(ListedSession session)
{
    private DateTimeOffset _start = DateTimeOffset.MaxValue;
    private DateTimeOffset _end = DateTimeOffset.MinValue;
    private TraceTotals _totals;
    private TraceSummary? _latestWithUser;
    private TraceSummary? _latestWithVersion;
    private int _traces;

    public void Add(TraceSummary trace)
    {
        _traces++;
        _totals += trace.Totals;
        _start = trace.Start < _start ? trace.Start : _start;
        _end = trace.End > _end ? trace.End : _end;
        _latestWithUser = trace.UserId is null ? _latestWithUser : Later(_latestWithUser, trace);
        _latestWithVersion = trace.Version is null ? _latestWithVersion : Later(_latestWithVersion, trace);
    }

    public SessionSummary Summary(CompletenessVerdict verdict, MetricSums metrics) =>
        new()
        {
            SessionId = session.SessionId,
            UserId = _latestWithUser?.UserId,
            StartTime = _start,
            EndTime = _end,
            Traces = _traces,
            Generations = _totals.Generations,
            Tools = _totals.Tools,
            Errors = _totals.Errors,
            Usage = new UsageSummary(_totals.Input, _totals.Output, _totals.CacheRead, _totals.CacheCreation),
            Cost = ExactCost.Text(_totals.Cost),
            CostMicros = ExactCost.Micros(_totals.Cost),
            ClientVersion = _latestWithVersion?.Version,
            Completeness = verdict.Word,
            CompletenessReasons = verdict.Reasons,
            Service = session.Service,
            Metrics = metrics,
        };

    public SessionDetail Detail(IReadOnlyList<TraceDetail> traces, CompletenessVerdict verdict, MetricSums metrics) =>
        new(Summary(verdict, metrics), traces);

    private static TraceSummary Later(TraceSummary? one, TraceSummary other) =>
        one is null || other.Start > one.Start || (other.Start == one.Start && other.TraceId > one.TraceId) ? other : one;
}
