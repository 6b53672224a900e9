using System.Buffers.Binary;
using System.Text.Json;
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
    private readonly Statement _addTrace;
    private readonly Statement _updateTrace;
    private readonly Statement _last;
    private readonly Statement _deleteTrace;
    private readonly ObservationTable _observations;
    private readonly BreakdownTable _breakdowns;
    private readonly TraceTexts _texts;
    private readonly TraceNames _names;
    private readonly SessionRowTable _sessionRows;
    private long _lastTrace;
    private long _comparison;

    /// <summary>Something changed in the trace at hand that its sums are made of.</summary>
    private bool _changesFigures;

    /// <param name="sessionRows">Told of the sessions whose traces change.</param>
    /// <param name="counters">Told of every difference in figures.</param>
    public TraceTable(sqlite3 connection, TraceRows rows, SessionRowTable sessionRows, CounterBook counters, SettlingOptions settling)
    {
        _settling = settling;
        _rows = rows;
        _sessionRows = sessionRows;
        _texts = new TraceTexts(connection);
        _names = new TraceNames(connection);
        _observations = new ObservationTable(connection);
        _breakdowns = new BreakdownTable(connection, counters);
        _statements = new Statements(connection);
        _addTrace = _statements.Prepare(
            """
            INSERT INTO traces(id, next_due, changed_at, hash, text_hash, is_opened, session_id, user_id, name, version, prompt_id,
              start_nano, end_nano, level, generations, tools, errors, input_tokens, output_tokens, cache_read, cache_creation, cost, context,
              is_ended, tracing, service, tenant, team, department, cost_center, repository, environment, started, duration, tokens, cost_micros, session, trace_id)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38)
            """
        );
        _updateTrace = _statements.Prepare(
            """
            UPDATE traces SET next_due = ?2, changed_at = ?3, hash = ?4, text_hash = ?5, is_opened = ?6, session_id = ?7, user_id = ?8, name = ?9,
              version = ?10, prompt_id = ?11, start_nano = ?12, end_nano = ?13, level = ?14, generations = ?15, tools = ?16, errors = ?17,
              input_tokens = ?18, output_tokens = ?19, cache_read = ?20, cache_creation = ?21, cost = ?22, context = ?23, is_ended = ?24, tracing = ?25, service = ?26,
              tenant = ?27, team = ?28, department = ?29, cost_center = ?30, repository = ?31, environment = ?32,
              started = ?33, duration = ?34, tokens = ?35, cost_micros = ?36
            WHERE id = ?1
            """
        );
        _deleteTrace = _statements.Prepare("DELETE FROM traces WHERE id = ?1");
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
        var context = ContextHash(view.Context);
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
        _deleteTrace.Bind(1, trace.Id).Run();
        _texts.Delete(trace.Id);
        _names.Delete(trace.Id);
        _rows.Remove(trace);
        if (trace.Listed is { } listed)
        {
            _sessionRows.Changed(listed);
        }
    }

    public void Dispose()
    {
        _observations.Dispose();
        _breakdowns.Dispose();
        _texts.Dispose();
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
        var hash = TraceHash(view, context, totals);
        WriteTexts(trace, view);
        if (!isNew && !changed && hash == trace.Hash && due == trace.NextDue)
        {
            return;
        }

        if (changed)
        {
            _names.Put(trace, view.Observations, _buffer);
        }

        List(trace, view.Context, changed: isNew || hash != trace.Hash);
        trace.Hash = hash;
        trace.NextDue = due;
        if (isNew)
        {
            Bind(_addTrace, trace, view, totals).Bind(37, trace.Session).Bind(38, trace.TraceId.Value).Run();
        }
        else
        {
            Bind(_updateTrace, trace, view, totals).Run();
        }
    }

    /// <summary>A trace may come to be shown under another session: then both change.</summary>
    private void List(TraceRow trace, TraceContext context, bool changed)
    {
        var listed = new ListedSession(context.Tenant, context.SessionId, context.Service);
        if (trace.Listed is { } before && before != listed)
        {
            _sessionRows.Changed(before);
            changed = true;
        }

        if (changed)
        {
            _sessionRows.Changed(listed);
        }

        trace.Listed = listed;
    }

    private static Statement Bind(Statement statement, TraceRow trace, TraceView view, TraceTotals totals)
    {
        var labels = TraceLabels.Of(view.Context);
        var start = RecordTime.Of(view.StartUnixNano);
        return statement
            .Bind(1, trace.Id)
            .Bind(2, trace.NextDue)
            .Bind(3, trace.ChangedAt)
            .Bind(4, trace.Hash)
            .Bind(5, trace.TextHash)
            .Bind(6, view.IsOpened ? 1 : 0)
            .Bind(7, view.Context.SessionId)
            .Bind(8, view.Context.UserId)
            .Bind(9, view.Context.Name)
            .Bind(10, view.Context.Version)
            .Bind(11, view.PromptId)
            .Bind(12, (long)view.StartUnixNano)
            .Bind(13, (long)view.EndUnixNano)
            .Bind(14, (long)view.Level)
            .Bind(15, totals.Generations)
            .Bind(16, totals.Tools)
            .Bind(17, totals.Errors)
            .Bind(18, totals.Input)
            .Bind(19, totals.Output)
            .Bind(20, totals.CacheRead)
            .Bind(21, totals.CacheCreation)
            .Bind(22, ExactCost.Text(totals.Cost))
            .Bind(23, JsonSerializer.Serialize(view.Context, StoreJson.Compact.TraceContext))
            .Bind(24, view.IsRootEnded ? 1 : 0)
            .Bind(25, (long)view.Tracing)
            .Bind(26, view.Context.Service)
            .Bind(27, view.Context.Tenant)
            .Bind(28, labels.Team)
            .Bind(29, labels.Department)
            .Bind(30, labels.CostCenter)
            .Bind(31, labels.Repository)
            .Bind(32, labels.Environment)
            .Bind(33, start)
            .Bind(34, Math.Max(0, RecordTime.Of(view.EndUnixNano) - start))
            .Bind(35, totals.Usage.Total)
            .Bind(36, ExactCost.Micros(totals.Cost));
    }

    private void WriteTexts(TraceRow trace, TraceView view)
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
        }
    }

    private UInt128 ContextHash(TraceContext context)
    {
        _buffer.Clear();
        _buffer.Text(context.Tenant);
        _buffer.Text(context.SessionId);
        _buffer.Text(context.UserId);
        _buffer.Text(context.Service);
        _buffer.Text(context.Name);
        _buffer.Number((ulong)context.Tags.Count);
        foreach (var tag in context.Tags)
        {
            _buffer.Text(tag);
        }

        _buffer.Text(context.Environment);
        _buffer.Text(context.Version);
        _buffer.Text(context.Release);
        _buffer.Pairs(context.Metadata);
        return _buffer.Hash();
    }

    private UInt128 TraceHash(TraceView view, UInt128 context, TraceTotals totals)
    {
        _buffer.Clear();
        BinaryPrimitives.WriteUInt128BigEndian(_buffer.Reserve(16), context);
        _buffer.Text(view.PromptId);
        _buffer.Number(view.StartUnixNano);
        _buffer.Number(view.EndUnixNano);
        _buffer.Byte((byte)view.Level);
        _buffer.Byte(view.IsOpened ? (byte)1 : (byte)0);
        _buffer.Byte(view.IsRootEnded ? (byte)1 : (byte)0);
        _buffer.Byte((byte)view.Tracing);
        _buffer.Number((ulong)totals.Generations);
        _buffer.Number((ulong)totals.Tools);
        _buffer.Number((ulong)totals.Errors);
        _buffer.Number((ulong)totals.Input);
        _buffer.Number((ulong)totals.Output);
        _buffer.Number((ulong)totals.CacheRead);
        _buffer.Number((ulong)totals.CacheCreation);
        _buffer.Text(ExactCost.Text(totals.Cost));
        return _buffer.Hash();
    }
}
