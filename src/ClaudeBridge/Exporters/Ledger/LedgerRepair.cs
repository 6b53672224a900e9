using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Exporters.Ledger;

/// <summary>Puts a new ledger with all that can still be read in the place of a damaged one, which is kept beside it.</summary>
/// <remarks>
/// The new one is written as <c>delivery.db.mending</c>; whole and synced it becomes <c>delivery.db.mended</c>; then the damaged file gets a second name, loses its
/// log and is replaced. Whatever stops this half-way, there is the damaged file with its log, or one that <see cref="Finish"/> puts in place.
/// </remarks>
internal static class LedgerRepair
{
    private const string Making = ".mending";
    private const string Made = ".mended";
    private const string Log = "-wal";

    internal static readonly string[] Companions = [Log, "-shm", "-journal"];

    /// <summary>Does the last steps of a repair that was stopped before them.</summary>
    /// <returns>The name that the damaged file is kept under; null when there was nothing to finish.</returns>
    public static string? Finish(string path)
    {
        if (!File.Exists(path + Made) || new FileInfo(path + Log) is { Exists: true, Length: > 0 })
        {
            return null;
        }

        var kept = KeptFile.NameFor(path);
        PutInPlace(path, kept);
        return kept;
    }

    /// <summary>Deletes what an earlier repair left: the ledger as it is counts.</summary>
    public static void Forget(string path)
    {
        File.Delete(path + Made);
        File.Delete(path + Making);
        DeleteCompanions(path + Making);
    }

    /// <summary>Mends a ledger that nobody uses.</summary>
    /// <returns>What was saved, null for nothing: then no ledger is there; and the name that the damaged file is kept under.</returns>
    /// <exception cref="IOException">The disk is full or does not obey; the damaged ledger is as it was.</exception>
    public static (SalvagedLedger? Salvaged, string Kept) Run(string path, TimeProvider clock, CancellationToken cancel)
    {
        var kept = KeptFile.NameFor(path);
        var salvaged = Salvage(path, clock, cancel);
        if (salvaged is null)
        {
            KeepAll(path, kept);
            File.Delete(path);
            DeleteCompanions(path);
            KeptFile.Sync(path);
            return (null, kept);
        }

        Sync(path + Making);
        File.Move(path + Making, path + Made, overwrite: true);
        KeptFile.Sync(path);
        PutInPlace(path, kept);
        return (salvaged, kept);
    }

    /// <summary>What <see cref="Run"/> would save; changes nothing.</summary>
    public static SalvagedLedger? Try(string path, TimeProvider clock, CancellationToken cancel)
    {
        try
        {
            return Salvage(path, clock, cancel);
        }
        finally
        {
            File.Delete(path + Making);
        }
    }

    /// <summary>What it means, as the log and <c>queue repair</c> say it.</summary>
    public static string Describe(SalvagedLedger? salvaged) =>
        salvaged is null
            ? "nothing of it can be read; set aside. Everything still held is delivered once more, under the same ids; dead letters are forgotten"
            : $"{salvaged.Observations} observations of {salvaged.Traces} traces, {salvaged.DeadLetters} dead letters and the cursors of {salvaged.Destinations} destinations are saved into a new one; "
                + $"{salvaged.Gaps} {(salvaged.Gaps == 1 ? "place" : "places")} could not be read. What is lost of it is sent again, under the same ids, when it changes";

    private static SalvagedLedger? Salvage(string path, TimeProvider clock, CancellationToken cancel)
    {
        if (!PlainFile.IsOrMissing(path))
        {
            return null;
        }

        File.Delete(path + Making);
        DeleteCompanions(path + Making);
        try
        {
            using var damaged = new SqliteConnection(
                new SqliteConnectionStringBuilder
                {
                    DataSource = path,
                    Mode = SqliteOpenMode.ReadOnly,
                    Pooling = false,
                }.ToString()
            );
            damaged.Open();
            return LedgerSalvage.Run(damaged, path + Making, clock, cancel);
        }
        catch (SqliteException failure) when (LedgerSalvage.IsDamage(failure))
        {
            File.Delete(path + Making);
            return null;
        }
    }

    private static void PutInPlace(string path, string kept)
    {
        KeepAll(path, kept);
        // The log of the damaged file must not be there when the new one takes its name.
        DeleteCompanions(path);
        KeptFile.Sync(path);
        KeptFile.Replace(path, path + Made);
    }

    private static void KeepAll(string path, string kept)
    {
        if (!File.Exists(path))
        {
            return;
        }

        KeptFile.Keep(path, kept);
        if (File.Exists(path + Log))
        {
            File.Delete(kept + Log);
            KeptFile.Keep(path + Log, kept + Log);
        }
    }

    private static void DeleteCompanions(string path)
    {
        foreach (var companion in Companions)
        {
            File.Delete(path + companion);
        }
    }

    private static void Sync(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }
}
