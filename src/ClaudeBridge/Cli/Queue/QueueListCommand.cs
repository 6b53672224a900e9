using System.CommandLine;
using System.Text.Json;
using ClaudeBridge.Exporters.Ledger;

namespace ClaudeBridge.Cli.Queue;

/// <summary><c>claudebridge queue list</c>: by destination what waits and what was set aside, and what journal, store and disk hold.</summary>
internal static class QueueListCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge queue list",
        "claudebridge queue list --destination 'Langfuse scores' --dead-letters 100",
        "claudebridge queue list --session 5f0c41d2",
        "claudebridge queue list --json | jq '.destinations[] | {name, undelivered, deadLetters}'",
    ];

    private const int ShownLetters = 10;

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var (destination, session, json) = (QueueCommand.Destination(), QueueCommand.Session(), QueueCommand.Json());
        var letters = new Option<int>("--dead-letters")
        {
            Description = "How many dead letters of each destination are shown, the newest first; 0 for none.",
            HelpName = "N",
            DefaultValueFactory = static _ => ShownLetters,
        };
        letters.Validators.Add(static result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out var number) || number < 0))
            {
                result.AddError("--dead-letters must be a whole number from zero on.");
            }
        });
        var command = new Command(
            "list",
            "Show what waits for each destination, what it refused and why, and what journal, store and disk hold. Contents are not shown."
        )
        {
            destination,
            session,
            letters,
            json,
        };
        command.SetAction(
            (parsed, cancel) =>
                QueueFolder.GuardAsync(
                    common.DataOf(parsed),
                    folder =>
                    {
                        var filter = new DeadLetterFilter
                        {
                            Destination = parsed.GetValue(destination)?.Trim(),
                            Session = parsed.GetValue(session)?.Trim(),
                        };
                        var state = new QueueReading(folder, services.Clock.GetUtcNow(), filter, parsed.GetValue(letters)).Read(cancel);
                        if (parsed.GetValue(json))
                        {
                            services.Terminal.Out.WriteLine(JsonSerializer.Serialize(state, QueueJson.Indented.QueueState));
                        }
                        else
                        {
                            QueueText.Write(services.Terminal, state, filter);
                        }

                        foreach (var problem in state.Problems)
                        {
                            services.Terminal.Error.WriteLine("claudebridge: " + Rendering.Texts.OneLine(problem, 500));
                        }

                        return Task.FromResult(state.Problems.Count == 0 ? ExitCode.Done : ExitCode.Failed);
                    }
                )
        );
        return command;
    }
}
