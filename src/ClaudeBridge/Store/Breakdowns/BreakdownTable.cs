using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Counters;
using SQLitePCL;

namespace ClaudeBridge.Store.Breakdowns;

/// <summary>Writes the figures of traces where they changed. Used by the one thread that writes.</summary>
internal sealed class BreakdownTable : IDisposable
{
    private readonly ByteWriter _buffer = new();
    private readonly CounterBook _counters;
    private readonly Statements _statements;
    private readonly Statement _put;
    private readonly Statement _delete;

    /// <param name="counters">Told of every difference.</param>
    public BreakdownTable(sqlite3 connection, CounterBook counters)
    {
        _counters = counters;
        _statements = new Statements(connection);
        _put = _statements.Prepare("INSERT OR REPLACE INTO breakdowns(trace, data) VALUES(?1, ?2)");
        _delete = _statements.Prepare("DELETE FROM breakdowns WHERE trace = ?1");
    }

    /// <summary>Before the trace itself is written.</summary>
    public void Put(TraceRow trace, TraceView view)
    {
        _buffer.Clear();
        BreakdownCodec.Write(Breakdown.Of(view.Observations), _buffer);
        if (_buffer.Written.SequenceEqual(trace.Breakdown))
        {
            return;
        }

        if (trace.Breakdown.Length == 0)
        {
            _counters.Added(view.Context, trace.Session);
        }

        _counters.Changed(view.Context, trace.Breakdown, _buffer.Written);
        trace.Breakdown = _buffer.Written.ToArray();
        _put.Bind(1, trace.Id).Bind(2, trace.Breakdown).Run();
    }

    /// <summary>Before the trace itself is written with another context, and before its figures are.</summary>
    public void Relabel(TraceRow trace, TraceContext context) => _counters.Relabel(trace.Id, context, trace.Breakdown);

    /// <summary>Before the trace itself is deleted.</summary>
    public void Delete(TraceRow trace)
    {
        _counters.Removed(trace.Id, trace.Session, trace.Breakdown);
        _delete.Bind(1, trace.Id).Run();
    }

    public void Dispose() => _statements.Dispose();
}
