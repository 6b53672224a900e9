using System.Globalization;
using ClaudeBridge.Sessions;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Exporters.Ledger;

/// <summary>How far one destination is, as the ledger tells without a running bridge.</summary>
/// <param name="Epoch">Of the store that the cursor counts in; null before anything was delivered.</param>
/// <param name="Asked">Dead letters that somebody asked to be sent again.</param>
internal sealed record LedgerDestination(string Name, string? Epoch, long Cursor, string? Route, long DeadLetters, long Asked);

/// <summary>A dead letter without its payload.</summary>
/// <param name="Trace">As its client named it, where that is known; else as the ledger keeps it. Null for a score.</param>
/// <param name="Score">The name of a score; null for an observation.</param>
/// <param name="AskedAt">When somebody asked for it to be sent again; null when nobody did since it was refused.</param>
/// <param name="Note">Why it could not go when it was asked for; null when it could, or was not.</param>
internal sealed record DeadLetterRow(
    long Id,
    string Destination,
    DateTimeOffset Time,
    string SessionId,
    string? Trace,
    string? Observation,
    string? Score,
    int? Status,
    string Reason,
    long PayloadBytes,
    DateTimeOffset? AskedAt,
    string? Note
);

/// <summary>Reads <c>delivery.db</c> of any version, beside a running bridge or without one. Changes nothing.</summary>
/// <param name="connection">To the file; the caller's.</param>
internal sealed class LedgerFile(SqliteConnection connection)
{
    private const long FirstWithRequests = 3;
    private const long FirstWithRoutes = 2;

    private readonly long _version = LedgerSchema.VersionOf(connection);

    /// <summary>Written by a version of the program that this one does not know.</summary>
    public bool IsNewer => _version > LedgerSchema.Version;

    private string Asked => _version >= FirstWithRequests ? "l.asked" : "NULL";

    public IReadOnlyList<LedgerDestination> Destinations()
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            $"SELECT d.name, d.epoch, d.cursor, {(_version >= FirstWithRoutes ? "d.route" : "NULL")}, count(l.id), count({Asked}) FROM destination d LEFT JOIN dead_letter l ON l.destination=d.id GROUP BY d.id ORDER BY d.name";
        using var row = command.ExecuteReader();
        var found = new List<LedgerDestination>();
        while (row.Read())
        {
            found.Add(
                new LedgerDestination(row.GetString(0), Text(row, 1), row.GetInt64(2), Text(row, 3), row.GetInt64(4), row.GetInt64(5))
            );
        }

        return found;
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<DeadLetterRow> DeadLetters(DeadLetterFilter filter, int max)
    {
        using var command = connection.CreateCommand();
        var extra = _version >= FirstWithRequests ? "l.source, l.score, l.note" : "NULL, NULL, NULL";
        command.CommandText =
            $"SELECT l.id, d.name, l.time, l.session, l.trace, l.observation, l.status, l.reason, length(l.payload), {Asked}, {extra} FROM dead_letter l JOIN destination d ON d.id=l.destination WHERE {filter.AddTo(command)} ORDER BY l.id DESC LIMIT $max";
        command.Parameters.AddWithValue("$max", max);
        using var row = command.ExecuteReader();
        var found = new List<DeadLetterRow>();
        while (row.Read())
        {
            found.Add(Read(row));
        }

        return found;
    }

    /// <summary>The content that was refused, as that destination takes it; null when there is no such dead letter.</summary>
    public byte[]? Payload(long id)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT payload FROM dead_letter WHERE id=$id";
        command.Parameters.AddWithValue("$id", id);
        return command.ExecuteScalar() as byte[];
    }

    private static DeadLetterRow Read(SqliteDataReader row)
    {
        var score = Text(row, 11);
        var trace = TraceId.FromBytes((byte[])row.GetValue(row.IsDBNull(10) ? 4 : 10));
        return new DeadLetterRow(
            row.GetInt64(0),
            row.GetString(1),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
            row.GetString(3),
            score is null ? trace.ToString() : null,
            score is null ? new ObservationId((ulong)row.GetInt64(5)).ToString() : null,
            score,
            row.IsDBNull(6) ? null : row.GetInt32(6),
            row.GetString(7),
            row.GetInt64(8),
            row.IsDBNull(9)
                ? null
                : DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(row.GetValue(9), CultureInfo.InvariantCulture)),
            Text(row, 12)
        );
    }

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
