using System.Globalization;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>A real memory limit: a control group, where this user may make one. Without that the runtime's own limit stands in, and the test watches the process's peak itself.</summary>
internal sealed class MemoryGroup : IDisposable
{
    private const string First = "/sys/fs/cgroup/memory";
    private const string Second = "/sys/fs/cgroup";

    private readonly string? _folder;

    private MemoryGroup(string? folder) => _folder = folder;

    /// <summary>Where a process writes its number to join; null when there is no group.</summary>
    public string? Members => _folder is null ? null : Path.Combine(_folder, "cgroup.procs");

    /// <summary>The most that the group ever had, caches of files included; null when nothing tells it.</summary>
    public long? Peak => ReadNumber("memory.max_usage_in_bytes") ?? ReadNumber("memory.peak");

    /// <summary>What belongs to the group now and cannot be given back: no caches of files.</summary>
    public long? Held => ReadField("memory.stat", "total_rss") ?? ReadField("memory.stat", "anon");

    /// <summary>How often the system ended a process of the group for want of memory.</summary>
    public long Ended => ReadField("memory.oom_control", "oom_kill") ?? ReadField("memory.events", "oom_kill") ?? 0;

    public static MemoryGroup Create(long bytes)
    {
        var (parent, limit) = Directory.Exists(First) ? (First, "memory.limit_in_bytes") : (Second, "memory.max");
        var folder = Path.Combine(parent, $"claudebridge-test-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, limit), bytes.ToString(CultureInfo.InvariantCulture));
            return new(folder);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder);
            }

            return new(null);
        }
    }

    public void Dispose()
    {
        try
        {
            if (_folder is not null)
            {
                Directory.Delete(_folder);
            }
        }
        catch (IOException)
        {
            // A process that was just killed may still be counted; an empty group costs nothing.
        }
    }

    private long? ReadNumber(string file) =>
        _folder is not null && File.Exists(Path.Combine(_folder, file))
            ? long.Parse(File.ReadAllText(Path.Combine(_folder, file)), CultureInfo.InvariantCulture)
            : null;

    private long? ReadField(string file, string name) =>
        _folder is not null && File.Exists(Path.Combine(_folder, file))
            ? File.ReadLines(Path.Combine(_folder, file))
                .Select(static line => line.Split(' '))
                .Where(parts => parts[0] == name)
                .Select(static parts => (long?)long.Parse(parts[1], CultureInfo.InvariantCulture))
                .FirstOrDefault()
            : null;
}
