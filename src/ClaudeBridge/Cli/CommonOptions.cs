using System.CommandLine;

namespace ClaudeBridge.Cli;

/// <summary>Options that every command takes.</summary>
internal sealed class CommonOptions
{
    public Option<string?> Data { get; } =
        new("--data")
        {
            Description =
                $"Folder for journal, store and delivery ledger. Default: {DataFolder.Variable}, else the user's local application data; replay throws its data away.",
            HelpName = "DIR",
            Recursive = true,
        };

    public Option<bool> Verbose { get; } =
        new("--verbose") { Description = "Log more, and print the whole trace of an unexpected error.", Recursive = true };

    public string DataOf(ParseResult parsed) => DataFolder.Resolve(parsed.GetValue(Data));
}
