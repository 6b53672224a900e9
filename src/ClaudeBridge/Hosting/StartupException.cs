namespace ClaudeBridge.Hosting;

/// <summary>The bridge cannot start. The message is what the user reads: plain sentences that name the way out.</summary>
internal sealed class StartupException(string message, int exitCode, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The configuration is wrong.</summary>
    public const int WrongConfiguration = 2;

    /// <summary>A port that is needed belongs to another program.</summary>
    public const int PortTaken = 3;

    /// <summary>The data folder is in use by another bridge, or cannot be used.</summary>
    public const int DataUnusable = 1;

    /// <summary>What the program ends with.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>It will go as soon as the data folder's disk has room: see <see cref="WaitingRoom"/>.</summary>
    public bool IsDiskFull { get; init; }
}
