using System.Security.Cryptography;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <content>The file itself: found, set aside, restored, made anew.</content>
internal sealed partial class StoreDatabase
{
    private static readonly string[] Companions = ["-wal", "-shm", "-journal"];

    /// <summary>
    /// Sets the file aside as <c>store.db.damaged</c> and goes on, under a new epoch, with the newest good snapshot, or with an empty store when there is none.
    /// Statements on <see cref="Handle"/> must be disposed of before. After an exception it can be called again.
    /// </summary>
    /// <exception cref="SqliteException">The disk refuses the new one.</exception>
    /// <exception cref="IOException">The same.</exception>
    public void SetAside(string reason)
    {
        if (File.Exists(Path))
        {
            LogDamaged(Path, reason);
        }
        else
        {
            LogMissing(Path);
        }

        Renew(".damaged");
        _suspicion = null;
    }

    private void Prepare()
    {
        SetAsideWhatIsNoFile();
        if (new FileInfo(Path) is { Exists: false } or { Length: 0 })
        {
            Renew(null);
            return;
        }

        try
        {
            _connection = Connect();
            var version = Pragma(Handle, "user_version");
            if (Pragma(Handle, "application_id") != StoreSchema.ApplicationId)
            {
                throw new StoreDamagedException("it is a file of another program");
            }

            if (version == StoreSchema.Version)
            {
                Tune();
                CheckContents();
                _epoch = ReadMeta(MetaKey.Epoch) ?? throw new StoreDamagedException("it has no epoch");
                return;
            }

            Replace(version);
        }
        catch (Exception failure) when (IsDamage(failure))
        {
            SetAside(failure.Message);
        }
    }

    /// <summary>A store of another version is built again. Kept where the journal no longer holds all that it was built from.</summary>
    private void Replace(long version)
    {
        if (_isJournalWhole)
        {
            LogOtherVersion(Path, version, StoreSchema.Version);
            Renew(null);
            return;
        }

        var aside = $".version-{version}";
        LogOtherVersionKept(Path, version, StoreSchema.Version, Path + aside);
        Renew(aside);
    }

    /// <param name="aside">What the file's name ends in from now on; null deletes it.</param>
    private void Renew(string? aside)
    {
        _connection?.Dispose();
        _connection = null;
        if (System.IO.Path.GetDirectoryName(Path) is { } folder && !Directory.Exists(folder))
        {
            DiskFiles.Instance.CreateFolder(folder);
        }

        if (aside is not null && File.Exists(Path))
        {
            File.Move(Path, Path + aside, overwrite: true);
        }

        File.Delete(Path);
        foreach (var companion in Companions)
        {
            File.Delete(Path + companion);
        }

        IsNew = true;
        BeganEmpty = Snapshots.Restore(Path) is null;
        if (BeganEmpty)
        {
            CreateFile();
            _connection = Connect();
            CreateTables();
            return;
        }

        try
        {
            _connection = Connect();
            Tune();
            var epoch = NewEpoch();
            WriteMeta(MetaKey.Epoch, epoch);
            _epoch = epoch;
        }
        catch (Exception failure) when (IsDamage(failure))
        {
            // Whole, and no store all the same: the next older one, as this one is on probation.
            SetAside(failure.Message);
        }
    }

    /// <summary>Where a file should be, SQLite can do nothing with a folder, and waits for ever for a pipe.</summary>
    private void SetAsideWhatIsNoFile()
    {
        foreach (var path in Companions.Prepend("").Select(suffix => Path + suffix))
        {
            var isFolder = Directory.Exists(path);
            if (!isFolder && PlainFile.IsOrMissing(path))
            {
                continue;
            }

            var aside = KeptFile.NameFor(path);
            LogNoFile(path, aside);
            if (isFolder)
            {
                Directory.Move(path, aside);
            }
            else
            {
                File.Move(path, aside);
            }
        }
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(ConnectionString(Path, SqliteOpenMode.ReadWrite));
        try
        {
            connection.Open();
            _ = raw.sqlite3_busy_timeout(connection.Handle!, (int)_options.BusyTimeout.TotalMilliseconds);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Made before SQLite does it, so that nobody else can read it for a moment; its companions take the same rights.</summary>
    private void CreateFile()
    {
        using var file = new FileStream(Path, PlainFile.ForOwner(FileMode.CreateNew));
    }

    private static string NewEpoch() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    [LoggerMessage(
        LogLevel.Error,
        "The store {Path} is damaged ({Reason}). It is set aside as store.db.damaged and built again, from a snapshot where there is one, and from the journal."
    )]
    private partial void LogDamaged(string path, string reason);

    [LoggerMessage(
        LogLevel.Error,
        "The store {Path} was moved or deleted while the bridge ran. It is built again, from a snapshot where there is one, and from the journal."
    )]
    private partial void LogMissing(string path);

    [LoggerMessage(LogLevel.Error, "{Path} is no file and no store. It is set aside as {Aside}.")]
    private partial void LogNoFile(string path, string aside);

    [LoggerMessage(
        LogLevel.Warning,
        "The store {Path} has version {Found}, this program writes version {Wanted}: it is built again from the journal."
    )]
    private partial void LogOtherVersion(string path, long found, int wanted);

    [LoggerMessage(
        LogLevel.Warning,
        "The store {Path} has version {Found}, this program writes version {Wanted}: it is built again from the journal, which no longer holds all that it was built from. The old one is kept as {Aside}."
    )]
    private partial void LogOtherVersionKept(string path, long found, int wanted, string aside);
}
