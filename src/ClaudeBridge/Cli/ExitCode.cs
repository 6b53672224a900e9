namespace ClaudeBridge.Cli;

/// <summary>What the program tells the shell. Zero only when everything that was asked for was done.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The command was understood and could not be done, or not all of it.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration is wrong; nothing was begun.</summary>
    public const int Usage = 2;

    /// <summary>A port that is needed belongs to another program.</summary>
    public const int PortTaken = 3;

    /// <summary>Ended by Ctrl+C or SIGTERM before the work was done (128 + SIGINT, as shells have it).</summary>
    public const int Interrupted = 130;
}
