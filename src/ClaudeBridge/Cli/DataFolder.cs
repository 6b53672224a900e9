namespace ClaudeBridge.Cli;

/// <summary>Where the bridge keeps its journal, store and ledger.</summary>
internal static class DataFolder
{
    /// <summary>The environment variable that names the folder when <c>--data</c> is not given; the container image sets it.</summary>
    public const string Variable = "CLAUDEBRIDGE_DATA";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The user's local application data: <c>~/.local/share/claudebridge</c> on Linux, <c>%LOCALAPPDATA%\claudebridge</c> on Windows.</summary>
    public static string Default
    {
        get
        {
            if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            {
                return Whole(named);
            }

            var local = Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            );
            return local.Length > 0
                ? Path.Combine(local, "claudebridge")
                : throw new CommandFailure("This user has no folder for application data; name one with --data DIR.", ExitCode.Usage);
        }
    }

    public static string Resolve(string? given) => given is { Length: > 0 } ? Whole(given) : Default;

    /// <summary>Makes the folder when it is not there, readable by its owner alone: it will hold prompts.</summary>
    public static string Create(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows() || Directory.Exists(folder))
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, OwnerOnly);
            }

            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(
                $"The folder {folder} cannot be made: {exception.Message.TrimEnd('.')}. Name another with --data DIR.",
                ExitCode.Failed,
                exception
            );
        }
    }

    /// <summary>A leading <c>~/</c> is the user's own folder also where no shell has said so, as in a service's environment.</summary>
    private static string Whole(string folder) =>
        Path.GetFullPath(
            folder == "~" || folder.StartsWith("~/", StringComparison.Ordinal)
                ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + folder[1..]
                : folder
        );
}
