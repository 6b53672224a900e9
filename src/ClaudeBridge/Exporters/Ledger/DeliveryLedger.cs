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

    private readonly SqliteConnection _connection;
    private readonly LedgerStatements _statements;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DestinationLedger> _destinations = [];

    private readonly AgingClock _aging;

    private DeliveryLedger(SqliteConnection connection, TimeProvider clock, AgingClock aging)
    {
        _aging = aging;
        _connection = connection;
        _statements = new LedgerStatements(connection);
        _clock = clock;
    }

    /// <summary>Opens the ledger, or begins a new one, readable by its owner alone.</summary>
    /// <param name="aging">By what it forgets; null for the clock itself, held back while the program runs.</param>
    /// <exception cref="InvalidDataException">The file is of a newer version; the message says what to do.</exception>
    internal static DeliveryLedger Open(string path, TimeProvider clock, AgingClock? aging = null, ILogger? log = null)
    {
        SQLitePCL.Batteries_V2.Init();
        log ??= NullLogger.Instance;
        if (Directory.Exists(path) || !PlainFile.IsOrMissing(path))
        {
            SetAside(path);
            LogNoFile(log, path);
        }

        if (LedgerRepair.Finish(path) is { } finished)
        {
            LogFinished(log, path, finished);
        }

        try
        {
            var ledger = OpenSound(path, clock, aging);
            LedgerRepair.Forget(path);
            return ledger;
        }
        catch (Exception failure) when (IsDamage(failure))
        {
            LogDamaged(log, path, failure.Message);
            var (salvaged, kept) = LedgerRepair.Run(path, clock, CancellationToken.None);
            LogSalvaged(log, path, LedgerRepair.Describe(salvaged), kept);
            return OpenSound(path, clock, aging);
        }
    }

    private static DeliveryLedger OpenSound(string path, TimeProvider clock, AgingClock? aging)
    {
        CreateForOwnerOnly(path);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            LedgerSchema.Prepare(connection, path, check: new FileInfo(path).Length <= CheckUpToBytes);
            return new DeliveryLedger(connection, clock, aging ?? new AgingClock(clock, folder: null));
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The part of the ledger that belongs to one destination.</summary>
    internal DestinationLedger For(string destination)
    {
        lock (_gate)
        {
            if (!_destinations.TryGetValue(destination, out var ledger))
            {
                ledger = new DestinationLedger(destination, _statements, _gate, _clock, _aging);
                _destinations.Add(destination, ledger);
            }

            return ledger;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _statements.Dispose();
            _connection.Dispose();
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
