using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Breakdowns;
using SQLitePCL;

namespace ClaudeBridge.Store.Counters;

/// <summary>Keeps Claude Code's figures as counters: of all that the store ever held, whatever it has deleted since. Used by the one thread that writes.</summary>
/// <remarks>
/// <para>A counter is what the traces and series in the store add up to, and what deleted sessions had added up to. It is added up once, when it is first asked for;
/// from then on each step adds the difference that it makes. A bridge that nobody asks pays nothing.</para>
/// <para>A late record can make a sum smaller: what a counter has shown it goes on showing until the sum has passed it, also after a restart.</para>
/// <para>A difference counts for the labels that the trace has by then: what becomes known late does not move what was counted before, which would count it twice.</para>
/// </remarks>
internal sealed class CounterBook : IDisposable
{
    /// <summary>Sets of labels at most; more go to those for all others. About 1.5 kB each.</summary>
    public const int MaxRows = 5000;

    private readonly Dictionary<CounterLabels, Row> _rows = [];
    private readonly Dictionary<CounterLabels, CounterValues> _step = [];
    private readonly BreakdownEntry _entry = new();
    private readonly CounterTable _table;
    private readonly CounterSources _sources;
    private readonly int _maxRows;

    /// <param name="remembered">Series whose labels need not be looked up.</param>
    public CounterBook(sqlite3 connection, int maxRows = MaxRows, int remembered = 10_000)
    {
        _maxRows = maxRows;
        _table = new CounterTable(connection);
        _sources = new CounterSources(connection, remembered);
    }

    /// <summary>Whether differences are wanted: not before somebody has asked.</summary>
    public bool IsKept { get; private set; }

    /// <summary>A trace's figures are others than before, in the transaction at hand.</summary>
    public void Changed(TraceContext context, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        if (IsKept && context.Service is null)
        {
            var labels = CounterLabels.Of(context.Tenant, context.UserId, TraceLabels.Of(context).Team);
            Add(In(_step), labels, before, -1);
            Add(In(_step), labels, after, 1);
        }
    }

    /// <summary>A trace is about to get other labels: what was counted of it so far stays with those that it was counted with, also after a restart.</summary>
    public void Relabel(long trace, TraceContext context, ReadOnlySpan<byte> breakdown)
    {
        var labels = CounterLabels.Of(context.Tenant, context.UserId, TraceLabels.Of(context).Team);
        if (!IsKept || _sources.LabelsOf(trace) is not { } before || before == labels)
        {
            return;
        }

        var moved = new Dictionary<CounterLabels, CounterValues>();
        Add(In(moved), before, breakdown, 1);
        Add(In(moved), labels, breakdown, -1);
        foreach (var (own, values) in moved)
        {
            _table.Retire(own, values, _maxRows);
        }
    }

    /// <summary>A trace is about to be written: the first of its session makes one session more.</summary>
    public void Added(TraceContext context, long session)
    {
        if (IsKept && context is { Service: null, SessionId: not SessionKey.None } && _sources.TracesOf(session) == 0)
        {
            ValuesOf(_step, CounterLabels.Of(context.Tenant, null, null)).Add(CounterMetric.Sessions, 1);
        }
    }

    /// <summary>A trace is about to be removed, because its records turned out to belong elsewhere.</summary>
    public void Removed(long trace, long session, ReadOnlySpan<byte> breakdown)
    {
        if (IsKept && _sources.LabelsOf(trace) is { } labels)
        {
            Add(In(_step), labels, breakdown, -1);
            if (_sources.TracesOf(session) == 1)
            {
                ValuesOf(_step, CounterLabels.Of(labels.Tenant, null, null)).Add(CounterMetric.Sessions, -1);
            }
        }
    }

    /// <summary>A metric series has one share more.</summary>
    public void Changed(long series, ExactSum share)
    {
        if (IsKept && _sources.FigureOf(series) is var (labels, metric))
        {
            ValuesOf(_step, labels)[metric].Add(share);
        }
    }

    /// <summary>A session is about to be deleted for its age: what it added up to stays counted.</summary>
    public void Retire(long session)
    {
        var values = new Dictionary<CounterLabels, CounterValues>();
        Gather(In(values), session);
        foreach (var (labels, ofSession) in values)
        {
            _table.Retire(labels, ofSession, _maxRows);
        }
    }

