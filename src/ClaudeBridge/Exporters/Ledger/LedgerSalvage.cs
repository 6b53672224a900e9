using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClaudeBridge.Exporters.Ledger;

/// <param name="Gaps">Places that SQLite could not read; how many rows stood there nobody knows.</param>
internal sealed record SalvagedLedger(long Destinations, long Traces, long Observations, long DeadLetters, long Gaps);

/// <summary>Writes what can still be read of a damaged ledger into a new one.</summary>
internal sealed class LedgerSalvage
{
    private readonly SqliteConnection _from;
    private readonly SqliteConnection _to;
    private long _gaps;

    private LedgerSalvage(SqliteConnection from, SqliteConnection to) => (_from, _to) = (from, to);

    /// <param name="damaged">For reading; the caller's.</param>
    /// <param name="path">Where the new one is made; safe on disk, in one file, when this returns.</param>
    /// <returns>Null when nothing of use can be read; then there is no new file.</returns>
    public static SalvagedLedger? Run(SqliteConnection damaged, string path, TimeProvider clock, CancellationToken cancel)
    {
        DeliveryLedger.Open(path, clock).Dispose();
        SalvagedLedger salvaged;
        using (var target = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString()))
        {
            target.Open();
            Execute(target, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;");
            salvaged = new LedgerSalvage(damaged, target).Copy(cancel);
        }

        if (salvaged.Destinations > 0)
        {
            return salvaged;
        }

        File.Delete(path);
        return null;
    }

    private SalvagedLedger Copy(CancellationToken cancel)
    {
        Execute(_to, "BEGIN IMMEDIATE");
        var destinations = CopyById("destination", static _ => true, cancel);
        var keys = new List<long>();
        var traces = CopyById("trace", row => IsTrace(row) && Note(keys, row), cancel);
        var observations = 0L;
        foreach (var key in keys)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                CopyRows("observation", "trace=$after", key, IsObservation, cancel, (_, rows) => observations += rows);
            }
            catch (SqliteException damage) when (IsDamage(damage))
            {
                _gaps++;
            }
        }

        var letters = CopyById("dead_letter", static _ => true, cancel);
        Execute(_to, "COMMIT");
        return new SalvagedLedger(destinations, traces, observations, letters, _gaps);
    }

    /// <summary>In order of the row's number; where reading fails, on behind it in growing steps.</summary>
    private long CopyById(string table, Func<SqliteDataReader, bool> isSound, CancellationToken cancel)
    {
        var copied = 0L;
        var after = -1L;
        for (var step = 1L; ; )
        {
            try
            {
                CopyRows(
                    table,
                    "id>$after ORDER BY id",
                    after,
                    isSound,
                    cancel,
                    (last, rows) => (copied, after, step) = (copied + rows, last, 1)
                );
                return copied;
            }
            catch (SqliteException damage) when (IsDamage(damage))
            {
                _gaps += step == 1 ? 1 : 0;
                after += step;
                step *= 2;
                if (after > LastOf(table) || step > int.MaxValue)
                {
                    return copied;
                }
            }
        }
    }

    /// <summary>The highest number; as high as any when it cannot be read.</summary>
    private long LastOf(string table)
    {
        try
        {
            using var command = _from.CreateCommand();
            command.CommandText = $"SELECT max(id) FROM {table}";
            return command.ExecuteScalar() is long last ? last : -1;
        }
        catch (SqliteException damage) when (IsDamage(damage))
        {
            return long.MaxValue;
        }
    }

    /// <param name="passed">Told of each row: its first column, and whether it was copied (1 or 0).</param>
    private void CopyRows(
        string table,
        string condition,
        long after,
        Func<SqliteDataReader, bool> isSound,
        CancellationToken cancel,
        Action<long, int> passed
    )
    {
        using var read = _from.CreateCommand();
        read.CommandText = $"SELECT * FROM {table} WHERE {condition}";
        read.Parameters.AddWithValue("$after", after);
        using var row = read.ExecuteReader();
        using var write = _to.CreateCommand();
        var columns = Enumerable.Range(0, row.FieldCount).ToArray();
        write.CommandText =
            $"INSERT OR IGNORE INTO {table}({string.Join(',', columns.Select(row.GetName))}) VALUES({string.Join(',', columns.Select(static i => $"${i}"))})";
        var values = columns.Select(i => write.Parameters.AddWithValue($"${i}", DBNull.Value)).ToArray();
        while (row.Read())
        {
            cancel.ThrowIfCancellationRequested();
            var rows = 0;
            if (isSound(row))
            {
                foreach (var i in columns)
                {
                    values[i].Value = row.GetValue(i);
                }

                rows = write.ExecuteNonQuery();
            }

            passed(row.GetInt64(0), rows);
        }
    }

    /// <summary>What a trace says of itself must be readable: delivery stops at one that is not.</summary>
    private static bool IsTrace(SqliteDataReader row)
    {
        try
        {
            _ = LedgerJson.ReadContext(row.GetString(3));
            return row.GetValue(2) is byte[] { Length: 16 };
        }
        catch (LedgerDamagedException)
        {
            return false;
        }
    }

    /// <summary>The same of what it says of an observation.</summary>
    private static bool IsObservation(SqliteDataReader row) =>
        Enumerable.Range(3, 3).All(column => row.IsDBNull(column) || row.GetValue(column) is byte[] { Length: ContentHash.Bytes });

    private static bool Note(List<long> keys, SqliteDataReader row)
    {
        keys.Add(row.GetInt64(0));
        return true;
    }

    /// <summary>Not only what SQLite calls damage: nonsense in a page also gives lengths and names that cannot be, and a bad sector an I/O error.</summary>
    public static bool IsDamage(SqliteException failure) =>
        failure.SqliteErrorCode
            is raw.SQLITE_ERROR
                or raw.SQLITE_IOERR
                or raw.SQLITE_CORRUPT
                or raw.SQLITE_TOOBIG
                or raw.SQLITE_MISMATCH
                or raw.SQLITE_NOTADB;

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
