using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store.Breakdowns;

/// <summary>What is counted in an entry.</summary>
internal enum BreakdownKind : byte
{
    /// <summary>Roots, and failures that are neither requests nor calls.</summary>
    Other = 0,
    Generation = 1,
    Tool = 2,
}

/// <summary>What the observations of one entry have in common.</summary>
/// <param name="Hour">Whole hours since 1970 (UTC) of their start.</param>
/// <param name="Tool">Of tool calls only.</param>
internal readonly record struct BreakdownKey(
    long Hour,
    BreakdownKind Kind,
    string? Model,
    string? Tool,
    string? McpServer,
    string? Skill,
    string? Agent
)
{
    public const long NanosPerHour = SeriesTable.NanosPerDay / 24;

    /// <remarks>Of what tells most entries apart: this is asked for with every observation.</remarks>
    public override int GetHashCode() => HashCode.Combine(Hour, Kind, Tool ?? Model);

    /// <summary>The order in which entries are kept.</summary>
    public static int Compare(BreakdownKey one, BreakdownKey other)
    {
        var order = one.Hour.CompareTo(other.Hour);
        order = order != 0 ? order : one.Kind.CompareTo(other.Kind);
        order = order != 0 ? order : string.CompareOrdinal(one.Model, other.Model);
        order = order != 0 ? order : string.CompareOrdinal(one.Tool, other.Tool);
        order = order != 0 ? order : string.CompareOrdinal(one.McpServer, other.McpServer);
        order = order != 0 ? order : string.CompareOrdinal(one.Skill, other.Skill);
        return order != 0 ? order : string.CompareOrdinal(one.Agent, other.Agent);
    }
}

/// <summary>The sums of the observations of a trace that have one key. Nothing is rounded.</summary>
internal sealed class BreakdownEntry
{
    private CostSum _cost;

    public BreakdownKey Key { get; set; }

    /// <summary>Model requests that ended in an answer, a failure or a refusal; tool results and refusals.</summary>
    public long Calls { get; set; }

    public long Failed { get; set; }

    public long Refused { get; set; }

    /// <summary>The counts and sums that lists and totals show.</summary>
    public long Generations { get; set; }

    public long Errors { get; set; }

    public long Input { get; set; }

    public long Output { get; set; }

    public long CacheRead { get; set; }

    public long CacheCreation { get; set; }

    public ref CostSum Cost => ref _cost;

    /// <summary>See <see cref="ToolCostEstimate"/>; null where nothing could be estimated.</summary>
    public CostSum? Estimate { get; set; }

    /// <summary>Microseconds, ascending: of requests that were paid for, and of calls that ran.</summary>
    public List<long> Durations { get; } = [];

    public long Tokens => Input + Output + CacheRead + CacheCreation;

    public long Tools => Key.Kind == BreakdownKind.Tool ? Calls : 0;

    public void Clear()
    {
        Calls = Failed = Refused = Generations = Errors = Input = Output = CacheRead = CacheCreation = 0;
        Cost = default;
        Estimate = null;
        Durations.Clear();
    }

    public void Add(Observation observation, decimal? estimate)
    {
        var totals = TraceTotals.Of(observation.Type, observation.Level, observation.Readiness, observation.Usage, observation.Cost);
        var outcome = ObservationOutcomes.Of(observation);
        Calls += outcome == ObservationOutcome.None ? 0 : 1;
        Failed += outcome == ObservationOutcome.Failed ? 1 : 0;
        Refused += outcome == ObservationOutcome.Refused ? 1 : 0;
        Generations += totals.Generations;
        Errors += totals.Errors;
        Input += totals.Input;
        Output += totals.Output;
        CacheRead += totals.CacheRead;
        CacheCreation += totals.CacheCreation;
        Cost.Add(totals.Cost);
        if (estimate is { } share)
        {
            var sum = Estimate ?? default;
            sum.Add(share);
            Estimate = sum;
        }

        var hasRun = Key.Kind == BreakdownKind.Tool && outcome is ObservationOutcome.Succeeded or ObservationOutcome.Failed;
        if (hasRun || totals.Generations > 0)
        {
            Durations.Add((long)((observation.EndUnixNano - observation.StartUnixNano) / 1000));
        }
    }
}
