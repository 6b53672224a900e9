using System.Text.Json;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Sessions;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Exporters.Ledger;

/// <summary>One transaction on the ledger, on disk once <see cref="Commit"/> returns.</summary>
internal sealed class LedgerChange : IDisposable
{
    private const long TouchAfterMs = 86_400_000;

    /// <summary>Versions begin with the seconds since then (2026-01-01): after the ledger was lost, what is sent anew comes after all that went out before.</summary>
    private const long FirstVersionAt = 1_767_225_600_000;

    private readonly DestinationLedger _ledger;
    private readonly LedgerStatements _statements;
    private readonly Lock _gate;
    private readonly long _destination;
    private readonly long _now;
    private long? _cursor;
    private int _deadLetters;
    private bool _isCommitted;

    public LedgerChange(DestinationLedger ledger, DeliveryLedger whole)
    {
        (_ledger, _gate) = (ledger, whole.Gate);
        _now = ledger.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        _gate.Enter();
        try
        {
            (_statements, _destination) = (whole.Statements, ledger.Id);
            _statements.Begin.Run();
        }
        catch
        {
            _gate.Exit();
            throw;
        }
    }

    /// <returns>Null when nothing of the trace was ever sent to this destination, or so long ago that it is forgotten.</returns>
    public LedgerTrace? FindTrace(TraceId id)
    {
        if (_ledger.Traces.TryGet(id, out var cached))
        {
            return cached.Trace;
        }

        using var row = _statements.FindTrace.Query(_destination, id.ToBytes());
        if (!row.Read())
        {
            return null;
        }

        var trace = new LedgerTrace(row.GetInt64(0), LedgerJson.ReadContext(row.GetString(1)));
        _ledger.Traces.Set(id, trace, row.GetInt64(2));
        return trace;
    }

    /// <summary>Freezes what a trace says of itself.</summary>
    public LedgerTrace AddTrace(TraceId id, TraceContext context)
    {
        var json = JsonSerializer.Serialize(context, LedgerJson.Default.TraceContext);
        var key = (long)_statements.AddTrace.Scalar(_destination, id.ToBytes(), json, _now)!;
        var trace = new LedgerTrace(key, context);
        _ledger.Traces.Set(id, trace, _now);
        return trace;
    }

    /// <returns>Null when the observation was never sent to this destination.</returns>
    public LedgerEntry? Find(LedgerTrace trace, ObservationId id)
    {
        using var row = _statements.FindObservation.Query(trace.Key, (long)id.Value);
        return row.Read() ? new LedgerEntry((ulong)row.GetInt64(0), Hash(row, 1), Hash(row, 2), Hash(row, 3)) : null;
    }

    /// <summary>Notes that an observation is about to be sent. The start counts the first time only.</summary>
    /// <returns>Higher by one than that of the content before; the same again while there is no answer to this one. See <see cref="Parcel"/>.</returns>
    public int Depart(TraceId traceId, LedgerTrace trace, ObservationId id, ulong startUnixNano, ContentHash content)
    {
        var version = (int)
            (long)
                _statements.Depart.Scalar(
                    trace.Key,
                    (long)id.Value,
                    (long)startUnixNano,
                    content.ToBytes(),
                    Math.Clamp((_now - FirstVersionAt) / 1_000, 0, int.MaxValue / 2)
                )!;
        if (_ledger.Traces.TryGet(traceId, out var cached) && _now - cached.LastUsed > TouchAfterMs)
        {
            _statements.TouchTrace.Run(trace.Key, _now);
            _ledger.Traces.Set(traceId, trace, _now);
        }

        return version;
    }

    /// <summary>The destination took this content; earlier refusals of the observation are settled by it.</summary>
    public void Acknowledge(TraceId traceId, long traceKey, ObservationId id, ContentHash content)
    {
        _statements.Acknowledge.Run(traceKey, (long)id.Value, content.ToBytes());
        if (_ledger.DeadLetterCount > 0)
        {
            _deadLetters -= _statements.DropDeadLetters.Run(_destination, traceId.ToBytes(), (long)id.Value);
        }
    }

    /// <summary>The destination will never take this content: it becomes a dead letter, in place of an earlier one of the same observation.</summary>
    public void Refuse(PendingItem item, string reason, int? status)
    {
        var (trace, id) = (item.TraceId.ToBytes(), (long)item.ObservationId.Value);
        _statements.Refuse.Run(item.TraceKey, id, item.Parcel.Hash.ToBytes());
        _deadLetters -= _statements.DropDeadLetters.Run(_destination, trace, id);
        _deadLetters += _statements.AddDeadLetter.Run(
            _destination,
            item.SessionId,
            trace,
            id,
            reason,
            status,
            _now,
            item.Parcel.Content,
            item.Source?.ToBytes(),
            item.Score
        );
    }

    /// <summary>A dead letter goes again: what the destination refused of it counts no longer. The letter stays until there is an answer.</summary>
    public void Forgive(LedgerTrace trace, DeadLetter letter) => _statements.Forgive.Run(trace.Key, (long)letter.ObservationId.Value);

    /// <summary>The destination has what a dead letter is about.</summary>
    public void Drop(DeadLetter letter) =>
        _deadLetters -= _statements.DropDeadLetters.Run(_destination, letter.TraceId.ToBytes(), (long)letter.ObservationId.Value);

    /// <summary>A dead letter cannot go again: it stays, with a note for the person who asked.</summary>
    public void TakeBack(DeadLetter letter, string note) => _statements.TakeBack.Run(letter.Id, note);

    public void MoveCursor(long cursor)
    {
        if (cursor != _ledger.Cursor)
        {
            _statements.SetCursor.Run(_destination, cursor);
            _cursor = cursor;
        }
    }

    public int Prune(long usedBeforeMs, int max)
    {
        var keys = new List<long>();
        using (var row = _statements.OldTraces.Query(_destination, usedBeforeMs, max))
        {
            while (row.Read())
            {
                keys.Add(row.GetInt64(0));
            }
        }

        foreach (var key in keys)
        {
            _statements.NotePruned.Run(_destination, key);
            _statements.DropObservations.Run(key);
            _statements.DropTrace.Run(key);
        }

        _deadLetters -= _statements.DropOldDeadLetters.Run(_destination, usedBeforeMs);
        _ledger.Traces.Clear();
        return keys.Count;
    }

    public void Commit()
    {
        CrashPoints.Pass(_cursor is null ? CrashPoints.DepartureCommit : CrashPoints.CursorCommit);
        _statements.Commit.Run();
        CrashPoints.Pass(_cursor is null ? CrashPoints.DepartureCommitted : CrashPoints.CursorCommitted);
        _isCommitted = true;
        _ledger.Committed(_cursor, _deadLetters);
    }

    public void Dispose()
    {
        try
        {
            if (!_isCommitted)
            {
                _ledger.Traces.Clear();
                RollBack();
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void RollBack()
    {
        try
        {
            _statements.Rollback.Run();
        }
        catch (SqliteException)
        {
            // SQLite has already rolled back by itself after a full disk or an I/O error; what led here is thrown to the caller.
        }
    }

    private static ContentHash? Hash(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null
        : row.GetValue(column) is byte[] { Length: ContentHash.Bytes } hash ? ContentHash.FromBytes(hash)
        : throw new LedgerDamagedException("what it holds of an observation cannot be read");
}
