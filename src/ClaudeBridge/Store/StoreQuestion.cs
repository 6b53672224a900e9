using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>One question to the file <c>store.db</c>, over a connection of its own: beside a running bridge, in any process.</summary>
/// <param name="path">The file.</param>
/// <param name="busyTimeout">How long to wait for a lock.</param>
/// <param name="atMost">How long SQLite may work on it; null for as long as it takes.</param>
/// <param name="writer">Told of damage that is met, so that it is mended; null where no writer is at work in this process.</param>
internal sealed class StoreQuestion(string path, TimeSpan busyTimeout, TimeSpan? atMost, StoreDatabase? writer = null)
{
    /// <summary>How many of SQLite's steps pass between two looks at the time: some tenths of a millisecond.</summary>
    private const int StepsBetweenLooks = 10_000;

    private const int Stop = 1;

    /// <summary>For a bridge that serves many: bounded by its options. Without options, for the one who waits for the answer: without bound.</summary>
    public static StoreQuestion In(string dataFolder, StoreOptions? options, StoreDatabase? writer = null) =>
        new(Path.Combine(dataFolder, StoreDatabase.FileName), (options ?? new StoreOptions()).BusyTimeout, options?.AskAtMost, writer);

    /// <exception cref="StoreUnavailableException">There is no store, or it cannot be read.</exception>
    /// <exception cref="QuestionTooLongException">It took longer than it may.</exception>
    public T Ask<T>(Func<QueryReader, T> question)
    {
        var epoch = writer?.Epoch;
        using var connection = StoreDatabase.OpenReader(path, busyTimeout);
        try
        {
            Limit(connection.Handle!);
            // One snapshot for the whole answer, whatever is written meanwhile.
            Statement.Execute(connection.Handle!, "BEGIN");
            using var reader = new QueryReader(connection.Handle!);
            return question(reader);
        }
        catch (SqliteException stopped) when (stopped.SqliteErrorCode == raw.SQLITE_INTERRUPT && atMost is { } limit)
        {
            throw new QuestionTooLongException(limit, stopped);
        }
        catch (Exception failure) when (failure is SqliteException or StoreDamagedException)
        {
            if (epoch is not null && StoreDatabase.IsDamage(failure))
            {
                writer?.Suspect(failure, epoch);
            }

            throw StoreAccess.Unreadable(path, failure);
        }
    }

    private void Limit(sqlite3 connection)
    {
        if (atMost is { } limit)
        {
            var since = Stopwatch.GetTimestamp();
            raw.sqlite3_progress_handler(connection, StepsBetweenLooks, _ => Stopwatch.GetElapsedTime(since) < limit ? 0 : Stop, null);
        }
    }
}
