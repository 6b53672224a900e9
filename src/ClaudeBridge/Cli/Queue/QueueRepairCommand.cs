using System.CommandLine;
using System.Text.Json;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Hosting;
using ClaudeBridge.Journal;

namespace ClaudeBridge.Cli.Queue;

/// <summary><c>claudebridge queue repair</c>: makes journal, store and ledger whole again, with the bridge stopped. What is damaged is kept beside.</summary>
internal static class QueueRepairCommand
{
    public static readonly string[] Examples = ["claudebridge queue repair --dry-run", "claudebridge queue repair"];

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be done, and change nothing." };
        var json = QueueCommand.Json();
        var command = new Command(
            "repair",
            "Mend what 'queue verify' finds; needs the folder for itself, so stop the bridge first. Whole entries stay where they are, "
                + "damaged files are kept beside under names that end in .damaged, and nothing else is deleted."
        )
        {
            dryRun,
            json,
        };
        command.SetAction(
            (parsed, cancel) =>
                QueueFolder.GuardAsync(
                    common.DataOf(parsed),
                    folder =>
                    {
                        var settings = new ConfigurationBuilder().AddBridgeSettings(folder.Path, services.Overrides).Build();
                        var options = settings.GetSection(JournalOptions.Section).Get<JournalOptions>() ?? new JournalOptions();
                        using var held = Hold(folder);
                        var repair = new FolderRepair(folder, options, services.Clock, parsed.GetValue(dryRun));
                        var progress = new WorkProgress(services.Terminal.Error, services.Clock, "Journal", 0);
                        var done = repair.Run(progress.Passed, cancel);
                        if (parsed.GetValue(json))
                        {
                            services.Terminal.Out.WriteLine(JsonSerializer.Serialize(done, QueueJson.Indented.RepairedFolder));
                        }
                        else
                        {
                            Write(services.Terminal.Out, done);
                        }

                        return Task.FromResult(ExitCode.Done);
                    }
                )
        );
        return command;
    }

    /// <summary>The journal's lock keeps every bridge out. It is taken for a dry run too: what a bridge is writing is no damage.</summary>
    private static IDisposable Hold(QueueFolder folder)
    {
        try
        {
            DiskFiles.Instance.CreateFolder(folder.Journal);
            return DiskFiles.Instance.Lock(folder.Lock);
        }
        catch (JournalLockedException locked)
        {
            throw new CommandFailure(
                $"A bridge is using {folder.Path}, and a repair needs it alone: stop the bridge, run this again, then start it. 'claudebridge queue verify' works beside it.",
                inner: locked
            );
        }
    }

    private static void Write(TextWriter output, RepairedFolder done)
    {
        if (done.Steps.Count == 0)
        {
            output.WriteLine("Everything is whole: there is nothing to mend.");
            return;
        }

        foreach (var step in done.Steps)
        {
            output.WriteLine(Texts.OneLine($"{step.File}: {step.What}.", 2_000));
            if (step.Kept is { } kept)
            {
                output.WriteLine(Texts.OneLine($"  As it was it is kept as {Path.GetFileName(kept)}.", 2_000));
            }
        }

        foreach (var place in done.Lost)
        {
            output.WriteLine("  lost: " + Texts.OneLine(place.ToString(), 1_000));
        }

        output.WriteLine(
            done.DryRun
                ? "This is what would be done; nothing was changed."
                : "Done. Start the bridge; once all is well the .damaged files can go."
        );
    }
}
