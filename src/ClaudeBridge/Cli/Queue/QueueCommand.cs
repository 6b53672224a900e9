using System.CommandLine;

namespace ClaudeBridge.Cli.Queue;

/// <summary><c>claudebridge queue</c>: what waits, what was set aside and why, whether all on disk is sound, and how it is mended and sent again.</summary>
internal static class QueueCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge queue list                    (what waits, and what was set aside)",
        "claudebridge queue verify                  (is everything on disk sound?)",
        "claudebridge queue retry --all             (send again what was refused)",
        "claudebridge queue repair --dry-run        (what would be mended)",
    ];

    /// <param name="examples">Takes in the examples of all its commands.</param>
    public static Command Create(CommonOptions common, CommandServices services, Dictionary<Command, string[]> examples)
    {
        var list = QueueListCommand.Create(common, services);
        var show = QueueShowCommand.Create(common, services);
        var retry = QueueRetryCommand.Create(common, services);
        var verify = QueueVerifyCommand.Create(common, services);
        var repair = QueueRepairCommand.Create(common, services);
        var queue = new Command(
            "queue",
            "See and mend what waits on disk for delivery. All but 'repair' work beside a running bridge as well as without one."
        )
        {
            list,
            show,
            retry,
            verify,
            repair,
        };
        examples[queue] = Examples;
        examples[list] = QueueListCommand.Examples;
        examples[show] = QueueShowCommand.Examples;
        examples[retry] = QueueRetryCommand.Examples;
        examples[verify] = QueueVerifyCommand.Examples;
        examples[repair] = QueueRepairCommand.Examples;
        return queue;
    }

    /// <summary>The options that name dead letters, where a command takes them.</summary>
    public static Option<string?> Destination() =>
        new("--destination")
        {
            Description = "Only of this destination: its name as 'queue list' shows it, or the beginning of that.",
            HelpName = "NAME",
        };

    public static Option<string?> Session() =>
        new("--session") { Description = "Only of this session: its id, or the beginning of it.", HelpName = "ID" };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON instead of text." };
}
