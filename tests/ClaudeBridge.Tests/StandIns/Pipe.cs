using System.Diagnostics;

namespace ClaudeBridge.Tests.StandIns;

/// <summary>A named pipe that nobody writes to: whoever opens it as a file waits for ever.</summary>
internal static class Pipe
{
    public static void Make(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes among the files.");
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        made.ExitCode.ShouldBe(0);
    }
}
