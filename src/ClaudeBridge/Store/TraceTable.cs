using System.Buffers.Binary;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Breakdowns;
using ClaudeBridge.Store.Counters;
using ClaudeBridge.Store.Lists;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Compares traces as they are now with what is stored, and writes the difference and the due times. Used by the one thread that writes.</summary>
internal sealed class TraceTable : IDisposable
{
    private readonly SettlingOptions _settling;
    private readonly TraceRows _rows;
    private readonly ByteWriter _buffer = new();
    private readonly Statements _statements;
    private readonly Statement _last;
    private readonly ObservationTable _observations;
    private readonly BreakdownTable _breakdowns;
    private readonly TraceColumns _columns;
    private readonly TraceTexts _texts;
    private readonly TraceNames _names;
    private readonly SessionRowTable _sessionRows;
    private long _lastTrace;
    private long _comparison;

    /// <summary>Something changed in the trace at hand that its sums are made of.</summary>
    private bool _changesFigures;

    /// <param name="sessionRows">Told of the sessions whose traces change.</param>
    /// <param name="counters">Told of every difference in figures.</param>
    public TraceTable(
        sqlite3 connection,
        TraceRows rows,
        TraceTexts texts,
        SessionRowTable sessionRows,
        CounterBook counters,
        SettlingOptions settling
    )
    {
        _settling = settling;
        _rows = rows;
        _sessionRows = sessionRows;
        _columns = new TraceColumns(connection);
        _texts = texts;
        _names = new TraceNames(connection);
        _observations = new ObservationTable(connection);
        _breakdowns = new BreakdownTable(connection, counters);
        _statements = new Statements(connection);
        _last = _statements.Prepare("SELECT MAX(id) FROM traces");
        Restart();
    }

    /// <summary>Reads again which numbers are given: at the beginning, and after a rollback.</summary>
    public void Restart()
    {
        _lastTrace = _last.ReadLong() ?? 0;
        _observations.Restart();
    }

    public void Put(long session, TraceView view, long now)
    {
        var known = _rows.Find(session, view.Id);
        var trace = known ?? AddRow(session, view, now);
        _comparison++;
        _changesFigures = known is null;
        var context = _columns.ContextHash(view.Context);
        var changed = false;
        foreach (var observation in view.Observations)
        {
            changed |= Compare(trace, observation, context, now);
        }

        changed |= RemoveUnseen(trace);
        if (changed)
        {
            trace.ChangedAt = now;
        }

        WriteObservations(trace, view);
        if (known is not null && context != trace.ContextHash)
        {
            _breakdowns.Relabel(trace, view.Context);
        }

        if (changed || _changesFigures)
        {
            _breakdowns.Put(trace, view);
        }

        WriteTrace(trace, view, context, changed, isNew: known is null);
    }

    public void Remove(long session, TraceId id)
    {
        if (_rows.Find(session, id) is not { } trace)
        {
            return;
        }

        foreach (var observation in trace.Observations.Values)
        {
            _observations.Delete(observation);
        }

        _breakdowns.Delete(trace);
        _texts.Delete(trace.Id);
        _names.Put(trace, [], isNew: false);
        _columns.Delete(trace);
        _rows.Remove(trace);
        if (trace.Listed is { } listed)
        {
            _sessionRows.Gone(listed, trace.Id);
        }
    }

    public void Dispose()
    {
        _observations.Dispose();
        _breakdowns.Dispose();
        _columns.Dispose();
        _names.Dispose();
        _statements.Dispose();
    }

    private TraceRow AddRow(long session, TraceView view, long now)
    {
        var row = new TraceRow
        {
            Id = ++_lastTrace,
            Session = session,
            TraceId = view.Id,
            ChangedAt = now,
        };
        _rows.Add(row);
        return row;
    }

