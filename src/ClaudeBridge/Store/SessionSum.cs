using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;

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
    string? Service
);

/// <summary>Adds up the traces of one session.</summary>
/// <param name="service">The program that wrote them; null for Claude Code.</param>
internal sealed class SessionSum(string sessionId, string? service)
{
    private DateTimeOffset _start = DateTimeOffset.MaxValue;
    private DateTimeOffset _end = DateTimeOffset.MinValue;
    private TraceTotals _totals;
    private TraceSummary? _latestWithUser;
    private TraceSummary? _latestWithVersion;
    private readonly FigureSums _figures = new();
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

    public string? Service => service;

    public DateTimeOffset End => _end;

    public void Add(MetricFigure figure, ExactSum sum) => _figures.Add(figure, sum);

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
            Service = service,
            Metrics = _figures.Sums(),
        };

    public SessionDetail Detail(IReadOnlyList<TraceDetail> traces, CompletenessVerdict verdict) => new(Summary(verdict), traces);

    private static TraceSummary Later(TraceSummary? one, TraceSummary other) =>
        one is null || other.Start > one.Start || (other.Start == one.Start && other.TraceId > one.TraceId) ? other : one;
}
