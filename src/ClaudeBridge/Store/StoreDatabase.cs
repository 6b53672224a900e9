using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Store.Lists;
using ClaudeBridge.Store.Snapshots;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>The file <c>store.db</c>: opened, checked, made anew when it is missing, damaged or of another version. Holds the one connection that writes.</summary>
/// <remarks>
/// Derived from the journal, hence <c>synchronous=NORMAL</c>: a power cut may take the last transactions, whose entries are then read again.
/// <see cref="Epoch"/> and <see cref="OpenReader()"/> may be used from any thread; all else belongs to the one thread that writes.
/// </remarks>
internal sealed partial class StoreDatabase : IDisposable
{
    public const string FileName = "store.db";

    private readonly StoreOptions _options;
    private readonly ILogger _log;
    private readonly bool _isJournalWhole;
    private SqliteConnection? _connection;
    private volatile string _epoch = "";
    private volatile Exception? _suspicion;

    private StoreDatabase(string path, StoreOptions options, StoreSnapshots snapshots, bool isJournalWhole, ILogger log)
    {
        Path = path;
        Snapshots = snapshots;
        _options = options;
        _isJournalWhole = isJournalWhole;
        _log = log;
    }

    public string Path { get; }

    public sqlite3 Handle => _connection?.Handle ?? throw new InvalidOperationException("The store is not open.");

    public StoreSnapshots Snapshots { get; }

    /// <summary>What is there now was made, or restored, since the program started: the journal has to bring it up to where the one before was.</summary>
    public bool IsNew { get; private set; }

    /// <summary>What is there now was made without a snapshot.</summary>
    public bool BeganEmpty { get; private set; }

    /// <summary>Random, given when the file was made.</summary>
    public string Epoch => _epoch;

    /// <summary>The damage that a reader met, or that somebody moved or deleted the file, which SQLite does not notice; null when all seems well. Any thread.</summary>
    public Exception? Suspicion =>
        _suspicion ?? (File.Exists(Path) ? null : new StoreDamagedException("it was moved or deleted while the bridge ran"));

