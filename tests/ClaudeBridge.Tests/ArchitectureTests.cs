using System.Text.RegularExpressions;
using ClaudeBridge.Tests.Cli;

namespace ClaudeBridge.Tests;

/// <summary>Guards who may use whom: docs/architecture.md. Reads the source, so that a dependency is seen before it is used.</summary>
public sealed partial class ArchitectureTests
{
    /// <summary>Rooms by folder name, and the rooms each may use besides itself.</summary>
    private static readonly Dictionary<string, string[]> Rooms = new(StringComparer.Ordinal)
    {
        ["Otlp"] = [],
        ["Diagnostics"] = [],
        ["ClaudeCode"] = ["Otlp"],
        ["Privacy"] = ["ClaudeCode", "Otlp"],
        ["Sessions"] = ["Privacy", "ClaudeCode", "Otlp"],
        ["Journal"] = ["Otlp", "Diagnostics"],
        // Otlp: the messages that the facts of Sessions hold are what the store keeps.
        ["Store"] = ["Sessions", "Journal", "Otlp", "Diagnostics"],
        ["Exporters"] = ["Store", "Journal", "Sessions", "Otlp", "Diagnostics"],
        ["Access"] = [],
        ["Query"] = ["Store", "Sessions", "Access", "Diagnostics"],
        ["Dashboard"] = ["Query", "Store", "Sessions", "Access", "Diagnostics"],
        ["Receivers"] = ["Access", "Privacy", "Journal", "Otlp", "Diagnostics"],
    };

    private static readonly string[] MayUseEverything = ["Hosting", "Cli"];

    private static readonly string Source = Path.Combine(Recordings.RepositoryRoot, "src");

    [Fact]
    public void Every_room_uses_only_the_rooms_it_may()
    {
        var wrong =
            from file in SourceFiles()
            let room = RoomOf(file)
            where Rooms.ContainsKey(room)
            from used in UsedRooms(File.ReadAllText(file))
            where used != room && !Rooms[room].Contains(used)
            select $"{Path.GetRelativePath(Source, file)} is in {room} and uses {used}";

        wrong.Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void Every_folder_is_a_room_that_the_table_knows() =>
        SourceFiles().Select(RoomOf).Distinct().Except([.. Rooms.Keys, .. MayUseEverything, "Program.cs"]).ShouldBeEmpty();

    [Fact]
    public void Every_file_has_the_namespace_of_its_folder()
    {
        foreach (var file in SourceFiles().Where(file => Path.GetFileName(file) != "Program.cs"))
        {
            var folder = Path.GetRelativePath(Source, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.');
            File.ReadAllText(file).ShouldContain($"namespace {folder};", customMessage: file);
        }
    }

    private static IEnumerable<string> SourceFiles() =>
        Directory
            .EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Split(Path.DirectorySeparatorChar).Any(static part => part is "obj" or "bin"));

    /// <summary>The wire library is one room; in the program each top folder is one.</summary>
    private static string RoomOf(string file) =>
        Path.GetRelativePath(Source, file).Split(Path.DirectorySeparatorChar) is [var project, var folder, ..] && project == "ClaudeBridge"
            ? folder
            : "Otlp";

    private static IEnumerable<string> UsedRooms(string text) =>
        Mention()
            .Matches(text)
            .Select(static match => match.Groups["room"] is { Success: true } room ? room.Value : "Otlp")
            .Where(static room => Rooms.ContainsKey(room) || MayUseEverything.Contains(room));

    [GeneratedRegex(
        @"\bClaudeBridge\.(?<room>[A-Z]\w*)|\bOpenTelemetry\.Proto\b",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Mention();
}
