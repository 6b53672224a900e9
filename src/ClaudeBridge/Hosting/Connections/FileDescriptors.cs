using System.Globalization;

namespace ClaudeBridge.Hosting.Connections;

/// <summary>How many connections the system lets this process have: each takes a file descriptor, and the journal and the store must not be left without.</summary>
internal static class FileDescriptors
{
    /// <summary>For files, destinations and what is just being taken or closed.</summary>
    private const int Reserve = 96;

    /// <summary>The program alone has some two hundred files open, most of them its own parts.</summary>
    private const int LeastConnections = 16;

    /// <summary>The smaller of what is configured and what there are descriptors for. Where the system does not say (other than Linux), what is configured.</summary>
    public static int Allow(int configured) =>
        Limit() is { } limit ? Math.Min(configured, Math.Max(LeastConnections, limit - Reserve - OpenNow())) : configured;

    private static int? Limit()
    {
        const string name = "Max open files";
        try
        {
            var line = File.ReadLines("/proc/self/limits").FirstOrDefault(static line => line.StartsWith(name, StringComparison.Ordinal));
            // Name, soft limit, hard limit, unit.
            return
                line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, ..]
                && int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                ? limit
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int OpenNow() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
}
