using System.CommandLine;
using System.Text.Json;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Exporters.Ledger;

namespace ClaudeBridge.Cli.Queue;

/// <param name="Asked">How many of its dead letters go again.</param>
internal sealed record RetriedDestination(string Name, long Asked);

/// <summary><c>claudebridge queue retry</c>: dead letters go again, from a running bridge within seconds, else at its next start.</summary>
internal static class QueueRetryCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge queue retry --all",
        "claudebridge queue retry --id 12 --id 15",
        "claudebridge queue retry --status 413 --destination Langfuse",
        "claudebridge queue retry --session 5f0c41d2",
    ];

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var (destination, session, json) = (QueueCommand.Destination(), QueueCommand.Session(), QueueCommand.Json());
        var all = new Option<bool>("--all") { Description = "All dead letters." };
        var id = new Option<long[]>("--id")
        {
            Description = "Only these, by the numbers that 'queue list' shows.",
            HelpName = "N",
            AllowMultipleArgumentsPerToken = true,
        };
        var status = new Option<int?>("--status") { Description = "Only those that came back with this HTTP status.", HelpName = "CODE" };
        var command = new Command(
            "retry",
            "Send dead letters again: what the store holds of them now, else what was kept. What is refused again is a dead letter again, with the new reason."
        )
        {
            all,
            id,
            destination,
            session,
            status,
            json,
        };
        command.Validators.Add(result =>
        {
            var isChosen = ((Option[])[id, destination, session, status]).Any(option => result.GetResult(option) is { Implicit: false });
            if (isChosen == result.GetValue(all))
            {
                result.AddError(
                    isChosen
                        ? "--all cannot be given together with --id, --destination, --session or --status"
                        : "Say which dead letters: --all, --id, --destination, --session or --status"
                );
            }
        });
        command.SetAction(
            (parsed, cancel) =>
                QueueFolder.GuardAsync(
                    common.DataOf(parsed),
                    folder =>
                    {
                        var filter = new DeadLetterFilter
                        {
                            Ids = parsed.GetValue(id) is { Length: > 0 } ids ? ids : null,
                            Destination = parsed.GetValue(destination)?.Trim(),
                            Session = parsed.GetValue(session)?.Trim(),
                            Status = parsed.GetValue(status),
                        };
                        var asked = Ask(folder, filter, services.Clock.GetUtcNow());
                        Tell(services.Terminal, asked, parsed.GetValue(json));
                        var isAll = asked.Count > 0 && asked.Sum(static one => one.Asked) >= (filter.Ids?.Distinct().Count() ?? 1);
                        return Task.FromResult(isAll || parsed.GetValue(all) ? ExitCode.Done : ExitCode.Failed);
                    }
                )
        );
        return command;
    }

    private static IReadOnlyList<RetriedDestination> Ask(QueueFolder folder, DeadLetterFilter filter, DateTimeOffset now) =>
        File.Exists(folder.Ledger)
            ? [.. DeadLetterRequests.Ask(folder.Ledger, filter, now).Select(static one => new RetriedDestination(one.Key, one.Value))]
            : [];

    private static void Tell(Terminal terminal, IReadOnlyList<RetriedDestination> asked, bool json)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(asked, QueueJson.Indented.IReadOnlyListRetriedDestination));
            return;
        }

        foreach (var one in asked)
        {
            terminal.Out.WriteLine(
                $"{QueueTexts.Number(one.Asked, "dead letter goes", "dead letters go")} to {Texts.OneLine(one.Name, 200)} again: within seconds where a bridge runs that delivers there, else at its next start."
            );
        }

        if (asked.Count == 0)
        {
            terminal.Error.WriteLine("There is no such dead letter; 'claudebridge queue list' shows what there is.");
        }
    }
}
