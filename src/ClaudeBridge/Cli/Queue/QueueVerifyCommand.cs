using System.CommandLine;
using System.Text.Json;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Journal;

namespace ClaudeBridge.Cli.Queue;

/// <summary><c>claudebridge queue verify</c>: whether journal, store, snapshots and ledger are what was written. Changes nothing.</summary>
internal static class QueueVerifyCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge queue verify                  (exit code 0: all is whole; 1: damage was found)",
        "claudebridge queue verify --json | jq '.journal.damage'",
    ];

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var json = QueueCommand.Json();
        var command = new Command(
            "verify",
            "Read all of journal, store, its snapshots and delivery ledger, also while a bridge writes them, and say each place that is damaged. "
                + "Exit code 0 when all is whole, 1 when damage was found. Nothing is changed."
        )
        {
            json,
        };
        command.SetAction(
            (parsed, cancel) =>
                QueueFolder.GuardAsync(
                    common.DataOf(parsed),
                    folder =>
                    {
                        var found = Verify(folder, services, cancel);
                        if (parsed.GetValue(json))
                        {
                            services.Terminal.Out.WriteLine(JsonSerializer.Serialize(found, QueueJson.Indented.VerifiedFolder));
                        }
                        else
                        {
                            Write(services.Terminal.Out, found);
                        }

                        return Task.FromResult(found.IsWhole ? ExitCode.Done : ExitCode.Failed);
                    }
                )
        );
        return command;
    }

    public static VerifiedFolder Verify(QueueFolder folder, CommandServices services, CancellationToken cancel)
    {
        VerifiedJournal? journal = null;
        if (Directory.Exists(folder.Journal))
        {
            var progress = new WorkProgress(services.Terminal.Error, services.Clock, "Journal", SizeOf(folder.Journal));
            journal = VerifiedJournal.Of(
                folder.Journal,
                JournalVerification.Verify(DiskFiles.Instance, folder.Journal, cancel, progress.Passed)
            );
        }

        var databases = new List<CheckedDatabase>();
        foreach (var path in (string[])[folder.Store, folder.Ledger])
        {
            if (File.Exists(path) && new FileInfo(path).Length is > 256_000_000 and var bytes)
            {
                services.Terminal.Error.WriteLine($"{Path.GetFileName(path)}: {QueueTexts.Size(bytes)} are checked");
            }

            databases.Add(DatabaseCheck.Run(path, cancel));
        }

        var snapshots = SnapshotCheck.Run(folder, cancel);
        return new VerifiedFolder(
            folder.Path,
            journal is null or { DamagedPlaces: 0 }
                && databases.TrueForAll(static one => !one.IsDamaged)
                && snapshots.All(static one => !one.IsDamaged),
            journal,
            databases,
            snapshots
        );
    }

    private static long SizeOf(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*" + Segment.Extension).Sum(static file => file.Exists ? file.Length : 0);

    private static void Write(TextWriter output, VerifiedFolder found)
    {
        if (found.Journal is not { } journal)
        {
            output.WriteLine("journal: missing");
        }
        else
        {
            output.WriteLine(
                $"journal: {(journal.DamagedPlaces == 0 ? "whole" : "damaged")}, {QueueTexts.Number(journal.Entries, "entry", "entries")}, {QueueTexts.Size(journal.Bytes)} in {QueueTexts.Number(journal.Segments, "file", "files")}"
            );
            foreach (var place in journal.Damage)
            {
                output.WriteLine("  " + Texts.OneLine(place.ToString(), 1_000));
            }

            if (journal.DamagedPlaces > 0)
            {
                output.WriteLine(
                    $"  {QueueTexts.Number(journal.DamagedPlaces, "place", "places")}, {QueueTexts.Size(journal.DamagedBytes)} in all; everything else is read past them."
                );
            }

            if (journal.TornBytes > 0)
            {
                output.WriteLine(
                    $"  It ends in {QueueTexts.Size(journal.TornBytes)} that are no whole entry, as while something is written, or after a crash. They were not answered, and are no damage."
                );
            }

            foreach (var path in journal.Foreign)
            {
                output.WriteLine(
                    $"  {Texts.OneLine(path, 1_000)} does not belong to this journal, or nothing of it can be read; it is left alone."
                );
            }
        }

        foreach (var database in found.Databases)
        {
            output.WriteLine(
                $"{Path.GetFileName(database.Path)}: {database.State}{(database.State == CheckedDatabase.Missing ? "" : ", " + QueueTexts.Size(database.Bytes))}"
            );
            foreach (var problem in database.Problems)
            {
                output.WriteLine("  " + Texts.OneLine(problem, 1_000));
            }
        }

        foreach (var snapshot in found.Snapshots)
        {
            var upTo = snapshot.Position is { } position ? $", true up to journal position {position}" : "";
            output.WriteLine(
                $"{Texts.OneLine(Path.GetFileName(snapshot.Path), 1_000)}: {snapshot.State}, {QueueTexts.Size(snapshot.Bytes)}{upTo}"
            );
        }

        if (!found.IsWhole)
        {
            output.WriteLine("Stop the bridge and run 'claudebridge queue repair' (with --dry-run it says what it would do).");
        }
    }
}
