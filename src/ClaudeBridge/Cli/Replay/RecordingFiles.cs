using System.Globalization;
using System.Text.RegularExpressions;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Cli.Replay;

/// <summary>Finds the files of recordings, in the order in which they are replayed.</summary>
/// <remarks>
/// A folder with bodies (<c>NNN-signal.json</c> or <c>.pb</c>) is one recording, and its bodies are taken, not the <c>session.jsonl</c> that repeats them.
/// A body kept twice, plain and as <c>.gz</c>, is taken once. Every other folder is searched downwards, by name.
/// </remarks>
internal static partial class RecordingFiles
{
    /// <exception cref="CommandFailure">A path does not exist, is no recording, or holds none.</exception>
    public static IReadOnlyList<RecordingFile> Find(IEnumerable<string> paths)
    {
        var found = new List<RecordingFile>();
        foreach (var path in paths)
        {
            var before = found.Count;
            if (Directory.Exists(path))
            {
                Search(found, path);
            }
            else if (File.Exists(path))
            {
                found.Add(
                    Describe(path)
                        ?? throw new CommandFailure(
                            $"{path} is no recording; give a .jsonl, .json or .pb file (also .gz), or a folder of them.",
                            ExitCode.Usage
                        )
                );
            }
            else
            {
                throw new CommandFailure($"{path} does not exist.", ExitCode.Usage);
            }

            if (found.Count == before)
            {
                throw new CommandFailure($"{path} holds no recording: no .jsonl file and no bodies such as 001-logs.json.", ExitCode.Usage);
            }
        }

        return found;
    }

    private static void Search(List<RecordingFile> found, string folder)
    {
        try
        {
            AddFolder(found, folder);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new CommandFailure(
                $"This user may not read all of {folder}: change its rights, or give a copy of it that may be read.",
                ExitCode.Failed,
                exception
            );
        }
        catch (IOException exception)
        {
            throw new CommandFailure(
                $"{folder} cannot be searched: {exception.Message.TrimEnd('.')}. Give the files in it one by one.",
                ExitCode.Failed,
                exception
            );
        }
    }

    private static void AddFolder(List<RecordingFile> found, string folder)
    {
        var files = Directory.GetFiles(folder).Select(Describe).OfType<RecordingFile>().ToList();
        var names = files.Select(static file => file.Path).ToHashSet(StringComparer.Ordinal);
        var bodies = files
            .Where(file => file.Signal is not null && file.Kind != RecordingFileKind.Lines)
            .Where(file => !file.IsCompressed || !names.Contains(file.Path[..^3]))
            .OrderBy(static file => Number(file.Path))
            .ThenBy(static file => file.Path, StringComparer.Ordinal)
            .ToList();
        var lines = files
            .Where(static file => file.Kind == RecordingFileKind.Lines)
            .Where(file => !file.IsCompressed || !names.Contains(file.Path[..^3]))
            .OrderBy(static file => file.Path, StringComparer.Ordinal)
            .ToList();
        // Other .jsonl files beside bodies are recordings of their own; session.jsonl is the bodies once more.
        found.AddRange(bodies);
        found.AddRange(bodies.Count > 0 ? lines.Where(static file => !IsCopyOfBodies(file.Path)) : lines);
        foreach (var child in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
        {
            AddFolder(found, child);
        }
    }

    private static RecordingFile? Describe(string path)
    {
        var name = Path.GetFileName(path);
        var isCompressed = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        var plain = isCompressed ? name[..^3] : name;
        RecordingFileKind? kind = Path.GetExtension(plain).ToUpperInvariant() switch
        {
            ".JSONL" or ".NDJSON" => RecordingFileKind.Lines,
            ".JSON" => RecordingFileKind.Json,
            ".PB" or ".BIN" or ".PROTO" => RecordingFileKind.Protobuf,
            _ => null,
        };
        return kind is null ? null : new RecordingFile(path, kind.Value, SignalOf(plain), isCompressed, new FileInfo(path).Length);
    }

    private static Signal? SignalOf(string name) =>
        SignalInName().Match(name) is { Success: true } match
            ? match.Groups["signal"].ValueSpan switch
            {
                "logs" => Signal.Logs,
                "metrics" => Signal.Metrics,
                _ => Signal.Traces,
            }
            : null;

    private static bool IsCopyOfBodies(string path) => Path.GetFileName(path) is "session.jsonl" or "session.jsonl.gz";

    /// <summary>So that 1000 comes after 999.</summary>
    private static long Number(string path) =>
        LeadingNumber().Match(Path.GetFileName(path)) is { Success: true } match
        && long.TryParse(match.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : long.MaxValue;

    [GeneratedRegex(@"(?:^|[-_.])(?<signal>logs|metrics|traces)\.[a-z]+$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex SignalInName();

    [GeneratedRegex("^[0-9]+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LeadingNumber();
}
