using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Snapshots;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Cli.Queue;

/// <summary>The files of a data folder as the <c>queue</c> commands reach them, beside a running bridge or without one.</summary>
internal sealed class QueueFolder
{
    /// <summary>As the bridge's own wait for another process.</summary>
    private const int BusyMilliseconds = 5_000;
    private const int CannotOpen = 14;
    private const int ReadOnly = 8;

    private QueueFolder(string path) => Path = path;

    public string Path { get; }

    public string Journal => System.IO.Path.Combine(Path, "journal");

    public string Lock => System.IO.Path.Combine(Journal, "lock");

    public string Store => System.IO.Path.Combine(Path, StoreDatabase.FileName);

    public string Snapshots => System.IO.Path.Combine(Path, StoreSnapshots.FolderName);

    public string Ledger => System.IO.Path.Combine(Path, LedgerRegistration.FileName);

    /// <exception cref="CommandFailure">It is not there, or holds nothing of a bridge.</exception>
    public static QueueFolder Open(string path)
    {
        if (File.Exists(path))
        {
            throw new CommandFailure($"{path} is a file, not a data folder: name the folder of the bridge with --data DIR.");
        }

        if (!Directory.Exists(path))
        {
            throw new CommandFailure($"There is no data folder {path}: name the folder of the bridge with --data DIR.");
        }

        var folder = new QueueFolder(path);
        return Directory.Exists(folder.Journal) || File.Exists(folder.Store) || File.Exists(folder.Ledger)
            ? folder
            : throw new CommandFailure(
                $"{path} holds nothing of a bridge: neither a journal nor a store nor a delivery ledger that this user may see. Name the folder of the bridge with --data DIR."
            );
    }

    /// <summary>Runs a command on the folder and turns what the files and the disk say into one sentence.</summary>
    public static async Task<int> GuardAsync(string path, Func<QueueFolder, Task<int>> command)
    {
        try
        {
            return await command(Open(path));
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new CommandFailure(
                $"This user may not use the files in {path}: run this as the user that runs the bridge.",
                inner: denied
            );
        }
        catch (SqliteException busy) when (busy.SqliteErrorCode is 5 or 6)
        {
            throw new CommandFailure($"Another program holds the files in {path} for too long; try again.", inner: busy);
        }
        catch (SqliteException denied) when (denied.SqliteErrorCode is CannotOpen or ReadOnly)
        {
            throw new CommandFailure(
                $"The files in {path} cannot be opened: run this as the user that runs the bridge, and look at the rights of the folder.",
                inner: denied
            );
        }
        catch (SqliteException damaged) when (StoreDatabase.IsDamage(damaged))
        {
            throw new CommandFailure(
                $"A file in {path} is damaged ({damaged.Message.TrimEnd('.')}): 'claudebridge queue verify' says where, 'claudebridge queue repair' mends it.",
                inner: damaged
            );
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or SqliteException)
        {
            throw new CommandFailure($"The data in {path} cannot be used: {failure.Message.TrimEnd('.')}.", inner: failure);
        }
    }

    /// <summary>A database for reading; null when the file is not there.</summary>
    /// <exception cref="SqliteException">It is no database, or this user may not read it.</exception>
    public static SqliteConnection? OpenForReading(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return Connect(path);
        }
        catch (SqliteException denied) when (denied.SqliteErrorCode is CannotOpen or ReadOnly && !File.Exists(path + "-wal"))
        {
            // A folder that may only be read: nobody writes, so the file alone tells all.
            return Connect($"file:{Uri.EscapeDataString(path)}?immutable=1");
        }
    }

    private static SqliteConnection Connect(string source)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = source,
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
            }.ToString()
        );
        try
        {
            connection.Open();
            _ = SQLitePCL.raw.sqlite3_busy_timeout(connection.Handle!, BusyMilliseconds);
            using var look = connection.CreateCommand();
            look.CommandText = "SELECT count(*) FROM sqlite_master";
            look.ExecuteScalar();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
