using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Journal;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli.Queue;

/// <summary>What a repair did, or would do. The JSON of <c>queue repair</c>.</summary>
internal sealed record RepairedFolder(
    string Folder,
    bool DryRun,
    IReadOnlyList<RepairStep> Steps,
    IReadOnlyList<DamageFact> Lost,
    long LostBytes
);

/// <param name="Part"><c>journal</c>, <c>store</c>, <c>snapshot</c> or <c>ledger</c>.</param>
/// <param name="Kept">The name that the damaged file is kept under; null when none is.</param>
internal sealed record RepairStep(string Part, string File, string What, string? Kept);

/// <summary>Mends a data folder that nothing else uses. Done twice, it does nothing the second time; stopped half-way, every file is the old or the new one.</summary>
internal sealed class FolderRepair(QueueFolder folder, JournalOptions options, TimeProvider clock, bool dryRun)
{
    private static readonly string[] Companions = ["-wal", "-shm"];

    private readonly List<RepairStep> _steps = [];

    public RepairedFolder Run(Action<long> passed, CancellationToken cancel)
    {
        var journal = RepairJournal(passed, cancel);
        RepairStore(cancel);
        RepairSnapshots(cancel);
        RepairLedger(cancel);
        return new RepairedFolder(
            folder.Path,
            dryRun,
            _steps,
            journal is null ? [] : [.. journal.Mended.SelectMany(static one => one.Lost).Select(DamageFact.Of)],
            journal?.LostBytes ?? 0
        );
    }

    private JournalRepairReport? RepairJournal(Action<long> passed, CancellationToken cancel)
    {
        if (!Directory.Exists(folder.Journal))
        {
            return null;
        }

        var (stored, number) = StoreDatabase.StoredReach(folder.Path, new StoreOptions().BusyTimeout);
        var report = JournalRepair.Run(folder.Journal, options, stored, dryRun, cancel, passed, number);
        foreach (var mended in report.Mended)
        {
            var lost =
                mended.Lost.Count == 0
                    ? "nothing is lost"
                    : $"{QueueTexts.Number(mended.Lost.Count, "damaged place", "damaged places")}, {QueueTexts.Size(mended.Lost.Sum(static place => place.Bytes))}, become gaps";
            var header = mended.HadDamagedHeader ? "its header is made anew; " : "";
            Add(
                "journal",
                mended.Path,
                $"{header}{QueueTexts.Number(mended.Entries, "whole entry stays", "whole entries stay")} where they are; {lost}",
                mended.Kept
            );
        }

        if (report.Marker is { } why)
        {
            Add("journal", Path.Combine(folder.Journal, TailMarker.FileName), $"the marker of the journal's end is made anew: {why}", null);
        }

        return report;
    }

    private void RepairStore(CancellationToken cancel)
    {
        if (!DatabaseCheck.Run(folder.Store, cancel).IsDamaged)
        {
            return;
        }

        var kept = KeptFile.NameFor(folder.Store);
        if (!dryRun)
        {
            KeepAll(folder.Store, kept);
            // The main file first: SQLite throws away what stands beside a file that is not there.
            File.Delete(folder.Store);
            DeleteCompanions(folder.Store);
            KeptFile.Sync(folder.Store);
        }

        Add("store", folder.Store, "set aside; the next start builds it again from what the journal holds", kept);
    }

    private void RepairSnapshots(CancellationToken cancel)
    {
        foreach (var damaged in SnapshotCheck.Run(folder, cancel).Where(static one => one.IsDamaged))
        {
            var kept = KeptFile.NameFor(damaged.Path);
            if (!dryRun)
            {
                File.Move(damaged.Path, kept);
                KeptFile.Sync(damaged.Path);
            }

            Add(
                "snapshot",
                damaged.Path,
                "set aside; the bridge makes another before the journal lets go of anything that the store needs",
                kept
            );
        }
    }

    private void RepairLedger(CancellationToken cancel)
    {
        if (!DatabaseCheck.Run(folder.Ledger, cancel).IsDamaged)
        {
            if (!dryRun)
            {
                LedgerRepair.Forget(folder.Ledger);
            }

            return;
        }

        if (dryRun)
        {
            // The work is done, to know what it would come to; nothing of it stays.
            var would = LedgerRepair.Try(folder.Ledger, clock, cancel);
            Add("ledger", folder.Ledger, LedgerRepair.Describe(would), KeptFile.NameFor(folder.Ledger));
        }
        else if (LedgerRepair.Finish(folder.Ledger) is { } finished)
        {
            Add("ledger", folder.Ledger, "what an earlier repair had saved takes its place", finished);
        }
        else
        {
            var (salvaged, kept) = LedgerRepair.Run(folder.Ledger, clock, cancel);
            Add("ledger", folder.Ledger, LedgerRepair.Describe(salvaged), kept);
        }
    }

    private static void KeepAll(string path, string kept)
    {
        KeptFile.Keep(path, kept);
        if (File.Exists(path + "-wal"))
        {
            File.Delete(kept + "-wal");
            KeptFile.Keep(path + "-wal", kept + "-wal");
        }
    }

    private static void DeleteCompanions(string path)
    {
        foreach (var companion in Companions)
        {
            File.Delete(path + companion);
        }
    }

    private void Add(string part, string file, string what, string? kept) => _steps.Add(new RepairStep(part, file, what, kept));
}
