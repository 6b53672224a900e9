using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Breakdowns;

namespace ClaudeBridge.Store.Counters;

/// <summary>What is counted for ever, not only for as long as the store keeps it. The numbers are kept in the store.</summary>
internal enum CounterMetric : byte
{
    Cost = 0,
    InputTokens = 1,
    OutputTokens = 2,
    CacheReadTokens = 3,
    CacheCreationTokens = 4,
    RequestsSucceeded = 5,
    RequestsFailed = 6,
    RequestsRefused = 7,
    CallsSucceeded = 8,
    CallsFailed = 9,
    CallsRefused = 10,
    Sessions = 11,
    LinesAdded = 12,
    LinesRemoved = 13,
    Commits = 14,
    PullRequests = 15,
    ActiveSecondsUser = 16,
    ActiveSecondsCli = 17,
    EditsAccepted = 18,
    EditsRejected = 19,
}

/// <summary>Whose counters: empty where there is none.</summary>
internal readonly record struct CounterLabels(string Tenant, string User, string Team, string Model, string Tool)
{
    /// <summary>The name that stands for all that there is no place for.</summary>
    public const string Others = "other";

    public static CounterLabels Of(string tenant, string? user, string? team) => new(tenant, user ?? "", team ?? "", "", "");

    /// <summary>Where the labels go when there is no place for them. Tenants never mix.</summary>
    public CounterLabels Other => new(Tenant, Others, Others, Model.Length > 0 ? Others : "", Tool.Length > 0 ? Others : "");
}

/// <summary>One value of every counter. Exact.</summary>
internal sealed class CounterValues
{
    private static readonly int Count = Enum.GetValues<CounterMetric>().Length;

    private readonly CostSum[] _values = new CostSum[Count];

    public ref CostSum this[CounterMetric metric] => ref _values[(int)metric];

    /// <summary>The counter of a sum of the client's metrics; null for the one that is none: sessions are counted by their turns.</summary>
    public static CounterMetric? Of(MetricFigure figure) =>
        figure is >= MetricFigure.LinesAdded and <= MetricFigure.EditsRejected
            ? CounterMetric.LinesAdded + (byte)(figure - MetricFigure.LinesAdded)
            : null;

    public void Add(CounterMetric metric, long count) => _values[(int)metric].Add(count);

    public void Add(CounterValues other)
    {
        for (var i = 0; i < Count; i++)
        {
            _values[i].Add(other._values[i]);
        }
    }

    /// <param name="sign">1, or -1 to take it out.</param>
    public void Add(BreakdownEntry entry, int sign)
    {
        if (sign > 0)
        {
            _values[(int)CounterMetric.Cost].Add(entry.Cost);
        }
        else
        {
            _values[(int)CounterMetric.Cost].Subtract(entry.Cost);
        }

        Add(CounterMetric.InputTokens, sign * entry.Input);
        Add(CounterMetric.OutputTokens, sign * entry.Output);
        Add(CounterMetric.CacheReadTokens, sign * entry.CacheRead);
        Add(CounterMetric.CacheCreationTokens, sign * entry.CacheCreation);
        if (entry.Key.Kind == BreakdownKind.Other)
        {
            return;
        }

        var isTool = entry.Key.Kind == BreakdownKind.Tool;
        Add(isTool ? CounterMetric.CallsSucceeded : CounterMetric.RequestsSucceeded, sign * (entry.Calls - entry.Failed - entry.Refused));
        Add(isTool ? CounterMetric.CallsFailed : CounterMetric.RequestsFailed, sign * entry.Failed);
        Add(isTool ? CounterMetric.CallsRefused : CounterMetric.RequestsRefused, sign * entry.Refused);
    }

    /// <summary>Takes over every value that is larger.</summary>
    public void RaiseTo(CounterValues other)
    {
        for (var i = 0; i < Count; i++)
        {
            if (other._values[i] > _values[i])
            {
                _values[i] = other._values[i];
            }
        }
    }

    /// <summary>Whether any value is below what it was.</summary>
    public bool IsBelow(CounterValues before)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_values[i] < before._values[i])
            {
                return true;
            }
        }

        return false;
    }

    public CounterValues Copy()
    {
        var copy = new CounterValues();
        _values.CopyTo(copy._values, 0);
        return copy;
    }

    /// <summary>Those that are not zero, each after its number.</summary>
    public void Write(ByteWriter to)
    {
        for (var i = 0; i < Count; i++)
        {
            if (!_values[i].IsZero)
            {
                to.Byte((byte)i);
                _values[i].Write(to);
            }
        }
    }

    /// <exception cref="StoreDamagedException">They are none.</exception>
    public static CounterValues Read(ReadOnlySpan<byte> data)
    {
        var values = new CounterValues();
        var from = new ByteReader(data);
        while (!from.IsAtEnd)
        {
            var metric = from.Byte();
            if (metric >= Count)
            {
                throw new StoreDamagedException("A counter in the store is none of those that there are.");
            }

            values._values[metric] = CostSum.Read(ref from);
        }

        return values;
    }
}