    /// <summary>Before the step is committed: what falls below what was shown is kept.</summary>
    public void BeforeCommit()
    {
        foreach (var (labels, values) in _step)
        {
            var row = RowOf(labels, out var own);
            var after = row.Value.Copy();
            after.Add(values);
            if (after.IsBelow(row.Shown))
            {
                _table.PutShown(own, row.Shown);
            }
        }
    }

    public void Committed()
    {
        foreach (var (labels, values) in _step)
        {
            RowOf(labels, out _).Value.Add(values);
        }

        _step.Clear();
    }

    public void RolledBack()
    {
        _step.Clear();
        _sources.Forget();
    }

    /// <summary>What may be shown now. Not within a step.</summary>
    public UsageCounters Read()
    {
        if (!IsKept)
        {
            Load();
        }

        var rows = new List<KeyValuePair<CounterLabels, CounterValues>>(_rows.Count);
        foreach (var (labels, row) in _rows)
        {
            row.Shown.RaiseTo(row.Value);
            rows.Add(new(labels, row.Shown.Copy()));
        }

        return new UsageCounters(rows, _sources.OpenSessions());
    }

    public void Dispose()
    {
        _table.Dispose();
        _sources.Dispose();
    }

    private void Load()
    {
        _rows.Clear();
        foreach (var (labels, retired, shown) in _table.All())
        {
            _rows[labels] = new Row(retired, shown);
        }

        // Straight into the rows, of which there is a bounded number: senders choose the labels.
        Gather(labels => RowOf(labels, out _).Value, session: null);
        IsKept = true;
    }

    /// <summary>What is in the store now.</summary>
    /// <param name="into">Where the sums of these labels are kept.</param>
    /// <param name="session">Of one session; null for all.</param>
    private void Gather(Func<CounterLabels, CounterValues> into, long? session)
    {
        _sources.EachTrace(session, (labels, breakdown) => Add(into, labels, breakdown, 1));
        _sources.EachFigure(session, (labels, metric, sum) => into(labels)[metric].Add(sum));
        foreach (var (tenant, count) in _sources.Sessions(session))
        {
            into(CounterLabels.Of(tenant, null, null)).Add(CounterMetric.Sessions, count);
        }
    }

    private void Add(Func<CounterLabels, CounterValues> to, CounterLabels labels, ReadOnlySpan<byte> breakdown, int sign)
    {
        if (breakdown.IsEmpty)
        {
            return;
        }

        var reader = new BreakdownReader(breakdown, withDurations: false);
        while (reader.Read(_entry))
        {
            if (_entry.Calls == 0 && _entry.Generations == 0 && _entry.Cost.IsZero && _entry.Tokens == 0)
            {
                continue;
            }

            var key = _entry.Key;
            var own = labels with { Model = key.Kind == BreakdownKind.Tool ? "" : key.Model ?? "", Tool = key.Tool ?? "" };
            to(own).Add(_entry, sign);
        }
    }

    private static Func<CounterLabels, CounterValues> In(Dictionary<CounterLabels, CounterValues> all) => labels => ValuesOf(all, labels);

    private static CounterValues ValuesOf(Dictionary<CounterLabels, CounterValues> all, CounterLabels labels)
    {
        if (!all.TryGetValue(labels, out var values))
        {
            all.Add(labels, values = new CounterValues());
        }

        return values;
    }

    /// <param name="own">The labels that the row has.</param>
    private Row RowOf(CounterLabels labels, out CounterLabels own)
    {
        own = labels;
        if (_rows.TryGetValue(own, out var row))
        {
            return row;
        }

        own = _rows.Count < _maxRows ? labels : labels.Other;
        if (!_rows.TryGetValue(own, out row))
        {
            _rows.Add(own, row = new Row(new CounterValues(), new CounterValues()));
        }

        return row;
    }

    /// <param name="Value">What is counted.</param>
    /// <param name="Shown">The largest that was told.</param>
    private sealed record Row(CounterValues Value, CounterValues Shown);
}
