using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClaudeBridge.Diagnostics;

/// <summary>Tells failures that pass when the disk takes writes again (full, I/O error, read-only, no rights, held by another) from those that trying again will not mend.</summary>
internal static class DiskTrouble
{
    /// <summary>The longest wait before the disk is tried again, so that all is well within five seconds of its being well.</summary>
    public static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    public static bool Is(Exception? failure) =>
        failure switch
        {
            null => false,
            IOException or UnauthorizedAccessException => true,
            SqliteException sqlite => sqlite.SqliteErrorCode
                is raw.SQLITE_FULL
                    or raw.SQLITE_IOERR
                    or raw.SQLITE_READONLY
                    or raw.SQLITE_CANTOPEN
                    or raw.SQLITE_BUSY
                    or raw.SQLITE_LOCKED
                    or raw.SQLITE_PERM
                    or raw.SQLITE_AUTH
                    or raw.SQLITE_PROTOCOL,
            _ => Is(failure.InnerException),
        };
}
