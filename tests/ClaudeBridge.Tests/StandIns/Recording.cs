using System.Collections.Concurrent;
using System.Text.Json;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Tests.StandIns;

/// <summary>One request of a recording: a body as the client sent it.</summary>
public sealed record RecordedRequest(string File, Signal Signal, OtlpEncoding Encoding, byte[] Body)
{
    public DecodedExport Decode() => OtlpDecoder.Decode(Signal, Encoding, Body);
}

/// <summary>A folder under tests/recordings.</summary>
public sealed class Recording(string folder)
{
    private static readonly Lazy<string> Root = new(static () =>
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "ClaudeBridge.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("The repository was not found above the test binaries.");
    });

    private static readonly ConcurrentDictionary<string, Recording> Opened = new(StringComparer.Ordinal);

    public static string RepositoryRoot => Root.Value;

    public string Folder { get; } = folder;

    public string Name => Path.GetFileName(Folder);

    /// <summary>Bodies in order of arrival.</summary>
    public IReadOnlyList<RecordedRequest> Requests { get; } =
    [
        .. Directory
            .EnumerateFiles(folder)
            .Where(static file => char.IsAsciiDigit(Path.GetFileName(file)[0]) && Path.GetExtension(file) is ".json" or ".pb")
            .Order(StringComparer.Ordinal)
            .Select(static file => new RecordedRequest(
                file,
                Path.GetFileNameWithoutExtension(file).Split('-')[1] switch
                {
                    "logs" => Signal.Logs,
                    "metrics" => Signal.Metrics,
                    _ => Signal.Traces,
                },
                Path.GetExtension(file) == ".pb" ? OtlpEncoding.Protobuf : OtlpEncoding.Json,
                File.ReadAllBytes(file)
            )),
    ];

    /// <summary>Read once; nobody changes a body.</summary>
    public static Recording Open(string name) =>
        Opened.GetOrAdd(name, static name => new(Path.Combine(RepositoryRoot, "tests", "recordings", name)));

    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory
            .EnumerateDirectories(Path.Combine(RepositoryRoot, "tests", "recordings"))
            .Select(static folder => Path.GetFileName(folder))
            .Order(StringComparer.Ordinal),
    ];

    public static IEnumerable<Recording> All => Names.Select(Open);

    public JsonDocument Manifest() => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "manifest.json")));

    public override string ToString() => Name;
}
