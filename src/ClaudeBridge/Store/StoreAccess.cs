using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Why a store cannot be read, and the way out.</summary>
internal static class StoreAccess
{
    /// <param name="path">The file <c>store.db</c>.</param>
    /// <exception cref="StoreUnavailableException">It is not there, is no file, or this user may not look into its folder.</exception>
    public static void Check(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (File.Exists(folder))
        {
            throw new StoreUnavailableException($"{folder} is a file, not a data folder: name the folder of the bridge with --data DIR.");
        }

        try
        {
            // Looked at, never opened: on Unix, closing a file lets go of all locks that this process holds on it, SQLite's own among them.
            if (File.GetAttributes(path).HasFlag(FileAttributes.Directory))
            {
                throw new StoreUnavailableException($"{path} is a folder, not a store: name the folder of the bridge with --data DIR.");
            }
        }
        catch (UnauthorizedAccessException denied)
        {
            throw Denied(path, denied);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StoreUnavailableException(
                $"There is no store at {path} yet: start the bridge, or replay a recording into this data folder.",
                missing
            );
        }
        catch (IOException failure)
        {
            throw Unreadable(path, failure);
        }
    }

    public static StoreUnavailableException Unreadable(string path, Exception failure) =>
        failure is SqliteException { SqliteErrorCode: raw.SQLITE_CANTOPEN or raw.SQLITE_PERM }
            ? Denied(path, failure)
            : new(
                StoreDatabase.IsDamage(failure)
                    ? $"The store at {path} is damaged: start the bridge on this folder, which builds it again from the journal."
                    : $"The store at {path} cannot be read ({failure.Message.TrimEnd('.')}): look at the disk and at the rights of the folder, or name another one with --data DIR.",
                failure
            );

    private static StoreUnavailableException Denied(string path, Exception failure) =>
        new(
            $"This user may not read the store at {path}: run this as the user that runs the bridge, or name another folder with --data DIR.",
            failure
        );
}
