using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Store;

/// <summary>What of the feed comes after a revision.</summary>
/// <param name="FirstRevision">The lowest of it.</param>
/// <param name="Since">When that was settled: nothing of it has waited longer.</param>
/// <param name="Count">How many observations were looked at.</param>
/// <param name="Bytes">Their contents, as the store keeps them.</param>
internal sealed record StoreBacklog(long FirstRevision, DateTimeOffset Since, int Count, long Bytes);

/// <summary>Looks at what a destination is still owed, over a connection of its own. One caller at a time.</summary>
internal sealed class BacklogReader(StoreDatabase database) : IDisposable
{
    private const string First = """
        SELECT revision, at FROM (
          SELECT * FROM (SELECT revision, settled_at AS at FROM observations WHERE revision > ?1 ORDER BY revision LIMIT 1)
          UNION ALL
          SELECT * FROM (SELECT revision, changed_at AS at FROM sessions WHERE revision > ?1 ORDER BY revision LIMIT 1))
        ORDER BY revision LIMIT 1
        """;

    private const string Sum = """
        SELECT count(*), coalesce(sum(bytes), 0) FROM (
          SELECT length(c.data) AS bytes FROM observations o JOIN contents c ON c.observation = o.id
          WHERE o.revision > ?1 ORDER BY o.revision LIMIT ?2)
        """;

    private (string Epoch, SqliteConnection Connection)? _open;

    /// <param name="max">How many observations are added up at most.</param>
    /// <returns>Null when nothing comes after that revision.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot be read now.</exception>
    /// <exception cref="SqliteException">The same.</exception>
    public StoreBacklog? Read(long afterRevision, int max)
    {
        var connection = Open().Handle!;
        using var first = new Statement(connection, First);
        if (!first.Bind(1, afterRevision).Step())
        {
            return null;
        }

        var (revision, since) = (first.Long(0), WallTime.FromMillis(first.Long(1)));
        first.Reset();
        using var sum = new Statement(connection, Sum);
        sum.Bind(1, afterRevision).Bind(2, max).Step();
        var backlog = new StoreBacklog(revision, since, sum.Int(0), sum.Long(1));
        sum.Reset();
        return backlog;
    }

    public void Dispose()
    {
        _open?.Connection.Dispose();
        _open = null;
    }

    /// <summary>A file that was set aside is a new epoch: its connection is given up.</summary>
    private SqliteConnection Open()
    {
        var epoch = database.Epoch;
        if (_open is { } open && open.Epoch == epoch)
        {
            return open.Connection;
        }

        Dispose();
        var connection = database.OpenReader();
        _open = (epoch, connection);
        return connection;
    }
}
