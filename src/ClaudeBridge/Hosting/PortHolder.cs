using System.Globalization;

namespace ClaudeBridge.Hosting;

/// <summary>Says who listens on a port, and how to get it back, with what the system itself has: no <c>lsof</c> is needed.</summary>
internal static class PortHolder
{
    /// <summary>TCP_LISTEN as <c>/proc/net/tcp</c> has it.</summary>
    private const string Listening = "0A";

    private const int LongestName = 64;

    private static readonly string JournalLock = Path.Combine(BridgeParts.JournalFolder, "lock");

    /// <summary>The middle of a sentence: <c>: otelcol (process 1234) holds it. Stop that ('kill 1234'),</c>. The holder where it can be seen, else a command that shows it.</summary>
    public static string Describe(int port)
    {
        if (OperatingSystem.IsLinux() && Find(port) is { } holder)
        {
            var kind = holder.DataFolder is { } folder ? $", another bridge with its data in {folder}," : "";
            return $": {holder.Program} (process {holder.Process}){kind} holds it. Stop that ('kill {holder.Process}'),";
        }

        return Command(port) is { } command
            ? $": stop the program that holds it, which may be another bridge ('{command}' shows it; others' programs only to an administrator),"
            : ": stop the program that holds it, which may be another bridge, another user's program, or outside of this container,";
    }

    /// <summary>What shows the holder on this system; null when nothing is at hand.</summary>
    private static string? Command(int port) =>
        OperatingSystem.IsWindows() ? $"netstat -ano | findstr :{port}"
        : OperatingSystem.IsMacOS() ? $"netstat -anv -p tcp | grep {port}"
        : IsThere("ss") ? $"ss -ltnp sport = :{port}"
        : IsThere("netstat") ? $"netstat -ltnp | grep :{port}"
        : IsThere("fuser") ? $"fuser -v {port}/tcp"
        : null;

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Concat(["/usr/bin", "/bin", "/usr/sbin", "/sbin"])
            .Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>By the sockets that listen on it, and the processes that have one of those open; null when none may be looked at.</summary>
    private static Holder? Find(int port)
    {
        var sockets = Sockets("/proc/net/tcp", port).Concat(Sockets("/proc/net/tcp6", port)).ToHashSet(StringComparer.Ordinal);
        return sockets.Count == 0
            ? null
            : Processes().Select(process => Look(process, sockets)).FirstOrDefault(static found => found is not null);
    }

    /// <summary>As a link of an open file reads: <c>socket:[12345]</c>.</summary>
    private static IEnumerable<string> Sockets(string table, int port)
    {
        var ending = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        return from line in Lines(table)
            let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            where fields.Length > 9 && fields[3] == Listening && fields[1].EndsWith(ending, StringComparison.Ordinal)
            select $"socket:[{fields[9]}]";
    }

    private static IEnumerable<int> Processes() =>
        from folder in Directory.EnumerateDirectories("/proc")
        let process = int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0
        where process > 0 && process != Environment.ProcessId
        select process;

    private static Holder? Look(int process, HashSet<string> sockets)
    {
        try
        {
            var open = new DirectoryInfo($"/proc/{process}/fd").EnumerateFiles().Select(static file => file.LinkTarget ?? "").ToList();
            return open.Exists(sockets.Contains)
                ? new(NameOf(process), process, open.Select(DataFolderOf).FirstOrDefault(static folder => folder is not null))
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Another user's, or gone by now.
            return null;
        }
    }

    private static string NameOf(int process) =>
        Printable(Lines($"/proc/{process}/comm").FirstOrDefault() is { Length: > 0 } name ? name : "a program");

    /// <summary>A bridge holds the lock of its journal open.</summary>
    private static string? DataFolderOf(string file) =>
        file.EndsWith(Path.DirectorySeparatorChar + JournalLock, StringComparison.Ordinal)
            ? Printable(file[..^(JournalLock.Length + 1)], int.MaxValue)
            : null;

    /// <summary>Whoever runs a program gives it its name.</summary>
    private static string Printable(string text, int longest = LongestName) =>
        string.Concat(text.Take(longest).Select(static letter => char.IsControl(letter) ? '?' : letter));

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private sealed record Holder(string Program, int Process, string? DataFolder);
}
