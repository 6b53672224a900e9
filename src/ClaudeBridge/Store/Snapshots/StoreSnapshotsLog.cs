namespace ClaudeBridge.Store.Snapshots;

internal sealed partial class StoreSnapshots
{
    [LoggerMessage(
        LogLevel.Information,
        "A snapshot of the store at journal position {Position} was made: {Bytes} bytes in {Seconds:F1} s."
    )]
    private partial void LogMade(long position, long bytes, double seconds);

    [LoggerMessage(LogLevel.Information, "A snapshot of the store is being made: {Percent} % of {Bytes} bytes.")]
    private partial void LogMaking(int percent, long bytes);

    [LoggerMessage(
        LogLevel.Error,
        "No snapshot of the store could be made ({Reason}). The journal keeps the files that it stands in for until one can be made; only its hard limits take them."
    )]
    private partial void LogNotMade(string reason);

    [LoggerMessage(LogLevel.Warning, "The store is restored from {Path}, made at {Taken:u}: {Bytes} bytes.")]
    private partial void LogRestoring(string path, DateTimeOffset taken, long bytes);

    [LoggerMessage(LogLevel.Warning, "The store is being restored: {Percent} % of {Bytes} bytes.")]
    private partial void LogCopied(int percent, long bytes);

    [LoggerMessage(LogLevel.Error, "The snapshot {Path} is damaged. It is not used.")]
    private partial void LogDamaged(string path);

    [LoggerMessage(LogLevel.Error, "The store that was restored from {Path} is damaged as well. That snapshot is not used again.")]
    private partial void LogSuspect(string path);

    [LoggerMessage(LogLevel.Warning, "The snapshot {Path} has version {Found}, this program writes version {Wanted}. It is not used.")]
    private partial void LogOtherVersion(string path, int found, int wanted);

    [LoggerMessage(LogLevel.Warning, "The snapshot {Path} was made beside another journal. It is not used.")]
    private partial void LogOtherJournal(string path);

    [LoggerMessage(LogLevel.Warning, "The old snapshot {Path} could not be deleted ({Reason}).")]
    private partial void LogNotDeleted(string path, string reason);
}
