using ClaudeBridge.Cli;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>What a command came to.</summary>
internal sealed record CommandResult(int ExitCode, string Out, string Error)
{
    public string MustBeDone()
    {
        ExitCode.ShouldBe(Cli.ExitCode.Done, $"{Out}\n{Error}");
        return Out;
    }
}

/// <summary>Commands that end by themselves.</summary>
internal static class BridgeCommand
{
    private static readonly Dictionary<string, string> NoSettings = [];

    /// <summary>The built program, as a process of its own.</summary>
    public static async Task<CommandResult> RunAsync(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? settings = null)
    {
        using var process = BridgeProgram.Start(arguments, settings ?? NoSettings);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var bound = new CancellationTokenSource(Wait.Bound);
        try
        {
            await process.WaitForExitAsync(bound.Token);
        }
        catch (OperationCanceledException late)
        {
            process.Kill();
            throw new TimeoutException($"claudebridge {string.Join(' ', arguments)} did not end: {await error}", late);
        }

        return new(process.ExitCode, await output, await error);
    }

    /// <summary>The same command without the cost of a process: for tests that need very many.</summary>
    public static async Task<CommandResult> InProcessAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var services = new CommandServices(Terminal.Over(output, error), TimeProvider.System);
        var exitCode = await CommandTree.InvokeAsync(arguments, services, CancellationToken.None);
        return new(exitCode, output.ToString(), error.ToString());
    }
}
