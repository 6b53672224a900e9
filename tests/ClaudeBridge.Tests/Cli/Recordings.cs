using System.Reflection;

namespace ClaudeBridge.Tests.Cli;

/// <summary>The recordings of the real client, in <c>tests/recordings</c>.</summary>
internal static class Recordings
{
    public static string Root { get; } = Path.Combine(RepositoryRoot, "tests", "recordings");

    public static string RepositoryRoot
    {
        get
        {
            var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!;
            while (!File.Exists(Path.Combine(folder, "ClaudeBridge.sln")))
            {
                folder =
                    Path.GetDirectoryName(folder)
                    ?? throw new InvalidOperationException("ClaudeBridge.sln is above no folder of the tests.");
            }

            return folder;
        }
    }

    public static string Folder(string name) => Path.Combine(Root, name);

    public static IEnumerable<string> All() => Directory.GetDirectories(Root).Order(StringComparer.Ordinal);
}
