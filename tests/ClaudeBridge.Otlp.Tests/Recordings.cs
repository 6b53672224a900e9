using System.Text;

namespace ClaudeBridge.Otlp.Tests;

/// <summary>The recorded export requests in <c>tests/recordings</c>.</summary>
internal static class Recordings
{
    private static readonly string s_folder = Path.Combine(FindRoot(), "tests", "recordings");

    /// <summary>Each recorded body that stands in a file of its own.</summary>
    public static IEnumerable<RecordedBody> Bodies() =>
        Directory.EnumerateDirectories(s_folder).Order(StringComparer.Ordinal).SelectMany(BodiesOf);

    /// <summary>Per recording that has one: the bodies, and the lines of <c>session.jsonl</c> that say the same.</summary>
    public static IEnumerable<(string Name, RecordedBody[] Bodies, byte[][] Lines)> Sessions() =>
        from folder in Directory.EnumerateDirectories(s_folder).Order(StringComparer.Ordinal)
        let lines = Path.Combine(folder, "session.jsonl")
        where File.Exists(lines)
        select (Path.GetFileName(folder), BodiesOf(folder).ToArray(), File.ReadAllLines(lines).Select(Encoding.UTF8.GetBytes).ToArray());

    private static IEnumerable<RecordedBody> BodiesOf(string folder) =>
        from file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)
        let name = Path.GetFileName(file)
        let extension = Path.GetExtension(file)
        where char.IsAsciiDigit(name[0]) && extension is ".json" or ".pb"
        select new RecordedBody(
            $"{Path.GetFileName(folder)}/{name}",
            name.Contains("-logs", StringComparison.Ordinal) ? Signal.Logs
                : name.Contains("-traces", StringComparison.Ordinal) ? Signal.Traces
                : Signal.Metrics,
            extension == ".pb" ? OtlpEncoding.Protobuf : OtlpEncoding.Json,
            File.ReadAllBytes(file)
        );

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ClaudeBridge.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("ClaudeBridge.sln is in no folder above the tests.");
    }
}

internal sealed record RecordedBody(string Name, Signal Signal, OtlpEncoding Encoding, byte[] Bytes)
{
    public DecodedExport Decode() => OtlpDecoder.Decode(Signal, Encoding, Bytes);
}
