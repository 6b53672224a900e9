using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>One question to the file <c>store.db</c>, over a connection of its own: beside a running bridge, in any process.</summary>
/// <param name="path">The file.</param>
/// <param name="busyTimeout">How long to wait for a lock.</param>
/// <param name="atMost">How long SQLite may work on it; null for as long as it takes.</param>
internal sealed class StoreQuestion(string path, TimeSpan busyTimeout, TimeSpan? atMost)
{
    /// <summary>How many of SQLite's steps pass between two looks at the time: some tenths of a millisecond.</summary>
    private const int StepsBetweenLooks = 10_000;

    private const int Stop = 1;

    /// <summary>For a bridge that serves many: bounded by its options. Without options, for the one who waits for the answer: without bound.</summary>
    public static StoreQuestion In(string dataFolder, StoreOptions? options) =>
        new(Path.Combine(dataFolder, StoreDatabase.FileName), (options ?? new StoreOptions()).BusyTimeout, options?.AskAtMost);

    /// <exception cref="StoreUnavailableException">There is no store, or it cannot be read.</exception>
    /// <exception cref="QuestionTooLongException">It took longer than it may.</exception>
    public T Ask<T>(Func<QueryReader, T> question)
    {
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
            throw StoreAccess.Unreadable(path, failure);
        }
    }

    private void Limit(sqlite3 connection)
    {
        if (atMost is { } limit)
        {
            var since = Stopwatch.GetTimestamp();
            raw.sqlite3_progress_handler(
                connection,
                StepsBetweenLooks,
                _ => Stopwatch.GetElapsedTime(since) < limit ? 0 : Stop,
                null
            );
        }
    }
}
