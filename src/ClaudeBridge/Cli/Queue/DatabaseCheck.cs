using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters.Ledger;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Cli.Queue;

/// <param name="State"><c>whole</c>, <c>damaged</c>, or <c>missing</c>.</param>
/// <param name="Problems">What SQLite says of the damage, at most <see cref="DatabaseCheck.MaxProblems"/> sentences.</param>
/// <param name="Bytes">On disk, its log included.</param>
internal sealed record CheckedDatabase(string Path, string State, long Bytes, IReadOnlyList<string> Problems)
{
    public const string Whole = "whole";
    public const string Damaged = "damaged";
    public const string Missing = "missing";

    public bool IsDamaged => State == Damaged;
}

/// <summary>Walks over every page and index of a SQLite file, on one state of it: what is written meanwhile is no damage.</summary>
internal static class DatabaseCheck
{
    public const int MaxProblems = 100;

    private const int Interrupted = 9;

    /// <exception cref="SqliteException">The file cannot be opened: no rights, or held by another for too long.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static CheckedDatabase Run(string path, CancellationToken cancel)
    {
        if (!File.Exists(path))
        {
            return new CheckedDatabase(path, CheckedDatabase.Missing, 0, []);
        }

        if (!PlainFile.IsOrMissing(path))
        {
            return new CheckedDatabase(path, CheckedDatabase.Damaged, 0, ["it is no file"]);
        }

        var bytes = SizeOf(path);
        try
        {
            using var connection = QueueFolder.OpenForReading(path)!;
            using var stop = cancel.UnsafeRegister(
                static handle => SQLitePCL.raw.sqlite3_interrupt((SQLitePCL.sqlite3)handle!),
                connection.Handle!
            );
            var problems = Problems(connection);
            return new CheckedDatabase(path, problems.Count == 0 ? CheckedDatabase.Whole : CheckedDatabase.Damaged, bytes, problems);
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode == Interrupted)
        {
            throw new OperationCanceledException(cancel);
        }
        catch (SqliteException failure) when (LedgerSalvage.IsDamage(failure))
        {
            return new CheckedDatabase(path, CheckedDatabase.Damaged, bytes, [failure.Message]);
        }
    }

    /// <summary>Bytes on disk, with what a bridge that runs has written and not put in its place yet.</summary>
    public static long SizeOf(string path) =>
        ((string[])[path, path + "-wal"]).Sum(static file => File.Exists(file) ? new FileInfo(file).Length : 0);

    private static List<string> Problems(SqliteConnection connection)
    {
        var problems = new List<string>();
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA integrity_check({MaxProblems})";
        command.CommandTimeout = 0;
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            if (row.GetString(0) is not "ok" and var problem)
            {
                problems.AddRange(problem.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return problems;
    }
}
