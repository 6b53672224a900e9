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

    /// <param name="check">Whether the whole file is looked through for damage.</param>
    /// <exception cref="InvalidDataException">The file is of a newer version of the program.</exception>
    /// <exception cref="LedgerDamagedException">It is damaged, or no ledger.</exception>
    /// <exception cref="SqliteException">SQLite cannot use it.</exception>
    public static void Prepare(SqliteConnection connection, string path, bool check)
    {
        // Ledgers carry no application id; other programs' files may, the store among them.
        if (
            Read(connection, "PRAGMA application_id") is not 0L
            || (VersionOf(connection) == 0 && Read(connection, "SELECT 1 FROM sqlite_master LIMIT 1") is not null)
        )
        {
            throw new LedgerDamagedException("it is a file of another program");
        }

        // Dead letters hold contents: what is deleted of them shall not stay in the file.
        Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000; PRAGMA secure_delete=ON;");
        if (check && Read(connection, "PRAGMA quick_check(1)") is not "ok" and var verdict)
        {
            throw new LedgerDamagedException($"{verdict}");
        }

        Create(connection, path);
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

    public static long VersionOf(SqliteConnection connection) => (long)Read(connection, "PRAGMA user_version")!;

    private static object? Read(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
