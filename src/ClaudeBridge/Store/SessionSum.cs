using ClaudeBridge.Sessions;

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
    TraceTotals Totals
);

/// <summary>Adds up the traces of one session.</summary>
internal sealed class SessionSum(string sessionId)
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

    public string SessionId => sessionId;

    public DateTimeOffset End => _end;

    public SessionSummary Summary(CompletenessVerdict verdict) =>
        new()
        {
            SessionId = sessionId,
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
        };

    public SessionDetail Detail(IReadOnlyList<TraceDetail> traces, CompletenessVerdict verdict)
    {
        var summary = Summary(verdict);
        return new SessionDetail
        {
            SessionId = summary.SessionId,
            UserId = summary.UserId,
            StartTime = summary.StartTime,
            EndTime = summary.EndTime,
            Traces = summary.Traces,
            Generations = summary.Generations,
            Tools = summary.Tools,
            Errors = summary.Errors,
            Usage = summary.Usage,
            Cost = summary.Cost,
            CostMicros = summary.CostMicros,
            ClientVersion = summary.ClientVersion,
            Completeness = summary.Completeness,
            CompletenessReasons = summary.CompletenessReasons,
            TraceList = traces,
        };
    }

    private static TraceSummary Later(TraceSummary? one, TraceSummary other) =>
        one is null || other.Start > one.Start || (other.Start == one.Start && other.TraceId > one.TraceId) ? other : one;
}
