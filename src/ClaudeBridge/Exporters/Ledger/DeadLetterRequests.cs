using System.Globalization;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Exporters.Ledger;

/// <summary>Which dead letters are meant. What is null does not matter; all that is given must fit.</summary>
internal sealed record DeadLetterFilter
{
    /// <summary>The numbers that <c>queue list</c> shows.</summary>
    public IReadOnlyList<long>? Ids { get; init; }

    /// <summary>A destination as the ledger names it, or the beginning of that; upper and lower case are the same.</summary>
    public string? Destination { get; init; }

    /// <summary>Whether <see cref="Destination"/> is a whole name.</summary>
    public bool IsDestinationWhole { get; init; }

    /// <summary>A session id, or the beginning of one.</summary>
    public string? Session { get; init; }

    /// <summary>The HTTP status that came back.</summary>
    public int? Status { get; init; }

    /// <summary>The condition on <c>dead_letter l JOIN destination d</c>; its parameters are added to the command.</summary>
    public string AddTo(SqliteCommand command)
    {
        var conditions = new List<string> { "1" };
        if (Ids is { } ids)
        {
            conditions.Add($"l.id IN ({string.Join(',', ids.Select(static id => id.ToString(CultureInfo.InvariantCulture)))})");
        }

        Add(
            IsDestinationWhole ? "d.name = $destination" : "substr(lower(d.name), 1, length($destination)) = lower($destination)",
            "$destination",
            Destination
        );
        Add("substr(l.session, 1, length($session)) = $session", "$session", Session);
        Add("l.status = $status", "$status", Status);
        return string.Join(" AND ", conditions);

        void Add(string condition, string parameter, object? value)
        {
            if (value is not null)
            {
                conditions.Add(condition);
                command.Parameters.AddWithValue(parameter, value);
            }
        }
    }
}

/// <summary>Asks, from any process, that dead letters are sent again: a note in <c>delivery.db</c>, which a running bridge sees within seconds and another at its start.</summary>
internal static class DeadLetterRequests
{
    /// <param name="path">The file <c>delivery.db</c>, which must be there.</param>
    /// <returns>How many of each destination are asked for, those that were already included; by name.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, no ledger, or of a newer version.</exception>
    /// <exception cref="SqliteException">It cannot be written: no rights, disk full, held by another for too long.</exception>
    public static IReadOnlyList<KeyValuePair<string, long>> Ask(string path, DeadLetterFilter filter, DateTimeOffset now)
    {
        SQLitePCL.Batteries_V2.Init();
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadWrite,
                Pooling = false,
            }.ToString()
        );
        connection.Open();
        LedgerSchema.Prepare(connection, path, check: false);
        using var transaction = connection.BeginTransaction();
        using var ask = connection.CreateCommand();
        ask.CommandText =
            $"UPDATE dead_letter SET asked=$now, note=NULL WHERE id IN (SELECT l.id FROM dead_letter l JOIN destination d ON d.id=l.destination WHERE {filter.AddTo(ask)})";
        ask.Parameters.AddWithValue("$now", now.ToUnixTimeMilliseconds());
        ask.ExecuteNonQuery();
        using var count = connection.CreateCommand();
        count.CommandText =
            $"SELECT d.name, count(*) FROM dead_letter l JOIN destination d ON d.id=l.destination WHERE {filter.AddTo(count)} GROUP BY d.id ORDER BY d.name";
        var asked = new List<KeyValuePair<string, long>>();
        using (var row = count.ExecuteReader())
        {
            while (row.Read())
            {
                asked.Add(new(row.GetString(0), row.GetInt64(1)));
            }
        }

        transaction.Commit();
        return asked;
    }
}
