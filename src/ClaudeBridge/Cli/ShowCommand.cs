using System.CommandLine;
using System.Text.Json;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli;

/// <summary><c>claudebridge show ID</c>: the trace trees of one session, or one trace alone.</summary>
internal static class ShowCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge show 5f0c41d2                 (the beginning of a session id is enough when it is the only one)",
        "claudebridge show 581b9a500530f1b992020cec693fb334",
        "claudebridge show 5f0c41d2 --json | jq '.traceList[].name'",
    ];

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var id = new Argument<string>("ID") { Description = "A session id, a trace id, or a unique beginning of one." };
        var json = new Option<bool>("--json") { Description = "Print JSON instead of a tree." };
        var full = new Option<bool>("--full") { Description = "Print inputs, outputs and metadata whole instead of one line of them." };
        var command = new Command("show", "Draw a session's traces with times, tokens, cost and errors.") { id, json, full };
        command.SetAction(parsed =>
        {
            var asked = parsed.GetRequiredValue(id).Trim();
            var store = services.OpenStore(common.DataOf(parsed));
            var found =
                store.Session(asked)
                ?? (IsHex(asked) ? store.Session(asked.ToLowerInvariant()) : null)
                ?? store.SessionOfTrace(asked.ToLowerInvariant())
                ?? throw new CommandFailure(
                    $"No session or trace begins with '{Texts.Plain(asked)}' in {common.DataOf(parsed)}; 'claudebridge sessions' lists what is there."
                );
            if (parsed.GetValue(json))
            {
                services.Terminal.Out.WriteLine(TerminalText.Lines(JsonSerializer.Serialize(found, StoreJson.Indented.SessionDetail)));
            }
            else
            {
                SessionTree.Write(services.Terminal, found, parsed.GetValue(full));
            }

            return ExitCode.Done;
        });
        id.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && string.IsNullOrWhiteSpace(text))
            {
                result.AddError("ID is empty; give the beginning of a session id or of a trace id.");
            }
        });
        return command;
    }

    /// <summary>An id that is written the same in either case.</summary>
    private static bool IsHex(string id) => id.All(static character => char.IsAsciiHexDigit(character) || character == '-');
}
