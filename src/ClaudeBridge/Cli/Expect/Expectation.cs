using System.Text.Json;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli.Expect;

/// <summary>A kept result of a replay: reading, writing, comparing.</summary>
internal static class Expectation
{
    private const int MaxLinesShown = 200;

    public static string Write(IReadOnlyList<SessionDetail> result) =>
        JsonSerializer.Serialize(result, StoreJson.Indented.IReadOnlyListSessionDetail).ReplaceLineEndings("\n") + "\n";

    /// <returns>Lines that tell the difference, or none when both say the same; white space and the order of properties do not matter.</returns>
    /// <exception cref="CommandFailure">The kept file is no JSON.</exception>
    public static IReadOnlyList<string> Compare(string kept, string actual, string keptName)
    {
        var before = Lines(kept, keptName);
        var after = Lines(actual, "the result");
        var lines = LineDiff.Compare(before, after);
        return lines.Count <= MaxLinesShown
            ? lines
            : [.. lines.Take(MaxLinesShown), $"... and {lines.Count - MaxLinesShown} more lines; compare the files to see them all."];
    }

    private static List<PathLine> Lines(string text, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 128 });
            return PathLine.Of(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new CommandFailure($"{name} is not JSON ({exception.Message}); write it anew with --update.", ExitCode.Usage, exception);
        }
    }
}
