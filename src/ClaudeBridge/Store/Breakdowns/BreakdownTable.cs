using ClaudeBridge.Sessions;
using SQLitePCL;

namespace ClaudeBridge.Store.Breakdowns;

/// <summary>Writes the figures of traces where they changed. Used by the one thread that writes.</summary>
internal sealed class BreakdownTable : IDisposable
{
    private readonly ByteWriter _buffer = new();
    private readonly Statements _statements;
    private readonly Statement _put;
    private readonly Statement _delete;

    public BreakdownTable(sqlite3 connection)
    {
        _statements = new Statements(connection);
        _put = _statements.Prepare("INSERT OR REPLACE INTO breakdowns(trace, data) VALUES(?1, ?2)");
        _delete = _statements.Prepare("DELETE FROM breakdowns WHERE trace = ?1");
    }

    public void Put(TraceRow trace, IReadOnlyList<Observation> observations)
    {
        _buffer.Clear();
        BreakdownCodec.Write(Breakdown.Of(observations), _buffer);
        if (_buffer.Written.SequenceEqual(trace.Breakdown))
        {
            return;
        }

        trace.Breakdown = _buffer.Written.ToArray();
        _put.Bind(1, trace.Id).Bind(2, trace.Breakdown).Run();
    }

    public void Delete(TraceRow trace) => _delete.Bind(1, trace.Id).Run();

    public void Dispose() => _statements.Dispose();
}
