using System.Globalization;
using ClaudeBridge.Journal;
using ClaudeBridge.Sessions;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Store;

/// <summary>What a store's file says of itself, to any process.</summary>
/// <param name="Position">Everything before it in the journal is in the store.</param>
/// <param name="Journal">The random number of that journal; null when the store does not say.</param>
/// <param name="HistoryFrom">Set when entries before that time were not in the journal when the store was built.</param>
internal sealed record StoreFacts(string Epoch, JournalPosition Position, long LatestRevision, DateTimeOffset? HistoryFrom, long? Journal)
{
    public static StoreFacts Read(SqliteConnection connection)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        using var read = new Statement(connection.Handle!, "SELECT key, value FROM meta");
        while (read.Step())
        {
            values[read.Text(0)] = read.Text(1);
        }

        return new StoreFacts(
            values.GetValueOrDefault(MetaKey.Epoch, ""),
            new JournalPosition(Number(MetaKey.JournalPosition) ?? 0),
            Number(MetaKey.LastRevision) ?? 0,
            Number(MetaKey.HistoryFrom) is { } from ? WallTime.FromMillis(from) : null,
            Number(MetaKey.Journal)
        );

        long? Number(string key) =>
            long.TryParse(values.GetValueOrDefault(key), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    /// <summary>How many settled observations, or sessions with scores, have a revision behind a cursor, and since when the first of them has it.</summary>
    /// <param name="session">A session id, or the beginning of one; null for all.</param>
    public static (long Count, DateTimeOffset? Since) Behind(SqliteConnection connection, long cursor, bool scores, string? session)
    {
        var text = scores
            ? $"FROM sessions s WHERE s.revision > ?1 AND s.view IS NOT NULL {(session is null ? "" : "AND substr(s.key, 1, length(?2)) = ?2")}"
            : $"FROM observations s {(session is null ? "" : "JOIN traces t ON t.id = s.trace AND substr(t.session_id, 1, length(?2)) = ?2")} WHERE s.revision > ?1";
        var time = scores ? "changed_at" : "settled_at";
        using var count = new Statement(connection.Handle!, $"SELECT count(*) {text}");
        using var first = new Statement(connection.Handle!, $"SELECT s.{time} {text} ORDER BY s.revision LIMIT 1");
        foreach (var statement in (Statement[])[count, first])
        {
            statement.Bind(1, cursor);
            if (session is not null)
            {
                statement.Bind(2, scores ? SessionKey.OfSession(session) : session);
            }
        }

        return (count.ReadLong() ?? 0, first.ReadLong() is { } since ? WallTime.FromMillis(since) : null);
    }
}
