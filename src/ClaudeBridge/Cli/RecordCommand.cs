using System.CommandLine;

namespace ClaudeBridge.Cli;

internal static class RecordCommand
{
    public static readonly string[] Examples = [];

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var command = new Command("record", "Keep what arrives.");
        command.SetAction(static (_, _) => Task.FromResult(ExitCode.Failed));
        return command;
    }
}
