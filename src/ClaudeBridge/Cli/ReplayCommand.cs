using System.CommandLine;

namespace ClaudeBridge.Cli;

internal static class ReplayCommand
{
    public static readonly string[] Examples = [];

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var command = new Command("replay", "Send recordings through the bridge.");
        command.SetAction(static (_, _) => Task.FromResult(ExitCode.Failed));
        return command;
    }
}
