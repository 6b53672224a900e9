using ClaudeBridge.Sessions.Metrics;

namespace ClaudeBridge.Store;

/// <summary>Adds up one row of totals. Nothing is rounded before the end.</summary>
internal sealed class TotalsSum
{
    private readonly HashSet<string> _sessions = new(StringComparer.Ordinal);
    private readonly HashSet<long> _traces = [];
    private readonly FigureSums _figures = new();
    private long _generations;
    private long _tools;
    private long _errors;
    private long _input;
    private long _output;
    private long _cacheRead;
    private long _cacheCreation;
    private ExactSum _cost;

    public ExactSum Cost => _cost;

    public long Generations => _generations;

    public void Add(string session, long trace, in TraceTotals observation)
    {
        _sessions.Add(session);
        _traces.Add(trace);
        _generations += observation.Generations;
        _tools += observation.Tools;
        _errors += observation.Errors;
        _input += observation.Input;
        _output += observation.Output;
        _cacheRead += observation.CacheRead;
        _cacheCreation += observation.CacheCreation;
        if (observation.Cost != 0)
        {
            _cost += ExactSum.Of(observation.Cost);
        }
    }

    public void Add(MetricFigure figure, ExactSum sum) => _figures.Add(figure, sum);

    public void Add(TotalsSum other)
    {
        _sessions.UnionWith(other._sessions);
        _traces.UnionWith(other._traces);
        _figures.Add(other._figures);
        _generations += other._generations;
        _tools += other._tools;
        _errors += other._errors;
        _input += other._input;
        _output += other._output;
        _cacheRead += other._cacheRead;
        _cacheCreation += other._cacheCreation;
        _cost += other._cost;
    }

    public TotalsRow Row(IReadOnlyDictionary<string, string> key) =>
        new()
        {
            Key = key,
            Sessions = _sessions.Count,
            Traces = _traces.Count,
            Generations = _generations,
            Tools = _tools,
            Errors = _errors,
            Usage = new UsageSummary(_input, _output, _cacheRead, _cacheCreation),
            Cost = _cost.ToString(),
            CostMicros = ExactCost.Micros(_cost.ToDecimal()),
            Metrics = _figures.Sums(),
        };
}

/// <summary>Adds up Claude Code's metrics.</summary>
internal sealed class FigureSums
{
    private readonly ExactSum[] _sums = new ExactSum[Enum.GetValues<MetricFigure>().Length];

    public void Add(MetricFigure figure, ExactSum sum) => _sums[(int)figure] += sum;

    public void Add(FigureSums other)
    {
        for (var i = 0; i < _sums.Length; i++)
        {
            _sums[i] += other._sums[i];
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
