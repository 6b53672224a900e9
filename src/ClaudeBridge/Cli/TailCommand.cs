using System.CommandLine;
using ClaudeBridge.Cli.Tail;

namespace ClaudeBridge.Cli;

/// <summary><c>claudebridge tail</c>: events as they come, until Ctrl+C.</summary>
internal static class TailCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge tail",
        "claudebridge tail --session 5f0c41d2 --last 50",
        "claudebridge tail --event api_error,api_refusal,tool_result",
        "claudebridge tail --user mia --json | jq -r '.attributes.tool_name // empty'",
    ];

    private const int UsualLast = 10;

    private const int MostLast = 10_000;

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var session = new Option<string?>("--session")
        {
            Description = "Only events of this session; the beginning of its id is enough.",
            HelpName = "ID",
        };
        var user = new Option<string?>("--user")
        {
            Description = "Only events of this user, as 'report --by user' names it.",
            HelpName = "USER",
        };
        var events = new Option<string?>("--event")
        {
            Description = "Only events of this name, such as api_request; several with commas between them.",
            HelpName = "NAME[,NAME]",
        };
        var last = new Option<int>("--last")
        {
            Description = "How many of the latest events to begin with.",
            HelpName = "N",
            DefaultValueFactory = static _ => UsualLast,
        };
        last.Validators.Add(static result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out var number) || number is < 0 or > MostLast))
            {
                result.AddError($"--last must be a whole number from 0 to {MostLast}.");
            }
        });
        var spans = new Option<bool>("--spans")
        {
            Description = "Spans as well, where Claude Code sends them: most say again what events say.",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line, with all attributes." };
        var command = new Command("tail", "Print events as they come, one line each, until Ctrl+C; also while the bridge is running.")
        {
            session,
            user,
            events,
            last,
            spans,
            json,
        };
        command.SetAction(
            async (parsed, cancel) =>
            {
                var choice = new EventChoice(
                    Blank(parsed.GetValue(session)),
                    Blank(parsed.GetValue(user)),
                    NamesOf(parsed.GetValue(events)),
                    parsed.GetValue(spans)
                );
                var lines = new EventLines(services.Terminal, PipeOutput.Of(services.Terminal), parsed.GetValue(json));
                var tail = new EventTail(services.OpenPages(common.DataOf(parsed)), choice, services.Clock, services.Terminal.Error);
                try
                {
                    await tail.RunAsync(parsed.GetValue(last), lines.Write, cancel);
                }
                catch (OperationCanceledException) when (cancel.IsCancellationRequested)
                {
                    // That is how it ends.
                }
                catch (IOException) when (services.Terminal.IsOutRedirected)
                {
                    // Nobody reads any more: what 'tail | head' asks for is done.
                }

                return ExitCode.Done;
            }
        );
        return command;
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static string[] NamesOf(string? text) =>
        [
            .. (text ?? "")
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(EventTexts.WithoutPrefix),
        ];
}
