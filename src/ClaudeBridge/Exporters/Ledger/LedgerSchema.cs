using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Exporters.Ledger;

/// <summary>The tables of <c>delivery.db</c>.</summary>
/// <remarks>Observations are keyed by their trace's ascending row, so that the rows of one trace lie together: random unique keys cost five times as much.</remarks>
internal static class LedgerSchema
{
    public const long Version = 3;

    private const string Tables = """
        CREATE TABLE destination(
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            epoch TEXT,
            cursor INTEGER NOT NULL DEFAULT 0,
            pruned_end INTEGER,
            forgotten_before INTEGER,
            route TEXT);
        CREATE TABLE trace(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            destination INTEGER NOT NULL,
            trace BLOB NOT NULL,
            context TEXT NOT NULL,
            last_used INTEGER NOT NULL,
            UNIQUE(destination, trace));
        CREATE TABLE observation(
            trace INTEGER NOT NULL,
            observation INTEGER NOT NULL,
            start INTEGER NOT NULL,
            acknowledged BLOB,
            sending BLOB,
            refused BLOB,
            version INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY(trace, observation)) WITHOUT ROWID;
        CREATE TABLE dead_letter(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            destination INTEGER NOT NULL,
            session TEXT NOT NULL,
            trace BLOB NOT NULL,
            observation INTEGER NOT NULL,
            reason TEXT NOT NULL,
            status INTEGER,
            time INTEGER NOT NULL,
            payload BLOB NOT NULL,
            source BLOB,
            score TEXT,
            asked INTEGER,
            note TEXT);
        CREATE INDEX dead_letter_of ON dead_letter(destination, trace, observation);
        CREATE INDEX dead_letter_asked ON dead_letter(destination) WHERE asked IS NOT NULL;
        """;

    /// <summary>From version 1: what was sent counts as the first of its kind.</summary>
    private const string Second = """
        ALTER TABLE destination ADD COLUMN route TEXT;
        ALTER TABLE observation ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
        """;

    /// <summary>From version 2: dead letters can be asked for again, and say what they are in words that the rest of the program knows.</summary>
    private const string Third = """
        ALTER TABLE dead_letter ADD COLUMN source BLOB;
        ALTER TABLE dead_letter ADD COLUMN score TEXT;
        ALTER TABLE dead_letter ADD COLUMN asked INTEGER;
        ALTER TABLE dead_letter ADD COLUMN note TEXT;
        CREATE INDEX dead_letter_asked ON dead_letter(destination) WHERE asked IS NOT NULL;
        """;

    /// <exception cref="InvalidDataException">The file is of a newer version of the program, damaged, or no ledger.</exception>
    public static void Prepare(SqliteConnection connection, string path)
    {
        try
        {
            Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;");
            Create(connection, path);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 11 or 26)
        {
            throw new InvalidDataException(
                $"The delivery ledger {path} is damaged and cannot be read. 'claudebridge queue repair' saves what can be read of it; or put back a copy, "
                    + "or move it away: without it everything that the store still holds is delivered once more, under the same ids.",
                e
            );
        }
    }

    private static void Create(SqliteConnection connection, string path)
    {
        var version = VersionOf(connection);
        if (version > Version)
        {
            throw new InvalidDataException(
                $"The delivery ledger {path} was written by a newer version of this program. Run that version, or use another data folder."
            );
        }

        if (version < Version)
        {
            var steps = version switch
            {
                0 => Tables,
                1 => Second + Third,
                _ => Third,
            };
            Execute(connection, $"BEGIN IMMEDIATE; {steps} PRAGMA user_version={Version}; COMMIT;");
        }
    }

    public static long VersionOf(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return (long)command.ExecuteScalar()!;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
