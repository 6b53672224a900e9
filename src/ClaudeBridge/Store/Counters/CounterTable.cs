using SQLitePCL;

namespace ClaudeBridge.Store.Counters;

/// <summary>What counters need beyond the traces and series that the store holds. Used by the one thread that writes.</summary>
/// <remarks>
/// <c>retired</c>: what sessions had added up to when they were deleted for their age, and what was counted before a trace got other labels, which is taken off these. <c>shown</c>: what was told, where less is known now than was told; null elsewhere.
/// </remarks>
internal sealed class CounterTable : IDisposable
{
    public const string Tables = """
        CREATE TABLE counters(
          id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, user_id TEXT NOT NULL, team TEXT NOT NULL, model TEXT NOT NULL, tool TEXT NOT NULL,
          retired BLOB, shown BLOB, UNIQUE(tenant, user_id, team, model, tool));
        """;

    private readonly ByteWriter _buffer = new();
    private readonly Statements _statements;
    private readonly Statement _all;
    private readonly Statement _count;
    private readonly Statement _retired;
    private readonly Statement _putRetired;
    private readonly Statement _putShown;

    public CounterTable(sqlite3 connection)
    {
        _statements = new Statements(connection);
        _all = _statements.Prepare("SELECT tenant, user_id, team, model, tool, retired, shown FROM counters ORDER BY id");
        _count = _statements.Prepare("SELECT COUNT(*) FROM counters");
        _retired = _statements.Prepare(
            "SELECT retired FROM counters WHERE tenant = ?1 AND user_id = ?2 AND team = ?3 AND model = ?4 AND tool = ?5"
        );
        _putRetired = _statements.Prepare(Putting("retired"));
        _putShown = _statements.Prepare(Putting("shown"));
    }

    /// <summary>The oldest first.</summary>
    public IEnumerable<(CounterLabels Labels, CounterValues Retired, CounterValues Shown)> All()
    {
        while (_all.Step())
        {
            yield return (
                new CounterLabels(_all.Text(0), _all.Text(1), _all.Text(2), _all.Text(3), _all.Text(4)),
                CounterValues.Read(_all.Blob(5)),
                CounterValues.Read(_all.Blob(6))
            );
        }
    }

    /// <summary>Adds to what is no longer in the store under these labels.</summary>
    /// <param name="maxRows">Labels that would be one more go to those for all others.</param>
    public void Retire(CounterLabels labels, CounterValues values, int maxRows)
    {
        var known = Retired(labels);
        if (known is null && _count.ReadLong() >= maxRows)
        {
            labels = labels.Other;
            known = Retired(labels);
        }

        known ??= new CounterValues();
        known.Add(values);
        Put(_putRetired, labels, known);
    }

    public void PutShown(CounterLabels labels, CounterValues values) => Put(_putShown, labels, values);

    public void Dispose() => _statements.Dispose();

    private CounterValues? Retired(CounterLabels labels)
    {
        var known = Bind(_retired, labels).Step() ? CounterValues.Read(_retired.Blob(0)) : null;
        _retired.Reset();
        return known;
    }

    private void Put(Statement put, CounterLabels labels, CounterValues values)
    {
        _buffer.Clear();
        values.Write(_buffer);
        Bind(put, labels).Bind(6, _buffer.Written).Run();
    }

    private static Statement Bind(Statement statement, CounterLabels labels) =>
        statement.Bind(1, labels.Tenant).Bind(2, labels.User).Bind(3, labels.Team).Bind(4, labels.Model).Bind(5, labels.Tool);

    private static string Putting(string column) =>
        $"""
            INSERT INTO counters(tenant, user_id, team, model, tool, {column}) VALUES(?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT(tenant, user_id, team, model, tool) DO UPDATE SET {column} = excluded.{column}
            """;
}
