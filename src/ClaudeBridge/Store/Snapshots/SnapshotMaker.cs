using System.Globalization;
using ClaudeBridge.Journal;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClaudeBridge.Store.Snapshots;

/// <summary>Copies a store that is in use, beside its writer: <c>VACUUM INTO</c> on a read connection of its own.</summary>
/// <remarks>
/// Measured with 475 MiB: 1.1 s, and 0.7 s by the backup API; but that begins anew whenever the writer commits, unless a read transaction holds it,
/// and copies free pages too. Writers go on meanwhile; what they write stays in the write-ahead log until the copy ends, so a log that grows
/// beyond <see cref="MaxLogBytes"/> ends the copy.
/// </remarks>
internal sealed class SnapshotMaker(SnapshotFolder folder, TimeProvider clock, Action<int, long> say)
{
    /// <summary>How much the writer may add while a copy is made.</summary>
    private const long MaxLogBytes = 512L * 1024 * 1024;

    /// <summary>What must stay free for the journal beside a copy.</summary>
    private const long SpareBytes = 64L * 1024 * 1024;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(5);

    /// <exception cref="IOException">There is no room, or the disk refused.</exception>
    /// <exception cref="SqliteException">SQLite could not copy it.</exception>
    /// <exception cref="StoreDamagedException">What was copied is not whole: the store is damaged.</exception>
    /// <exception cref="OperationCanceledException">The program ends.</exception>
    public async Task<Snapshot> MakeAsync(StoreDatabase database, CancellationToken cancel)
    {
        var taken = clock.GetUtcNow();
        folder.Begin();
        try
        {
            CheckRoom(database.Path);
            await CopyAsync(database, cancel);
            return await Task.Run(
                () =>
                {
                    var (position, journal) = Checked();
                    return folder.Seal(position, journal, taken, cancel);
                },
                cancel
            );
        }
        finally
        {
            File.Delete(folder.Unfinished);
        }
    }

    private void CheckRoom(string path)
    {
        var needed = new FileInfo(path).Length + SpareBytes;
        var free = new DriveInfo(Path.GetDirectoryName(folder.Unfinished)!).AvailableFreeSpace;
        if (free < needed)
        {
            throw new IOException($"{needed} bytes are needed and {free} are free");
        }
    }

    private async Task CopyAsync(StoreDatabase database, CancellationToken cancel)
    {
        using var connection = database.OpenReader();
        var handle = connection.Handle!;
        var total = new FileInfo(database.Path).Length;
        var since = clock.GetTimestamp();
        var copying = Task.Run(
            () =>
            {
                using var copy = new Statement(handle, "VACUUM INTO ?1");
                copy.Bind(1, folder.Unfinished).Run();
            },
            CancellationToken.None
        );
        var log = new FileInfo(database.Path + "-wal");
        var isLogFull = false;
        while (await Task.WhenAny(copying, Task.Delay(LookEvery, TimeProvider.System, CancellationToken.None)) != copying)
        {
            log.Refresh();
            isLogFull = log.Exists && log.Length > MaxLogBytes;
            if (isLogFull || cancel.IsCancellationRequested)
            {
                raw.sqlite3_interrupt(handle);
            }
            else if (clock.GetElapsedTime(since) >= SayEvery)
            {
                since = clock.GetTimestamp();
                say((int)Math.Min(100, new FileInfo(folder.Unfinished).Length * 100 / total), total);
            }
        }

        try
        {
            await copying;
        }
        catch (SqliteException interrupted) when (interrupted.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            cancel.ThrowIfCancellationRequested();
            throw new IOException($"the write-ahead log grew beyond {MaxLogBytes} bytes meanwhile", interrupted);
        }
    }

    /// <summary>The position, and the journal, that the copy itself says, once SQLite has looked through it.</summary>
    private (JournalPosition Position, long Journal) Checked()
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = folder.Unfinished,
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
            }.ToString()
        );
        connection.Open();
        using var check = new Statement(connection.Handle!, "PRAGMA quick_check(1)");
        if (!check.Step() || check.Text(0) is not "ok")
        {
            throw new StoreDamagedException("A copy of the store is not whole.");
        }

        check.Reset();
        return Read(MetaKey.JournalPosition) is { } position
            ? (new JournalPosition(position), Read(MetaKey.Journal) ?? 0)
            : throw new StoreDamagedException("A copy of the store does not say up to which journal position it is true.");

        long? Read(string key)
        {
            using var read = new Statement(connection.Handle!, "SELECT value FROM meta WHERE key = ?1");
            return read.Bind(1, key).Step() && long.TryParse(read.TextOrNull(0), CultureInfo.InvariantCulture, out var value)
                ? value
                : null;
        }
    }
}
