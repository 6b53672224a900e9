using ClaudeBridge.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using SQLitePCL;

namespace ClaudeBridge.Exporters.Ledger;

/// <summary>What went out: <c>delivery.db</c>. The truth of its kind, derived from nothing; every commit is on disk before it returns.</summary>
/// <remarks>
/// Safe for many threads: one connection, one change at a time.
/// <para>
/// A damaged file is set aside as <c>delivery.db.damaged</c> and a new ledger begun, because a bridge that does not start takes nothing from its clients, and
/// that is lost for good. What the store holds is then delivered once more under the same ids, into the same rows; what was refused is refused again. The one
/// thing that only the old ledger knew is the start of an observation whose first record came after it was first sent: such a one may be shown twice.
/// </para>
/// </remarks>
public sealed partial class DeliveryLedger : IDisposable
{
    private const long CheckUpToBytes = 128L * 1024 * 1024;

    private static readonly string[] Files = ["", "-wal", "-shm", "-journal"];

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
        try
        {
            return OpenSound(path, clock, aging);
        }
        catch (Exception failure) when (IsDamage(failure) || Directory.Exists(path))
        {
            SetAside(path);
            LogDamaged(log ?? NullLogger.Instance, path, failure.Message);
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
        foreach (var file in Files.Select(suffix => path + suffix))
        {
            var aside = path + ".damaged" + file[path.Length..];
            if (Directory.Exists(file))
            {
                Directory.Move(file, aside);
            }
            else if (File.Exists(file))
            {
                File.Move(file, aside, overwrite: true);
            }
        }
    }

    /// <remarks>SQLite gives its <c>-wal</c> and <c>-shm</c> files the mode of the database.</remarks>
    private static void CreateForOwnerOnly(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (new FileStream(path, options)) { }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [LoggerMessage(
        LogLevel.Error,
        "The delivery ledger {Path} is damaged ({Reason}). It is set aside as delivery.db.damaged: everything that the store holds is delivered once more, under the same ids."
    )]
    private static partial void LogDamaged(ILogger log, string path, string reason);
}

/// <summary>The file is no ledger, or not what was written to it.</summary>
internal sealed class LedgerDamagedException(string message) : Exception(message);