    /// <summary>True when the observation is new or its content differs; the content is then already written.</summary>
    private bool Compare(TraceRow trace, Observation observation, UInt128 context, long now)
    {
        _buffer.Clear();
        ObservationCodec.Write(observation, _buffer);
        if (observation.IsRoot)
        {
            // A trace's own data may become known late. The root then goes out again with it; the leaves need not.
            BinaryPrimitives.WriteUInt128BigEndian(_buffer.Reserve(16), context);
        }

        var hash = _buffer.Hash();
        if (!trace.Observations.TryGetValue(observation.Id, out var row))
        {
            row = _observations.NewRow(now);
            row.Pending = PendingWrite.Insert;
            trace.Observations.Add(observation.Id, row);
            _observations.PutContent(row, _buffer.Written);
        }
        else if (row.Hash != hash)
        {
            row.Pending = row.Pending == PendingWrite.Insert ? PendingWrite.Insert : PendingWrite.Content;
            _observations.PutContent(row, _buffer.Written);
        }
        else if (row.Readiness != observation.Readiness)
        {
            row.Pending = row.Pending == PendingWrite.None ? PendingWrite.State : row.Pending;
        }

        row.SeenIn = _comparison;
        _changesFigures |= row.Readiness != observation.Readiness;
        row.Readiness = observation.Readiness;
        if (row.Hash == hash)
        {
            return false;
        }

        row.Hash = hash;
        row.ChangedAt = now;
        return true;
    }

    private bool RemoveUnseen(TraceRow trace)
    {
        var gone = trace.Observations.Where(pair => pair.Value.SeenIn != _comparison).ToList();
        foreach (var (id, row) in gone)
        {
            _observations.Delete(row);
            _ = trace.Observations.Remove(id);
        }

        return gone.Count > 0;
    }

    private void WriteObservations(TraceRow trace, TraceView view)
    {
        foreach (var observation in view.Observations)
        {
            var row = trace.Observations[observation.Id];
            var due = row.IsSettled ? (long?)null : DueAt(trace, view, observation, row);
            if (due != row.DueAt)
            {
                row.DueAt = due;
                row.Pending = row.Pending == PendingWrite.None ? PendingWrite.State : row.Pending;
            }

            _observations.Write(trace.Id, observation, row);
        }
    }

    private long DueAt(TraceRow trace, TraceView view, Observation observation, ObservationRow row)
    {
        var times = new SettlingTimes(
            WallTime.FromMillis(row.FirstSeen),
            WallTime.FromMillis(row.ChangedAt),
            row.SettledAt is { } settled ? WallTime.FromMillis(settled) : null,
            WallTime.FromMillis(trace.ChangedAt)
        );
        return WallTime.CeilingMillis(Settling.DueAt(observation, view, times, _settling));
    }

    private void WriteTrace(TraceRow trace, TraceView view, UInt128 context, bool changed, bool isNew)
    {
        var due = trace.EarliestDue();
        var totals = TraceTotals.Of(view.Observations);
        var names = trace.Names is { } known && !changed && !_changesFigures ? known : TraceName.Of(view.Observations);
        var written = TraceName.Write(names);
        var hash = _columns.Hash(view, context, totals, written);
        WriteTexts(trace, view, isSettled: due is null);
        if (!isNew && !changed && hash == trace.Hash && due == trace.NextDue)
        {
            return;
        }

        _names.Put(trace, names, isNew);
        List(trace, view, totals, hasChanged: isNew || hash != trace.Hash);
        trace.Hash = hash;
        trace.NextDue = due;
        _columns.Write(trace, view, context, totals, written, isNew);
    }

    /// <summary>A trace may come to be shown under another session: then both change.</summary>
    private void List(TraceRow trace, TraceView view, in TraceTotals totals, bool hasChanged)
    {
        var listed = new ListedSession(view.Context.Tenant, view.Context.SessionId, view.Context.Service);
        if (trace.Listed is { } before && before != listed)
        {
            _sessionRows.Gone(before, trace.Id);
            hasChanged = true;
        }

        if (hasChanged)
        {
            _sessionRows.Changed(listed, SessionPart.Of(trace, view, totals));
        }

        trace.Listed = listed;
    }

    private void WriteTexts(TraceRow trace, TraceView view, bool isSettled)
    {
        _buffer.Clear();
        _buffer.Text(view.Input);
        _buffer.Text(view.Output);
        var hash = _buffer.Hash();
        if (hash != trace.TextHash)
        {
            _texts.Put(trace.Id, view.Input, view.Output, isNew: trace.TextHash == 0);
            trace.TextHash = hash;
            trace.Hash = 0;
            if (isSettled)
            {
                _texts.IndexOutput(trace.Id);
            }
        }
    }
}
