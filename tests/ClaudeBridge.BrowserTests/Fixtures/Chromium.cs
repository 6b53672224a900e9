namespace ClaudeBridge.BrowserTests.Fixtures;

/// <summary>The machine's own Chromium. Nothing is downloaded: without one the tests say so and are skipped.</summary>
internal static class Chromium
{
    /// <summary>Names the browser's file where it is not in the path.</summary>
    public const string Variable = "CLAUDEBRIDGE_BROWSER";

    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];

    public static string? Executable { get; } = Find();

    /// <summary>Why tests that need a browser are skipped; null when they are not. <c>.ci/run</c> looks for its first word.</summary>
    public static string? Missing { get; } = Executable is null ? "needs chromium: apt-get install chromium" : null;

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : throw new InvalidOperationException($"{Variable} names {named}, which is not there.");
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(
            Path.PathSeparator,
            StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
        );
        var ending = OperatingSystem.IsWindows() ? ".exe" : "";
        return s_names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name + ending))).FirstOrDefault(File.Exists);
    }
}
