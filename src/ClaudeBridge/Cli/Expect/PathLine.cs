using System.Text.Json;

namespace ClaudeBridge.Cli.Expect;

/// <summary>One scalar of a JSON document: the object it stands in, and the property with its value.</summary>
/// <param name="Path">Such as <c>[0].traceList[1].observations[3]</c>, followed by what that object is called.</param>
/// <param name="Text">Such as <c>cost: "0.06883"</c>. What two documents are compared by.</param>
internal sealed record PathLine(string Path, string Text)
{
    public static List<PathLine> Of(JsonElement root)
    {
        var lines = new List<PathLine>();
        Add(lines, "", "", root);
        return lines;
    }

    private static void Add(List<PathLine> lines, string path, string name, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var title = path + TitleOf(value);
                // Nested objects go last, so that what belongs to this one stands together.
                foreach (var property in value.EnumerateObject().OrderBy(static property => IsNested(property.Value)))
                {
                    if (IsNested(property.Value))
                    {
                        Add(lines, path.Length == 0 ? property.Name : $"{path}.{property.Name}", property.Name, property.Value);
                    }
                    else
                    {
                        lines.Add(new PathLine(title, $"{property.Name}: {property.Value.GetRawText()}"));
                    }
                }

                break;
            case JsonValueKind.Array:
                if (value.GetArrayLength() == 0)
                {
                    lines.Add(new PathLine(path, $"{name}: []"));
                }

                var index = 0;
                foreach (var item in value.EnumerateArray())
                {
                    Add(lines, $"{path}[{index++}]", name, item);
                }

                break;
            default:
                lines.Add(new PathLine(path, value.GetRawText()));
                break;
        }
    }

    private static bool IsNested(JsonElement value) => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array;

    /// <summary>What a reader knows the object by: its type and name.</summary>
    private static string TitleOf(JsonElement value)
    {
        var type = Property(value, "type");
        var name = Property(value, "name") ?? Property(value, "sessionId");
        return (type, name) switch
        {
            (null, null) => "",
            (null, _) => $" ({name})",
            _ => $" ({type} {name})",
        };
    }

    private static string? Property(JsonElement value, string name) =>
        value.TryGetProperty(name, out var property) && property.ValueKind == JsonValueKind.String ? property.GetString() : null;
}
