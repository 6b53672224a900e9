using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Breakdowns;

namespace ClaudeBridge.Store;

/// <summary>Adds up one row of totals. Nothing is rounded before the end.</summary>
internal sealed class TotalsSum
{
    private readonly IdSet _sessions = new();
    private readonly IdSet _traces = new();
    private readonly FigureSums _figures = new();
    private long _generations;
    private long _tools;
    private long _errors;
    private TokenSum _usage;
    private CostSum _cost;
    private CostSum? _estimate;
    private long _lastTrace = -1;

    public CostSum Cost => _cost;

    public long Generations => _generations;

    /// <param name="session">The number of its row.</param>
    /// <param name="trace">All entries of one trace come one after the other.</param>
    public void Add(long session, long trace, BreakdownEntry entry)
    {
        if (trace != _lastTrace)
        {
            _lastTrace = trace;
            _traces.Add(trace);
            _sessions.Add(session);
        }

        _generations += entry.Generations;
        _tools += entry.Tools;
        _errors += entry.Errors;
        _usage.Add(entry);
        _cost.Add(entry.Cost);
        _estimate = CostSum.Added(_estimate, entry.Estimate);
    }

    public void Add(MetricFigure figure, in CostSum sum) => _figures.Add(figure, sum);

    /// <summary>Takes in another row, which may have a part of the same traces.</summary>
    public void Add(TotalsSum other)
    {
        _sessions.UnionWith(other._sessions);
        _traces.UnionWith(other._traces);
        _figures.Add(other._figures);
        _generations += other._generations;
        _tools += other._tools;
        _errors += other._errors;
        _usage.Add(other._usage);
        _cost.Add(other._cost);
        _estimate = CostSum.Added(_estimate, other._estimate);
    }

    /// <param name="withEstimate">Whether estimated costs say something here.</param>
    public TotalsRow Row(IReadOnlyDictionary<string, string> key, bool withEstimate) =>
        new()
        {
            Key = key,
            Sessions = _sessions.Count,
            Traces = _traces.Count,
            Generations = _generations,
            Tools = _tools,
            Errors = _errors,
            Usage = _usage.Summary,
            Cost = _cost.Sum.ToString(),
            CostMicros = ExactCost.Micros(_cost.ToDecimal()),
            EstimatedCost = withEstimate ? _estimate?.Sum.ToString() : null,
            EstimatedCostMicros = withEstimate && _estimate is { } estimate ? ExactCost.Micros(estimate.ToDecimal()) : null,
            Metrics = _figures.Sums(),
        };
}

/// <summary>Adds up Claude Code's metrics.</summary>
internal sealed class FigureSums
{
    private static readonly int Count = Enum.GetValues<MetricFigure>().Length;

    private readonly CostSum[] _sums = new CostSum[Count];

    public void Add(MetricFigure figure, in CostSum sum) => _sums[(int)figure].Add(sum);

    public void Add(FigureSums other)
    {
        for (var i = 0; i < _sums.Length; i++)
        {
            _sums[i].Add(other._sums[i]);
        }
    }

    public MetricSums Sums() =>
        new()
        {
            LinesAdded = Of(MetricFigure.LinesAdded),
            LinesRemoved = Of(MetricFigure.LinesRemoved),
            Commits = Of(MetricFigure.Commits),
            PullRequests = Of(MetricFigure.PullRequests),
            ActiveSecondsUser = Of(MetricFigure.ActiveSecondsUser),
            ActiveSecondsCli = Of(MetricFigure.ActiveSecondsCli),
            EditsAccepted = Of(MetricFigure.EditsAccepted),
            EditsRejected = Of(MetricFigure.EditsRejected),
            SessionsStarted = Of(MetricFigure.SessionsStarted),
        };

    private decimal Of(MetricFigure figure) => _sums[(int)figure].ToDecimal();
}
