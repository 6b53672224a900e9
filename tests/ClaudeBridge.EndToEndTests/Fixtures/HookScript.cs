using System.Diagnostics;
using System.Text.Json;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary><c>config/hooks/claudebridge-context.sh</c>, run as Claude Code runs a hook: JSON on stdin, and waiting until all that it started has let go of stdout.</summary>
internal static class HookScript
{
    private static readonly string Script = Path.Combine(Recording.RepositoryRoot, "config", "hooks", "claudebridge-context.sh");

    /// <summary>What this machine lacks of the tools that the hook needs; null when it has all.</summary>
    public static string? Missing { get; } =
        ((string[])["sh", "git", "curl", "awk"]).Where(static tool => Find(tool) is null).ToArray() is { Length: > 0 } missing
            ? $"this machine has no {string.Join(" and no ", missing)}"
            : null;

    /// <summary>As Claude Code calls it when a prompt was submitted.</summary>
    /// <param name="folder">The folder that Claude Code works in.</param>
    public static Task<HookRun> RunAsync(
        string session,
        string folder,
        IReadOnlyDictionary<string, string?> environment,
        string prompt = "go"
    ) =>
        RunAsync(
            JsonSerializer.Serialize(
                new
                {
                    session_id = session,
                    transcript_path = "/tmp/t.jsonl",
                    cwd = folder,
                    hook_event_name = "UserPromptSubmit",
                    prompt,
                }
            ),
            environment
        );

    /// <param name="input">What Claude Code gives the hook.</param>
    public static Task<HookRun> RunAsync(string input, IReadOnlyDictionary<string, string?> environment) =>
        RunAsync([Script], input, environment);

    /// <summary>A shell that does nothing but read its input: what a hook costs that has no work.</summary>
    public static Task<HookRun> RunNothingAsync(string input) =>
        RunAsync(["-c", "cat >/dev/null"], input, new Dictionary<string, string?>());

    private static async Task<HookRun> RunAsync(string[] arguments, string input, IReadOnlyDictionary<string, string?> environment)
    {
        var began = TimeProvider.System.GetTimestamp();
        using var process = Start(Find("sh")!, arguments, Path.GetTempPath(), environment);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output + await errors, TimeProvider.System.GetElapsedTime(began));
    }

    /// <summary>A git that knows nothing of this machine's settings; what it prints.</summary>
    public static async Task<string> GitAsync(string folder, params string[] arguments)
    {
        var environment = new Dictionary<string, string?>
        {
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_AUTHOR_NAME"] = "A",
            ["GIT_AUTHOR_EMAIL"] = "a@example.com",
            ["GIT_COMMITTER_NAME"] = "A",
            ["GIT_COMMITTER_EMAIL"] = "a@example.com",
        };
        using var process = Start(Find("git")!, arguments, folder, environment);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, await errors);
        return output.Trim();
    }

    public static string? Find(string tool) =>
        OperatingSystem.IsWindows()
            ? null
            : (Environment.GetEnvironmentVariable("PATH") ?? "")
                .Split(Path.PathSeparator)
                .Select(folder => Path.Combine(folder, tool))
                .FirstOrDefault(File.Exists);

    private static Process Start(
        string program,
        IEnumerable<string> arguments,
        string folder,
        IReadOnlyDictionary<string, string?> environment
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder,
        };
        foreach (var name in start.Environment.Keys.Where(IsForeign).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static bool IsForeign(string name) =>
        name.StartsWith("CLAUDEBRIDGE_", StringComparison.Ordinal) || name.StartsWith("GIT_", StringComparison.Ordinal);
}

/// <param name="Output">Stdout and stderr.</param>
/// <param name="Took">Until Claude Code would go on.</param>
internal sealed record HookRun(int ExitCode, string Output, TimeSpan Took);
