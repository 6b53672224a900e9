using System.Diagnostics;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>The built program, and how it is started: with the settings of a test and none of the machine's.</summary>
internal static class BridgeProgram
{
    /// <summary>Another build of the program to test, such as a published one.</summary>
    private const string Variable = "CLAUDEBRIDGE_EXECUTABLE";

    private static readonly string[] ForeignSettings =
    [
        "ClaudeBridge__",
        "LANGFUSE_",
        "OTLP_RECEIVER_",
        "API_KEY",
        "CLAUDEBRIDGE_",
        "OTEL_",
    ];

    private static readonly Lazy<string> Executable = new(Find);

    /// <param name="group">The file of a control group to join before anything else; none for none.</param>
    /// <param name="openFiles">How many files it may have open at one time; the machine's limit when null. Not on Windows.</param>
    /// <param name="printsTo">The file that it prints to; a pipe to the test when null. Not on Windows.</param>
    public static Process Start(
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string> settings,
        string? group = null,
        int? openFiles = null,
        string? printsTo = null
    )
    {
        // A process joins a group by itself: so all that it ever has is counted.
        var joins = group is null ? "" : "echo $$ > \"$0\" && ";
        var limits = openFiles is null ? "" : $"ulimit -n {openFiles} && ";
        var prints = printsTo is null ? "" : $"exec >{printsTo} 2>&1 && ";
        var (program, all) = joins + limits + prints is { Length: > 0 } first
            ? ("/bin/sh", ["-c", first + "exec \"$@\"", group ?? "sh", Executable.Value, .. arguments])
            : (Executable.Value, arguments);
        var start = new ProcessStartInfo(program, all)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var name in start.Environment.Keys.Where(IsForeign).ToList())
        {
            start.Environment.Remove(name);
        }

        // What the runtime learns of code pays in hours; here it would be a fifth of the processor time.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static bool IsForeign(string name) =>
        ForeignSettings.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>The build of the same configuration as these tests.</summary>
    private static string Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return named;
        }

        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(
            Recording.RepositoryRoot,
            "src",
            "ClaudeBridge",
            "bin",
            output.Parent!.Name,
            output.Name,
            OperatingSystem.IsWindows() ? "claudebridge.exe" : "claudebridge"
        );
        File.Exists(program).ShouldBeTrue($"{program} is not built");
        return program;
    }
}
