using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Store;

namespace ClaudeBridge.Hosting;

/// <summary>How much of the disk the data folder takes, and how much is free; looked at now and then, so that whoever asks is answered from memory.</summary>
internal sealed class DiskSpace(DataFolderPath folder, TimeProvider clock) : BackgroundService, IMetricSource
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private volatile Usage _usage = new(0, 0, 0, null);

    /// <param name="FreeBytes">What this user may still write; null before the first look, or where it cannot be known.</param>
    internal sealed record Usage(long JournalBytes, long StoreBytes, long LedgerBytes, long? FreeBytes);

    public Usage Now => _usage;

    public IEnumerable<MetricFamily> Read()
    {
        var usage = _usage;
        yield return MetricFamily.Gauge(
            "claudebridge_disk_bytes",
            "Bytes on disk of the journal, the store and the delivery ledger, with the files beside them.",
            [
                MetricFamily.Sample(usage.JournalBytes, ("what", "journal")),
                MetricFamily.Sample(usage.StoreBytes, ("what", "store")),
                MetricFamily.Sample(usage.LedgerBytes, ("what", "ledger")),
            ]
        );
        yield return MetricFamily.Gauge(
            "claudebridge_disk_free_bytes",
            "Bytes that may still be written on the disk of the data folder; NaN when that is not known.",
            usage.FreeBytes ?? double.NaN
        );
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            do
            {
                // A disk that hangs holds this one thread and nothing else.
                await Task.Factory.StartNew(Look, stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the program.
        }
    }

    /// <summary>Looks once.</summary>
    internal void Look() =>
        _usage = new(
            SizeOf(Path.Combine(folder.Path, BridgeParts.JournalFolder), "*"),
            SizeOf(folder.Path, StoreDatabase.FileName + "*"),
            SizeOf(folder.Path, LedgerRegistration.FileName + "*"),
            FreeOf(folder.Path)
        );

    private static long SizeOf(string folder, string pattern)
    {
        try
        {
            return new DirectoryInfo(folder).EnumerateFiles(pattern).Sum(static file => file.Exists ? file.Length : 0);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Bytes that this user may still write there; null where that cannot be known.</summary>
    public static long? FreeOf(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>The data folder, for parts that look at it.</summary>
internal sealed record DataFolderPath(string Path);