    /// <summary>Opens the store of a data folder, restores it from a snapshot, or makes an empty one whose position is the journal's start.</summary>
    /// <param name="isJournalWhole">The journal holds all that ever came: then a store of another version need not be kept.</param>
    /// <param name="journal">The random number of the journal; 0 for one without.</param>
    /// <exception cref="SqliteException">The file can be neither used nor replaced: no rights, disk full, locked.</exception>
    /// <exception cref="IOException">The same.</exception>
    public static StoreDatabase Open(
        string dataFolder,
        StoreOptions options,
        ILogger log,
        bool isJournalWhole = true,
        TimeProvider? clock = null,
        long journal = 0
    )
    {
        Batteries_V2.Init();
        Directory.CreateDirectory(dataFolder);
        var path = System.IO.Path.Combine(dataFolder, FileName);
        var snapshots = new StoreSnapshots(dataFolder, options, clock ?? TimeProvider.System, log, journal);
        var database = new StoreDatabase(path, options, snapshots, isJournalWhole, log);
        try
        {
            database.Prepare();
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>A reader met damage: the writer shall set the file aside. Any thread.</summary>
    /// <param name="epoch">Of the store that was read: when that is set aside already, this is no news of the one in its place.</param>
    public void Suspect(Exception damage, string epoch)
    {
        if (epoch == _epoch)
        {
            _suspicion = damage;
        }
    }

    /// <summary>A new connection that only reads. From another process as well: see <see cref="StoreQueries"/>.</summary>
    public SqliteConnection OpenReader() => OpenReader(Path, _options.BusyTimeout);

    /// <exception cref="StoreUnavailableException">There is no store, or another version of the program made it.</exception>
    public static SqliteConnection OpenReader(string path, TimeSpan busyTimeout)
    {
        Batteries_V2.Init();
        StoreAccess.Check(path);
        var connection = new SqliteConnection(ConnectionString(path, SqliteOpenMode.ReadOnly));
        try
        {
            connection.Open();
            _ = raw.sqlite3_busy_timeout(connection.Handle!, (int)busyTimeout.TotalMilliseconds);
            if (Pragma(connection.Handle!, "user_version") != StoreSchema.Version)
            {
                throw new StoreUnavailableException(
                    $"The store at {path} was made by another version: start this version of the bridge on it once."
                );
            }

            return connection;
        }
        catch (SqliteException failure)
        {
            connection.Dispose();
            throw StoreAccess.Unreadable(path, failure);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The highest journal position that the store of a folder, or a snapshot of it, says it is true up to, and the journal that they name, without
    /// changing anything; the start when there is none that can be read. Before this process opens the store.
    /// </summary>
    public static (JournalPosition Position, long? Journal) StoredReach(string dataFolder, TimeSpan busyTimeout)
    {
        var snapshots = new SnapshotFolder(System.IO.Path.Combine(dataFolder, StoreSnapshots.FolderName)).List();
        var newest = snapshots.Count > 0 ? snapshots[0] : null;
        var path = System.IO.Path.Combine(dataFolder, FileName);
        var (position, journal) = (newest?.Position ?? JournalPosition.Start, newest?.Journal);
        try
        {
            if (PlainFile.IsOrMissing(path))
            {
                using var connection = OpenReader(path, busyTimeout);
                var facts = StoreFacts.Read(connection);
                (position, journal) = (facts.Position > position ? facts.Position : position, facts.Journal ?? journal);
            }
        }
        catch (Exception failure) when (failure is StoreUnavailableException or SqliteException)
        {
            // The snapshots alone tell.
        }

        return (position, journal is 0 ? null : journal);
    }

    /// <summary>True when SQLite finds everything where it should be, in indexes too. Reads the whole file.</summary>
    public bool IsWhole()
    {
        using var check = new Statement(Handle, "PRAGMA integrity_check(1)");
        var isWhole = check.Step() && check.Text(0) == "ok";
        check.Reset();
        return isWhole;
    }

    /// <summary>True for failures that mean that the file's contents are not what SQLite wrote; a length that cannot be is such a one.</summary>
    public static bool IsDamage(Exception failure) =>
        failure
            is StoreDamagedException
                or SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_TOOBIG };

    public string? ReadMeta(string key)
    {
        using var read = new Statement(Handle, "SELECT value FROM meta WHERE key = ?1");
        var value = read.Bind(1, key).Step() ? read.TextOrNull(0) : null;
        read.Reset();
        return value;
    }

    public void WriteMeta(string key, string value)
    {
        using var write = new Statement(Handle, "INSERT INTO meta VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value");
        write.Bind(1, key).Bind(2, value).Run();
    }

    public void Dispose() => _connection?.Dispose();

    private static string ConnectionString(string path, SqliteOpenMode mode) =>
        new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
        }.ToString();

    private void CreateTables()
    {
        Statement.Execute(Handle, $"PRAGMA page_size={PageBytes}");
        Tune();
        var epoch = NewEpoch();
        Statement.Execute(Handle, "BEGIN IMMEDIATE");
        Statement.Execute(Handle, StoreSchema.Tables);
        Statement.Execute(Handle, ListsSchema.Tables);
        WriteMeta(MetaKey.Epoch, epoch);
        WriteMeta(MetaKey.JournalPosition, JournalPosition.Start.Value.ToString());
        WriteMeta(MetaKey.LastRevision, "0");
        Statement.Execute(Handle, $"PRAGMA application_id={StoreSchema.ApplicationId}");
        Statement.Execute(Handle, $"PRAGMA user_version={StoreSchema.Version}");
        Statement.Execute(Handle, "COMMIT");
        _epoch = epoch;
    }

    private void Tune()
    {
        Statement.Execute(Handle, "PRAGMA journal_mode=WAL");
        Statement.Execute(Handle, "PRAGMA synchronous=NORMAL");
        Statement.Execute(Handle, "PRAGMA secure_delete=FAST");
        Statement.Execute(Handle, "PRAGMA temp_store=MEMORY");
        UseLog(LargestLog);
        _isLogSmall = false;
        Statement.Execute(Handle, $"PRAGMA cache_size=-{_options.PageCacheBytes / 1024}");
    }

    private void CheckContents()
    {
        if (new FileInfo(Path).Length > _options.CheckUpToBytes)
        {
            return;
        }

        using var check = new Statement(Handle, "PRAGMA quick_check(1)");
        var verdict = check.Step() ? check.Text(0) : "";
        check.Reset();
        if (verdict != "ok")
        {
            throw new StoreDamagedException(verdict);
        }
    }

    private static long Pragma(sqlite3 connection, string name)
    {
        using var read = new Statement(connection, $"PRAGMA {name}");
        var value = read.Step() ? read.Long(0) : 0;
        read.Reset();
        return value;
    }
}
