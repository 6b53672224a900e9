using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Contexts;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Store;

/// <summary>What callers said of a session, from the file alone. Any thread.</summary>
/// <param name="path">The file <c>store.db</c>.</param>
/// <param name="busyTimeout">How long to wait for a lock.</param>
internal sealed class ContextQueries(string path, TimeSpan busyTimeout)
{
    private static readonly Origin NoOrigin = new(new(), new());

    /// <summary>The store of a data folder.</summary>
    public static ContextQueries In(string dataFolder, StoreOptions options) =>
        new(Path.Combine(dataFolder, StoreDatabase.FileName), options.BusyTimeout);

    /// <param name="tenant">Whose session is meant; empty for one of none.</param>
    /// <exception cref="StoreUnavailableException">There is no store, or it cannot be read.</exception>
    public KnownSession Of(string tenant, string sessionId)
    {
        using var connection = StoreDatabase.OpenReader(path, busyTimeout);
        try
        {
            Statement.Execute(connection.Handle!, "BEGIN");
            using var statements = new Statements(connection.Handle!);
            var last = statements
                .Prepare("SELECT MAX(end_nano) FROM traces WHERE session_id = ?1 AND tenant = ?2")
                .Bind(1, sessionId)
                .Bind(2, tenant)
                .ReadLong();
            var parts = statements
                .Prepare(
                    """
                    SELECT p.data FROM sessions s JOIN buckets b ON b.session = s.id JOIN parts p ON p.bucket = b.id
                    WHERE s.key = ?1 AND b.key = ?2
                    """
                )
                .Bind(1, SessionKey.Within(tenant, SessionKey.OfSession(sessionId)))
                .Bind(2, SessionState.ContextBucket);
            var facts = new List<Fact>();
            while (parts.Step())
            {
                FactCodec.Read(parts.Blob(0), static _ => NoOrigin, facts);
            }

            return new KnownSession(true, (ulong?)last, [.. facts.Select(static fact => fact.Context).OfType<ContextEntry>()]);
        }
        catch (Exception failure) when (failure is SqliteException or StoreDamagedException)
        {
            throw StoreAccess.Unreadable(path, failure);
        }
    }
}
