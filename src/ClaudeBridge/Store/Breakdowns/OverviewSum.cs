using System.Runtime.InteropServices;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Store.Breakdowns;

/// <summary>Adds up one row of an overview. Nothing is rounded before the end.</summary>
internal sealed class OverviewSum
{
    private readonly IdSet _sessions = new();
    private readonly DurationRanks _durations = new();
    private long _lastTrace = -1;
    private int _traces;
    private long _generations;
    private long _requests;
    private long _failed;
    private long _refused;
    private TokenSum _usage;
    private CostSum _cost;

    public CostSum Cost => _cost;

    /// <param name="session">The number of its row.</param>
    /// <param name="trace">All entries of one trace come one after the other.</param>
    public void Add(long session, long trace, BreakdownEntry entry)
    {
        if (trace != _lastTrace)
        {
            _lastTrace = trace;
            _traces++;
            _sessions.Add(session);
        }

        _generations += entry.Generations;
        _cost.Add(entry.Cost);
        _usage.Add(entry);
        if (entry.Key.Kind == BreakdownKind.Generation)
        {
            _requests += entry.Calls;
            _failed += entry.Failed;
            _refused += entry.Refused;
            _durations.Add(entry.Durations);
        }
    }

    /// <summary>Takes in what another row added up, for the row of all that have none of their own.</summary>
    public void Add(OverviewSum other)
    {
        _sessions.UnionWith(other._sessions);
        _traces += other._traces;
        _generations += other._generations;
        _requests += other._requests;
        _failed += other._failed;
        _refused += other._refused;
        _usage.Add(other._usage);
        _cost.Add(other._cost);
        _durations.Add(other._durations);
    }

    public OverviewRow Row(string key)
    {
        var usage = _usage.Summary;
        var input = usage.Input + usage.CacheRead + usage.CacheCreation;
        var cost = _cost.Sum;
        return new OverviewRow
        {
            Key = key,
            Sessions = _sessions.Count,
            Traces = _traces,
            Generations = _generations,
            Requests = _requests,
            FailedGenerations = _failed,
            RefusedGenerations = _refused,
            Usage = usage,
            Cost = cost.ToString(),
            CostMicros = ExactCost.Micros(cost.ToDecimal()),
            CacheHitRate = input > 0 ? (double)usage.CacheRead / input : null,
            Latency = _durations.Ranked(),
        };
    }
}

/// <summary>Adds up the calls of one tool.</summary>
internal sealed class ToolSum
{
    private readonly DurationRanks _durations = new();
    private long _failed;
    private long _refused;
    private CostSum? _estimate;

    public long Calls { get; private set; }

    public void Add(BreakdownEntry entry)
    {
        Calls += entry.Calls;
        _failed += entry.Failed;
        _refused += entry.Refused;
        _durations.Add(entry.Durations);
        _estimate = CostSum.Added(_estimate, entry.Estimate);
    }

    public void Add(ToolSum other)
    {
        Calls += other.Calls;
        _failed += other._failed;
        _refused += other._refused;
        _durations.Add(other._durations);
        _estimate = CostSum.Added(_estimate, other._estimate);
    }

    public ToolRow Row(string key)
    {
        var estimate = _estimate?.Sum;
        return new ToolRow
        {
            Key = key,
            Calls = Calls,
            Failed = _failed,
            Refused = _refused,
            Latency = _durations.Ranked(),
            EstimatedCost = estimate?.ToString(),
            EstimatedCostMicros = estimate is { } sum ? ExactCost.Micros(sum.ToDecimal()) : null,
        };
    }
}

/// <summary>Adds up one step in time.</summary>
internal sealed class StepSum
{
    /// <summary>Models of one step that are told apart.</summary>
    private const int MaxModels = 100;

    private readonly Dictionary<string, (CostSum Cost, long Tokens)> _models = new(StringComparer.Ordinal);
    private TokenSum _usage;
    private CostSum _cost;
    private long _requests;
    private long _generations;

    public void Add(BreakdownEntry entry)
    {
        _requests += entry.Key.Kind == BreakdownKind.Generation ? entry.Calls : 0;
        if (entry.Generations == 0 && entry.Cost.IsZero && entry.Tokens == 0)
        {
            return;
        }

        _usage.Add(entry);
        _cost.Add(entry.Cost);
        _generations += entry.Generations;
        var model = entry.Key.Model ?? Dimension.None;
        model = _models.Count < MaxModels || _models.ContainsKey(model) ? model : OverviewReader.Others;
        ref var share = ref CollectionsMarshal.GetValueRefOrAddDefault(_models, model, out _);
        share.Cost.Add(entry.Cost);
        share.Tokens += entry.Tokens;
    }

    public OverviewStep Step(DateTimeOffset start) =>
        new(
            start,
            [
                .. _models
                    .Select(static model => new StepShare(
                        model.Key,
                        ExactCost.Micros(model.Value.Cost.Sum.ToDecimal()),
                        model.Value.Tokens
                    ))
                    .OrderByDescending(static share => share.CostMicros)
                    .ThenByDescending(static share => share.Tokens)
                    .ThenBy(static share => share.Key, StringComparer.Ordinal),
            ],
            _usage.Summary,
            ExactCost.Micros(_cost.Sum.ToDecimal()),
            _requests,
            _generations
        );
}

/// <summary>Adds up tokens.</summary>
internal struct TokenSum
{
    private long _input;
    private long _output;
    private long _cacheRead;
    private long _cacheCreation;

    public readonly UsageSummary Summary => new(_input, _output, _cacheRead, _cacheCreation);

    public void Add(BreakdownEntry entry)
    {
        _input += entry.Input;
        _output += entry.Output;
        _cacheRead += entry.CacheRead;
        _cacheCreation += entry.CacheCreation;
    }

    public void Add(in TokenSum other)
    {
        _input += other._input;
        _output += other._output;
        _cacheRead += other._cacheRead;
        _cacheCreation += other._cacheCreation;
    }
}
