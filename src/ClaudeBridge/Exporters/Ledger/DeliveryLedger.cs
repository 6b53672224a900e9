using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using SQLitePCL;

namespace ClaudeBridge.Exporters.Ledger;

/// <summary>What went out: <c>delivery.db</c>. The truth of its kind, derived from nothing; every commit is on disk before it returns.</summary>
/// <remarks>
/// Safe for many threads: one connection, one change at a time.
/// <para>
/// A damaged file is kept as <c>delivery.db.damaged</c> and what can be read of it goes on in a new one, because a bridge that does not start takes nothing from
/// its clients, and that is lost for good. What the store holds is then compared, and sent once more where nothing is known of it, under the same ids and
/// into the same rows. The one thing that only a lost row knew is the start of an observation whose first record came after it was first sent: such a
/// one may be shown twice.
/// </para>
/// </remarks>
public sealed partial class DeliveryLedger : IDisposable
{
    private const long CheckUpToBytes = 128L * 1024 * 1024;

    private readonly string _path;
    private readonly ILogger _log;
    private readonly Dictionary<string, DestinationLedger> _destinations = [];
    private SqliteConnection? _connection;
    private LedgerStatements? _statements;

    private DeliveryLedger(string path, TimeProvider clock, AgingClock aging, ILogger log) =>
        (_path, Clock, Aging, _log) = (path, clock, aging, log);

    internal TimeProvider Clock { get; }

    /// <summary>By what it forgets.</summary>
    internal AgingClock Aging { get; }

    /// <summary>Held by whoever uses <see cref="Statements"/>.</summary>
    internal Lock Gate { get; } = new();

    /// <exception cref="InvalidOperationException">A damaged one is to be mended, and the disk does not let that be done: see <see cref="Mend"/>.</exception>
    internal LedgerStatements Statements =>
        _statements ?? throw new InvalidOperationException("The delivery ledger is damaged and not mended yet.");

    /// <summary>Opens the ledger, or begins a new one, readable by its owner alone.</summary>
    /// <param name="aging">By what it forgets; null for the clock itself, held back while the program runs.</param>
    /// <exception cref="InvalidDataException">The file is of a newer version; the message says what to do.</exception>
    internal static DeliveryLedger Open(string path, TimeProvider clock, AgingClock? aging = null, ILogger? log = null)
    {
        SQLitePCL.Batteries_V2.Init();
        log ??= NullLogger.Instance;
        // SQLite can do nothing with a folder, and waits for ever for a pipe.
        foreach (
            var no in LedgerRepair
                .Companions.Prepend("")
                .Select(suffix => path + suffix)
                .Where(static file => Directory.Exists(file) || !PlainFile.IsOrMissing(file))
        )
        {
            SetAside(no);
            LogNoFile(log, no);
        }

        if (LedgerRepair.Finish(path) is { } finished)
        {
            LogFinished(log, path, finished);
        }

        try
        {
            var ledger = OpenSound(path, clock, aging, log);
            LedgerRepair.Forget(path);
            return ledger;
        }
        catch (Exception failure) when (IsDamage(failure))
        {
            LogDamaged(log, path, failure.Message);
            var (salvaged, kept) = LedgerRepair.Run(path, clock, CancellationToken.None);
            LogSalvaged(log, path, LedgerRepair.Describe(salvaged), kept);
            return OpenSound(path, clock, aging, log);
        }
    }

    private static DeliveryLedger OpenSound(string path, TimeProvider clock, AgingClock? aging, ILogger log)
    {
        var ledger = new DeliveryLedger(path, clock, aging ?? new AgingClock(clock, folder: null), log);
        ledger.Connect();
        return ledger;
    }

    private void Connect()
    {
        CreateForOwnerOnly(_path);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            LedgerSchema.Prepare(connection, _path, check: new FileInfo(_path).Length <= CheckUpToBytes);
            (_connection, _statements) = (connection, new LedgerStatements(connection));
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void Disconnect()
    {
        _statements?.Dispose();
        _connection?.Dispose();
        (_statements, _connection) = (null, null);
    }

    /// <summary>The part of the ledger that belongs to one destination.</summary>
    internal DestinationLedger For(string destination)
    {
        lock (Gate)
        {
            if (!_destinations.TryGetValue(destination, out var ledger))
            {
                ledger = new DestinationLedger(destination, this);
                _destinations.Add(destination, ledger);
            }

            return ledger;
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            Disconnect();
        }
    }

    /// <summary>SQLite says so, or a table that this version made is not there.</summary>
    private static bool IsDamage(Exception failure) =>
        failure
            is LedgerDamagedException
                or SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_ERROR };

    private static void SetAside(string path)
    {
        var aside = KeptFile.NameFor(path);
        if (Directory.Exists(path))
        {
            Directory.Move(path, aside);
        }
        else
        {
            File.Move(path, aside);
        }
    }

    /// <remarks>SQLite gives its <c>-wal</c> and <c>-shm</c> files the mode of the database.</remarks>
    private static void CreateForOwnerOnly(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using (new FileStream(path, PlainFile.ForOwner(FileMode.OpenOrCreate))) { }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [LoggerMessage(LogLevel.Error, "The delivery ledger {Path} is damaged ({Reason}). What can be read of it is saved into a new one.")]
    private static partial void LogDamaged(ILogger log, string path, string reason);

    [LoggerMessage(LogLevel.Error, "The delivery ledger {Path}: {What}. The damaged one is kept as {Kept}.")]
    private static partial void LogSalvaged(ILogger log, string path, string what, string kept);

    [LoggerMessage(
        LogLevel.Warning,
        "The delivery ledger {Path} was damaged; what an earlier repair had saved of it takes its place. The damaged one is kept as {Kept}."
    )]
    private static partial void LogFinished(ILogger log, string path, string kept);

    [LoggerMessage(
        LogLevel.Error,
        "{Path} is no file and no delivery ledger. It is set aside: everything that the store holds is delivered once more, under the same ids."
    )]
    private static partial void LogNoFile(ILogger log, string path);
}

/// <summary>The file is no ledger, or not what was written to it.</summary>
internal sealed class LedgerDamagedException(string message) : Exception(message);
