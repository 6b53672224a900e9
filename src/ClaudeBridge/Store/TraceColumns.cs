using System.Buffers.Binary;
using System.Text.Json;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Lists;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Writes the row of a trace. Used by the one thread that writes.</summary>
/// <remarks>What a trace is known by stands still while its figures grow: apart, so that neither its context nor the indexes over it are written again with every request.</remarks>
internal sealed class TraceColumns : IDisposable
{
    private readonly ByteWriter _buffer = new();
    private readonly Statements _statements;
    private readonly Statement _add;
    private readonly Statement _setIdentity;
    private readonly Statement _setFigures;
    private readonly Statement _putContext;
    private readonly Statement _delete;
    private readonly Statement _deleteContext;

    public TraceColumns(sqlite3 connection)
    {
        _statements = new Statements(connection);
        _add = _statements.Prepare(
            """
            INSERT INTO traces(id, session_id, user_id, name, version, prompt_id, start_nano, service, tenant,
              team, department, cost_center, repository, environment, started,
              next_due, changed_at, hash, text_hash, is_opened, is_ended, tracing, end_nano, duration, level,
              generations, tools, errors, input_tokens, output_tokens, cache_read, cache_creation, cost, tokens, cost_micros, names, session, trace_id)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27,
              ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38)
            """
        );
        _setIdentity = _statements.Prepare(
            """
            UPDATE traces SET session_id = ?2, user_id = ?3, name = ?4, version = ?5, prompt_id = ?6, start_nano = ?7, service = ?8, tenant = ?9,
              team = ?10, department = ?11, cost_center = ?12, repository = ?13, environment = ?14, started = ?15 WHERE id = ?1
            """
        );
        _setFigures = _statements.Prepare(
            """
            UPDATE traces SET next_due = ?16, changed_at = ?17, hash = ?18, text_hash = ?19, is_opened = ?20, is_ended = ?21, tracing = ?22,
              end_nano = ?23, duration = ?24, level = ?25, generations = ?26, tools = ?27, errors = ?28, input_tokens = ?29, output_tokens = ?30,
              cache_read = ?31, cache_creation = ?32, cost = ?33, tokens = ?34, cost_micros = ?35, names = ?36 WHERE id = ?1
            """
        );
        _putContext = _statements.Prepare("INSERT OR REPLACE INTO trace_contexts(trace, context) VALUES(?1, ?2)");
        _delete = _statements.Prepare("DELETE FROM traces WHERE id = ?1");
        _deleteContext = _statements.Prepare("DELETE FROM trace_contexts WHERE trace = ?1");
    }

    /// <summary>Over what a trace says of itself as a whole.</summary>
    public UInt128 ContextHash(TraceContext context)
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

    /// <summary>Over all columns that people and queries see.</summary>
    public UInt128 Hash(TraceView view, UInt128 context, in TraceTotals totals, string names)
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
        _buffer.Text(names);
        return _buffer.Hash();
    }

    /// <param name="trace">With the hashes and due times that are to be written.</param>
    /// <param name="context">See <see cref="ContextHash"/>.</param>
    public void Write(TraceRow trace, TraceView view, UInt128 context, in TraceTotals totals, string names, bool isNew)
    {
        var identity = IdentityHash(view, context);
        if (isNew)
        {
            BindIdentity(_add, trace, view);
            BindFigures(_add, trace, view, totals, names).Bind(37, trace.Session).Bind(38, trace.TraceId.Value).Run();
        }
        else
        {
            if (identity != trace.IdentityHash)
            {
                BindIdentity(_setIdentity, trace, view).Run();
            }

            BindFigures(_setFigures, trace, view, totals, names).Run();
        }

        if (context != trace.ContextHash)
        {
            _putContext.Bind(1, trace.Id).Bind(2, JsonSerializer.Serialize(view.Context, StoreJson.Compact.TraceContext)).Run();
        }

        (trace.IdentityHash, trace.ContextHash) = (identity, context);
    }

    public void Delete(TraceRow trace)
    {
        _delete.Bind(1, trace.Id).Run();
        _deleteContext.Bind(1, trace.Id).Run();
    }

    public void Dispose() => _statements.Dispose();

    private UInt128 IdentityHash(TraceView view, UInt128 context)
    {
        _buffer.Clear();
        BinaryPrimitives.WriteUInt128BigEndian(_buffer.Reserve(16), context);
        _buffer.Text(view.PromptId);
        _buffer.Number(view.StartUnixNano);
        return _buffer.Hash();
    }

    private static Statement BindIdentity(Statement statement, TraceRow trace, TraceView view)
    {
        var labels = TraceLabels.Of(view.Context);
        return statement
            .Bind(1, trace.Id)
            .Bind(2, view.Context.SessionId)
            .Bind(3, view.Context.UserId)
            .Bind(4, view.Context.Name)
            .Bind(5, view.Context.Version)
            .Bind(6, view.PromptId)
            .Bind(7, (long)view.StartUnixNano)
            .Bind(8, view.Context.Service)
            .Bind(9, view.Context.Tenant)
            .Bind(10, labels.Team)
            .Bind(11, labels.Department)
            .Bind(12, labels.CostCenter)
            .Bind(13, labels.Repository)
            .Bind(14, labels.Environment)
            .Bind(15, RecordTime.Of(view.StartUnixNano));
    }

    private static Statement BindFigures(Statement statement, TraceRow trace, TraceView view, in TraceTotals totals, string names) =>
        statement
            .Bind(1, trace.Id)
            .Bind(16, trace.NextDue)
            .Bind(17, trace.ChangedAt)
            .Bind(18, trace.Hash)
            .Bind(19, trace.TextHash)
            .Bind(20, view.IsOpened ? 1 : 0)
            .Bind(21, view.IsRootEnded ? 1 : 0)
            .Bind(22, (long)view.Tracing)
            .Bind(23, (long)view.EndUnixNano)
            .Bind(24, Math.Max(0, RecordTime.Of(view.EndUnixNano) - RecordTime.Of(view.StartUnixNano)))
            .Bind(25, (long)view.Level)
            .Bind(26, totals.Generations)
            .Bind(27, totals.Tools)
            .Bind(28, totals.Errors)
            .Bind(29, totals.Input)
            .Bind(30, totals.Output)
            .Bind(31, totals.CacheRead)
            .Bind(32, totals.CacheCreation)
            .Bind(33, ExactCost.Text(totals.Cost))
            .Bind(34, totals.Usage.Total)
            .Bind(35, ExactCost.Micros(totals.Cost))
            .Bind(36, names);
}
