namespace ClaudeBridge.Cli;

/// <summary>A command cannot be done. The message is what the user reads: one plain sentence that names the way out.</summary>
internal sealed class CommandFailure(string sentence, int exitCode = ExitCode.Failed, Exception? inner = null) : Exception(sentence, inner)
{
    public int ExitCode { get; } = exitCode;
}
