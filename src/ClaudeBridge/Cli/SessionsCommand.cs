using System.CommandLine;
using System.Text.Json;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli;

/// <summary><c>claudebridge sessions</c>: what the store holds, the latest activity first.</summary>
internal static class SessionsCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge sessions",
        "claudebridge sessions --limit 10",
        "claudebridge sessions --json | jq '.[0].cost'",
    ];

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var json = new Option<bool>("--json") { Description = "Print JSON instead of a table." };
        var limit = new Option<int?>("--limit") { Description = "Print at most this many sessions. Default: all.", HelpName = "N" };
        limit.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out var number) || number < 1))
            {
                result.AddError("--limit must be a whole number above zero.");
            }
        });
        var command = new Command("sessions", "List the sessions in the store, also while the bridge is running.") { json, limit };
        command.SetAction(parsed =>
        {
            var store = services.OpenStore(common.DataOf(parsed));
            var known = store.Sessions();
            var sessions = parsed.GetValue(limit) is { } most ? [.. known.Take(most)] : known;
            if (parsed.GetValue(json))
            {
                services.Terminal.Out.WriteLine(
                    TerminalText.Lines(JsonSerializer.Serialize(sessions, StoreJson.Indented.IReadOnlyListSessionSummary))
                );
            }
            else if (sessions.Count == 0)
            {
                services.Terminal.Error.WriteLine(
                    $"No session in {common.DataOf(parsed)} yet. Start 'claudebridge' and point Claude Code at it, or try 'claudebridge replay PATH --data DIR'."
                );
            }
            else
            {
                SessionTable.Write(services.Terminal, sessions, known);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
