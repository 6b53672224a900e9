using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>The prepared statements of one owner on one connection; disposed of together, before the connection is.</summary>
internal sealed class Statements(sqlite3 connection) : IDisposable
{
    private readonly List<Statement> _all = [];

    public Statement Prepare(string sql)
    {
        var statement = new Statement(connection, sql);
        _all.Add(statement);
        return statement;
    }

    public void Dispose()
    {
        foreach (var statement in _all)
        {
            statement.Dispose();
        }
    }
}
