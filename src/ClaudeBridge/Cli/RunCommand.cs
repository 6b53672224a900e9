using System.CommandLine;

namespace ClaudeBridge.Cli;

/// <summary><c>claudebridge run</c>, also without a command: the bridge itself, until Ctrl+C or SIGTERM.</summary>
internal static class RunCommand
{
    public static readonly string[] Examples = ["claudebridge", "claudebridge run --data ./bridge-data"];

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var command = new Command("run", "Receive, store and deliver until Ctrl+C.");
        command.SetAction(static (_, _) => Task.FromResult(ExitCode.Failed));
        return command;
    }
}
