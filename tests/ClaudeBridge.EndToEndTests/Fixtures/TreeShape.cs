using System.Text;
using System.Text.Json;
using ClaudeBridge.Cli.Expect;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>A tree without the ids and the moments that one run of the client happened to have.</summary>
internal static class TreeShape
{
    /// <summary>What the clock says, also where it is written as text.</summary>
    private static readonly string[] Moments = ["_ms", "native_start", "native_end", "native_span_id"];

    public static string Of(IEnumerable<string> trees)
    {
        var shape = new StringBuilder();
        foreach (var tree in trees)
        {
            using var document = JsonDocument.Parse(tree);
            var ids = new IdNormaliser();
            foreach (var trace in document.RootElement.GetProperty("traceList").EnumerateArray())
            {
                var observations = trace.GetProperty("observations").EnumerateArray().ToList();
                shape.AppendLine($"{trace.GetProperty("name")} {trace.GetProperty("level")}");
                foreach (var root in observations.Where(static one => one.GetProperty("parentId").ValueKind == JsonValueKind.Null))
                {
                    Draw(shape, observations, root, ids, depth: 1);
                }
            }
        }

        return shape.ToString();
    }

    private static void Draw(StringBuilder shape, List<JsonElement> all, JsonElement one, IdNormaliser ids, int depth)
    {
        shape.Append(' ', depth * 2);
        foreach (var property in (string[])["type", "name", "level", "statusMessage", "model", "usage", "cost", "input", "output"])
        {
            shape.Append(ids.Text(one.GetProperty(property).GetRawText())).Append(' ');
        }

        var metadata = one.GetProperty("metadata").EnumerateObject();
        foreach (var pair in metadata.OrderBy(static pair => pair.Name, StringComparer.Ordinal))
        {
            var isMoment = Moments.Any(moment => pair.Name.EndsWith(moment, StringComparison.Ordinal));
            shape.Append($"{pair.Name}={(isMoment ? "*" : ids.Text(pair.Value.GetString()))} ");
        }

        shape.AppendLine();
        foreach (var child in all.Where(child => child.GetProperty("parentId").GetString() == one.GetProperty("id").GetString()))
        {
            Draw(shape, all, child, ids, depth + 1);
        }
    }
}
