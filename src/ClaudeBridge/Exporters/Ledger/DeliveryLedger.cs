using ClaudeBridge.Diagnostics;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Exporters.Ledger;

/// <summary>What went out: <c>delivery.db</c>. The truth of its kind, derived from nothing; every commit is on disk before it returns.</summary>
/// <remarks>Safe for many threads: one connection, one change at a time.</remarks>
public sealed class DeliveryLedger : IDisposable
{
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
    /// <exception cref="InvalidDataException">The file is damaged, no ledger, or of a newer version; the message says what to do.</exception>
    internal static DeliveryLedger Open(string path, TimeProvider clock, AgingClock? aging = null)
    {
        SQLitePCL.Batteries_V2.Init();
        CreateForOwnerOnly(path);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            LedgerSchema.Prepare(connection, path);
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
}
