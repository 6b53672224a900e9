using ClaudeBridge.Diagnostics;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Store;

/// <content>How much of the disk its write-ahead log takes.</content>
internal sealed partial class StoreDatabase
{
    /// <summary>Below this the log gives way to what is on the same disk, the journal first.</summary>
    private const long LittleRoom = 256L * 1024 * 1024;

    private const long LargestLog = 32 * 1024 * 1024;
    private const long SmallLog = 2 * 1024 * 1024;
    private const long PageBytes = 8 * 1024;

    private bool _isLogSmall;

    /// <summary>Keeps the log short where the disk has little room left, and gives back what it took before. To be called now and then.</summary>
    /// <remarks>A long log is quicker. On a full disk it would hold what the bridge needs to go on, and could not be emptied any more once the store cannot grow.</remarks>
    /// <param name="freeBytes">On the disk of the store.</param>
    public void FitLog(long freeBytes)
    {
        var isSmall = freeBytes < (_isLogSmall ? 2 * LittleRoom : LittleRoom);
        if (isSmall != _isLogSmall)
        {
            UseLog(isSmall ? SmallLog : LargestLog);
            _isLogSmall = isSmall;
        }

        var log = new FileInfo(Path + "-wal");
        if (isSmall && log.Exists && log.Length > 2 * SmallLog)
        {
            EmptyLog();
        }
    }

    private void UseLog(long bytes)
    {
        Statement.Execute(Handle, $"PRAGMA wal_autocheckpoint={bytes / PageBytes}");
        Statement.Execute(Handle, $"PRAGMA journal_size_limit={bytes}");
    }

    private void EmptyLog()
    {
        try
        {
            Statement.Execute(Handle, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException failure) when (DiskTrouble.Is(failure))
        {
            // What is in it does not fit into the store now: the next try is soon.
        }
    }
}
