using ClaudeBridge.Sessions;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Writes the rows of observations: their state in one table, contents in another. Used by the one thread that writes.</summary>
internal sealed class ObservationTable : IDisposable
{
    private readonly Statements _statements;
    private readonly Statement _insert;
    private readonly Statement _update;
    private readonly Statement _state;
    private readonly Statement _delete;
    private readonly Statement _putContent;
    private readonly Statement _deleteContent;
    private readonly Statement _last;
    private long _lastId;

    public ObservationTable(sqlite3 connection)
    {
        _statements = new Statements(connection);
        _insert = _statements.Prepare(
            """
            INSERT INTO observations(id, hash, readiness, changed_at, due_at, type, level, start_nano, request_id, trace, observation_id, first_seen)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """
        );
        _update = _statements.Prepare(
            """
            UPDATE observations SET hash = ?2, readiness = ?3, changed_at = ?4, due_at = ?5, type = ?6, level = ?7, start_nano = ?8, request_id = ?9
            WHERE id = ?1
            """
        );
        _state = _statements.Prepare("UPDATE observations SET readiness = ?2, due_at = ?3 WHERE id = ?1");
        _delete = _statements.Prepare("DELETE FROM observations WHERE id = ?1");
        _putContent = _statements.Prepare("INSERT OR REPLACE INTO contents(observation, data) VALUES(?1, ?2)");
        _deleteContent = _statements.Prepare("DELETE FROM contents WHERE observation = ?1");
        _last = _statements.Prepare("SELECT MAX(id) FROM observations");
    }

    public void Restart() => _lastId = _last.ReadLong() ?? 0;

    /// <summary>A row with the next number, not yet written.</summary>
    public ObservationRow NewRow(long now) => new() { Id = ++_lastId, FirstSeen = now };

    public void PutContent(ObservationRow row, ReadOnlySpan<byte> content) => _putContent.Bind(1, row.Id).Bind(2, content).Run();

    /// <summary>Writes what is pending of a row, if anything.</summary>
    public void Write(long trace, Observation observation, ObservationRow row)
    {
        switch (row.Pending)
        {
            case PendingWrite.Insert:
                Bind(_insert, observation, row).Bind(10, trace).Bind(11, (long)observation.Id.Value).Bind(12, row.FirstSeen).Run();
                break;
            case PendingWrite.Content:
                Bind(_update, observation, row).Run();
                break;
            case PendingWrite.State:
                _state.Bind(1, row.Id).Bind(2, (long)row.Readiness).Bind(3, row.DueAt).Run();
                break;
            default:
                break;
        }

        row.Pending = PendingWrite.None;
    }

    public void Delete(ObservationRow row)
    {
        _delete.Bind(1, row.Id).Run();
        _deleteContent.Bind(1, row.Id).Run();
    }

    public void Dispose() => _statements.Dispose();

    private static Statement Bind(Statement statement, Observation observation, ObservationRow row) =>
        statement
            .Bind(1, row.Id)
            .Bind(2, row.Hash)
            .Bind(3, (long)row.Readiness)
            .Bind(4, row.ChangedAt)
            .Bind(5, row.DueAt)
            .Bind(6, (long)observation.Type)
            .Bind(7, (long)observation.Level)
            .Bind(8, (long)observation.StartUnixNano)
            .Bind(9, observation.Metadata.GetValueOrDefault(ObservationLabel.RequestId));
}

/// <summary>Metadata that totals are asked for by, or that observations are searched by.</summary>
internal static class ObservationLabel
{
    public const string Skill = "skill";
    public const string McpServer = "mcp_server";
    public const string RequestId = "request_id";
}
